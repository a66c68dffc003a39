import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { TemporaryKeyPair } from '../../plan/ssh-config.ts';
import { loadSsh2 } from './load-ssh2.ts';
import { readablePrivateKey } from './private-key.ts';

/** A key pair as the programs of OpenSSH know it. */
export interface KeyPair {
  /** In OpenSSH or PEM format. */
  readonly privateKey: string;
  /** A line of `authorized_keys` without its line end; "" when the private key does not tell it. */
  readonly publicKey: string;
}

/** Sizes in bits where the template names none; an ed25519 key has one size. */
const USUAL_BITS = { rsa: 4096, ecdsa: 521 } as const;

/** Makes a new key pair, which exists in memory only. An rsa key of 4096 bits takes about a second. */
export async function makeKeyPair({ type, bits, name }: TemporaryKeyPair): Promise<KeyPair> {
  const { utils } = loadSsh2();
  const comment = name ?? `vmm-hcl-${randomBytes(4).toString('hex')}`;
  const options = type === 'ed25519' ? { comment } : { comment, bits: bits ?? USUAL_BITS[type] };
  const make = promisify(utils.generateKeyPair as (...args: never[]) => void) as unknown as (
    ...args: [type: string, options: object]
  ) => Promise<{ readonly private: string; readonly public: string }>;
  const made = await make(type, options);
  return { privateKey: made.private, publicKey: made.public.trim() };
}

/** The pair of a private key in a file. @throws when the file cannot be read */
export async function readKeyPair(path: string): Promise<KeyPair> {
  const file = await readFile(path);
  return { privateKey: file.toString(), publicKey: publicKeyOf(file) };
}

function publicKeyOf(privateKey: Buffer): string {
  try {
    const key = loadSsh2().utils.parseKey(readablePrivateKey(privateKey));
    return key instanceof Error ? '' : `${key.type} ${key.getPublicSSH().toString('base64')}`;
  } catch {
    return '';
  }
}
