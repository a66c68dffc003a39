import { createPrivateKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { loadSsh2 } from './load-ssh2.ts';

/** What is wrong with a private key. */
export class PrivateKeyError extends Error {
  override name = 'PrivateKeyError';
  constructor(
    message: string,
    /** It is good, but only with its passphrase. */
    readonly encrypted: boolean,
  ) {
    super(message);
  }
}

/**
 * A private key in a form that ssh2 reads: as it is, or, of PKCS #8 ("BEGIN PRIVATE KEY", which openssl(1) writes and ssh2 does not
 * know), in the form of its type.
 * @throws PrivateKeyError
 */
export function readablePrivateKey(key: Buffer): Buffer {
  const text = key.toString('latin1');
  if (text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')) throw new PrivateKeyError('encrypted', true);
  const readable = text.includes('-----BEGIN PRIVATE KEY-----') ? fromPkcs8(key) : key;
  const parsed = loadSsh2().utils.parseKey(readable);
  if (!(parsed instanceof Error)) return readable;
  throw new PrivateKeyError(parsed.message, /encrypted/i.test(parsed.message));
}

function fromPkcs8(pem: Buffer): Buffer {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw new PrivateKeyError((error as Error).message, false);
  }
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return Buffer.from(key.export({ type: 'pkcs1', format: 'pem' }));
    case 'ec':
      return Buffer.from(key.export({ type: 'sec1', format: 'pem' }));
    case 'ed25519':
      return ed25519InOpenssh(key);
    default:
      throw new PrivateKeyError(`SSH has no keys of type ${key.asymmetricKeyType}`, false);
  }
}

/** The only form for ed25519 that ssh2 knows: OpenSSH's, described in its file PROTOCOL.key. */
function ed25519InOpenssh(key: KeyObject): Buffer {
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  const [secret, open] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')];
  const type = field('ssh-ed25519');
  // The same number twice tells whoever decrypts that the passphrase was right.
  const check = randomBytes(4);
  const inner = [check, check, type, field(open), field(Buffer.concat([secret, open])), field('')];
  const length = inner.reduce((sum, part) => sum + part.length, 0);
  const padding = Buffer.from(Array.from({ length: (8 - (length % 8)) % 8 }, (_, index) => index + 1));
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    number(1),
    field(Buffer.concat([type, field(open)])),
    field(Buffer.concat([...inner, padding])),
  ]);
  const lines = blob.toString('base64').replace(/.{70}/g, '$&\n');
  return Buffer.from(`-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`);
}

function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
