import { createRequire, Module } from 'node:module';
import type * as ssh2Package from 'ssh2';

type Ssh2 = typeof ssh2Package;

/** ssh2 and what this machine's copy of it can do. */
export interface LoadedSsh2 extends Ssh2 {
  /** ChaCha20 by the compiled part of ssh2, which is optional. */
  readonly hasChaCha20: boolean;
}

let loaded: LoadedSsh2 | undefined;

/**
 * Loads the ssh2 package, when it is first needed.
 *
 * As it is loaded, ssh2 starts a WebAssembly module that it needs for ChaCha20 where its compiled part was not built. WebAssembly
 * reserves gigabytes of address space; under the limits that OpenBSD gives its users that fails, and with an unhandled
 * rejection at that. The other ciphers do without, so the module is replaced by an empty one and ChaCha20 is not offered.
 */
export function loadSsh2(): LoadedSsh2 {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  const path = require.resolve('ssh2/lib/protocol/crypto/poly1305.js');
  if (require.cache[path] === undefined) {
    const empty = new Module(path);
    empty.filename = path;
    empty.loaded = true;
    empty.exports = () => Promise.resolve({ _malloc: () => 0, cwrap: () => undefined });
    require.cache[path] = empty;
  }
  const ssh2 = require('ssh2') as Ssh2;
  const { bindingAvailable } = require('ssh2/lib/protocol/crypto.js') as { bindingAvailable: boolean };
  loaded = { ...ssh2, hasChaCha20: bindingAvailable };
  return loaded;
}
