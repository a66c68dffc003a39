import type * as Crypto from 'node:crypto';
import type * as Bcrypt from 'bcryptjs';
import { asString } from '../value/access.ts';
import { stringValue } from '../value/construct.ts';
import { NUMBER, STRING } from '../value/type.ts';
import { decodeBase64, decodeUtf8 } from './base64.ts';
import { attempt, defineFunction, defineTextFunction, parameter, sizeNumber } from './define.ts';
import { lazily } from './lazy.ts';
import { FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const crypto = lazily<typeof Crypto>('node:crypto');
const bcryptjs = lazily<typeof Bcrypt>('bcryptjs');

function hash(name: string): FunctionSpec {
  return defineTextFunction({
    name,
    description: `Returns the ${name.toUpperCase()} hash of the UTF-8 bytes of a string, in hexadecimal digits.`,
    parameters: [parameter('str', STRING, 'The string to hash.')],
    result: STRING,
    run: ([text = '']) => stringValue(crypto().createHash(name).update(text).digest('hex')),
  });
}

/** bcrypt looks at no more bytes of a password than these. */
const LONGEST_PASSWORD = 72;

const bcrypt = () =>
  defineFunction({
    name: 'bcrypt',
    description: 'Returns a bcrypt hash of a password, with a new salt each time.',
    parameters: [parameter('str', STRING, 'The password, up to 72 bytes.')],
    variadic: parameter('cost', NUMBER, 'How costly the hash is to compute: 4 to 31, 10 if it is not given.'),
    result: STRING,
    call: ([password, costValue, ...others]) => {
      if (others.length > 0) throw new FunctionError('give a password and a cost at most');
      const requested = costValue === undefined ? 10 : sizeNumber(costValue);
      if (requested > 31) throw new FunctionError('the cost must not be above 31');
      const text = asString(password!);
      if (Buffer.byteLength(text) > LONGEST_PASSWORD) {
        throw new FunctionError(
          `the password is longer than ${LONGEST_PASSWORD} bytes, and bcrypt would ignore the rest`,
        );
      }
      // A cost below the least one means the default.
      const salt = bcryptjs().genSaltSync(requested < 4 ? 10 : requested);
      return stringValue(bcryptjs().hashSync(text, salt.replace(/^\$2b\$/, '$2a$')));
    },
  });

/**
 * Takes the padding of PKCS #1 v1.5 off: 0, 2, at least eight bytes other than 0, 0, the message. Node refuses to do this
 * itself, as telling an attacker whether the padding is right helps to decrypt; here there is none who could ask.
 */
function withoutPadding(block: Buffer): Buffer {
  const end = block.indexOf(0, 2);
  if (block[0] !== 0 || block[1] !== 2 || end < 10) {
    throw new Error('the message does not belong to this key, or is not padded as PKCS #1 v1.5 says');
  }
  return block.subarray(end + 1);
}

const rsadecrypt = () =>
  defineTextFunction({
    name: 'rsadecrypt',
    description:
      'Decrypts a message, given in base64, that was encrypted with RSA and padded as PKCS #1 v1.5 says.',
    parameters: [
      parameter('ciphertext', STRING, 'The encrypted message in base64.'),
      parameter('privatekey', STRING, 'The private key in PEM form, without a passphrase.'),
    ],
    result: STRING,
    run: ([ciphertext = '', pem = '']) => {
      const message = attempt(() => decodeBase64(ciphertext));
      if (/^Proc-Type: *4,ENCRYPTED/m.test(pem) || pem.includes('BEGIN ENCRYPTED PRIVATE KEY')) {
        throw new FunctionError(
          'the private key has a passphrase; remove it first, for example with "openssl rsa"',
        );
      }
      const key = readPrivateKey(pem);
      return stringValue(
        attempt(() => {
          const block = crypto().privateDecrypt({ key, padding: crypto().constants.RSA_NO_PADDING }, message);
          return decodeUtf8(withoutPadding(block), 'the decrypted message');
        }),
      );
    },
  });

function readPrivateKey(pem: string): Crypto.KeyObject {
  let key;
  try {
    key = crypto().createPrivateKey(pem);
  } catch {
    throw new FunctionError('the private key is not in PEM form');
  }
  if (key.asymmetricKeyType !== 'rsa') throw new FunctionError('the private key is not an RSA key');
  return key;
}

const uuidv4 = () =>
  defineFunction({
    name: 'uuidv4',
    description: 'Returns a random UUID, another one with each call.',
    result: STRING,
    call: () => stringValue(crypto().randomUUID()),
  });

/** The name spaces of RFC 4122, appendix C. */
const NAMESPACES: ReadonlyMap<string, string> = new Map([
  ['dns', '6ba7b810-9dad-11d1-80b4-00c04fd430c8'],
  ['url', '6ba7b811-9dad-11d1-80b4-00c04fd430c8'],
  ['oid', '6ba7b812-9dad-11d1-80b4-00c04fd430c8'],
  ['x500', '6ba7b814-9dad-11d1-80b4-00c04fd430c8'],
]);

/** A UUID as usual, after `urn:uuid:`, in brackets, or without hyphens; undefined for another text. */
function parseUuid(text: string): Buffer | undefined {
  const bare = text.length === 38 ? text.slice(1, -1) : text.replace(/^urn:uuid:/i, '');
  const isUuid = /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[\da-f]{32})$/i.test(bare);
  return isUuid ? Buffer.from(bare.replaceAll('-', ''), 'hex') : undefined;
}

const uuidv5 = () =>
  defineTextFunction({
    name: 'uuidv5',
    description: 'Returns the UUID that belongs to a name in a name space; the same each time.',
    parameters: [
      parameter('namespace', STRING, 'One of `dns`, `url`, `oid`, `x500`, or a UUID.'),
      parameter('name', STRING, 'The name.'),
    ],
    result: STRING,
    run: ([namespace = '', name = '']) => {
      const bytes = parseUuid(NAMESPACES.get(namespace) ?? namespace);
      if (bytes === undefined) {
        throw new FunctionError('the name space must be "dns", "url", "oid", "x500" or a UUID');
      }
      const digest = crypto().createHash('sha1').update(bytes).update(name).digest();
      digest[6] = (digest[6]! & 0x0f) | 0x50; // version 5
      digest[8] = (digest[8]! & 0x3f) | 0x80; // the variant of RFC 4122
      const hex = digest.toString('hex');
      return stringValue(
        [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
          '-',
        ),
      );
    },
  });

/** Functions that hash, decrypt and identify. */
export const cryptoFunctions = (): readonly FunctionSpec[] => [
  bcrypt(),
  hash('md5'),
  rsadecrypt(),
  hash('sha1'),
  hash('sha256'),
  hash('sha512'),
  uuidv4(),
  uuidv5(),
];
