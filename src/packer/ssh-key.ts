import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type ssh2 from 'ssh2';

export interface SshKey {
  /** The line for authorized_keys. */
  readonly publicKey: string;
  readonly privateKeyPath: string;
}

/**
 * A key pair of a name and kind, from the cache or made now. Only its owner can read it.
 * @throws Error when the cache cannot be used, or holds something else under the name.
 */
export function cachedKey(name: string, type: 'rsa' | 'ecdsa' | 'ed25519', directory: string): SshKey {
  const { utils } = createRequire(import.meta.url)('ssh2') as typeof ssh2;
  const privateKeyPath = join(directory, `ssh_private_key_${name}_${type}.pem`);
  const text = readIfThere(privateKeyPath) ?? makeKey(utils, type, privateKeyPath);
  const key = utils.parseKey(text);
  if (key instanceof Error)
    throw new Error(`${privateKeyPath} is not a usable key: ${key.message}. Remove it.`);
  const parsed = Array.isArray(key) ? key[0] : key;
  const publicKey = `${parsed.type} ${parsed.getPublicSSH().toString('base64')}`;
  return { publicKey, privateKeyPath };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a new key, unless somebody else has done so in the meantime, and gives the one that is there then. */
function makeKey(utils: typeof ssh2.utils, type: 'rsa' | 'ecdsa' | 'ed25519', path: string): string {
  const made =
    type === 'rsa'
      ? utils.generateKeyPairSync('rsa', { bits: 3072 })
      : type === 'ecdsa'
        ? utils.generateKeyPairSync('ecdsa', { bits: 521 })
        : utils.generateKeyPairSync('ed25519');
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, made.private, { mode: 0o600, flag: 'wx' });
  try {
    // A link appears whole or not at all, and never replaces a key that others use already.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8');
}
