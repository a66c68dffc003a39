import type * as Zlib from 'node:zlib';
import type * as IconvLite from 'iconv-lite';
import { stringValue } from '../value/construct.ts';
import { STRING } from '../value/type.ts';
import { decodeBase64, decodeUtf8 } from './base64.ts';
import { attempt, defineTextFunction, parameter } from './define.ts';
import { queryEscape } from './go/strings.ts';
import { lazily } from './lazy.ts';
import { argumentError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const zlib = lazily<typeof Zlib>('node:zlib');
const iconv = lazily<typeof IconvLite>('iconv-lite');

/** Functions from one string to another. */
function mapping(name: string, description: string, run: (text: string) => string): FunctionSpec {
  return defineTextFunction({
    name,
    description,
    parameters: [parameter('str', STRING, 'The string to encode or decode.')],
    result: STRING,
    run: ([text = '']) => stringValue(attempt(() => run(text))),
  });
}

/** Position in a gzip header of the byte that names the operating system, and its value for "unknown". */
const GZIP_SYSTEM_BYTE = 9;
const GZIP_SYSTEM_UNKNOWN = 255;

function gzip(text: string): string {
  const bytes = zlib().gzipSync(text);
  // The same input gives the same output on every system.
  bytes[GZIP_SYSTEM_BYTE] = GZIP_SYSTEM_UNKNOWN;
  return bytes.toString('base64');
}

/** Encodings of iconv-lite that are no character sets. */
const NO_CHARACTER_SETS = new Set(['base64', 'hex', 'binary', 'utf7', 'utf-7', 'utf7imap', 'utf-7-imap']);

/** @throws FunctionError at argument 1 */
function checkEncoding(name: string): void {
  if (NO_CHARACTER_SETS.has(name.toLowerCase()) || !iconv().encodingExists(name)) {
    throw argumentError(
      1,
      `there is no character encoding ${JSON.stringify(name)}; IANA names such as "UTF-16LE" are known`,
    );
  }
}

/** "UTF-16" without a byte order is written in network order after a mark, and read in that order without one. */
function isUtf16(name: string): boolean {
  return /^utf-?16$/i.test(name);
}

function encode(text: string, encoding: string): Buffer {
  if (isUtf16(encoding)) return iconv().encode(`\ufeff${text}`, 'utf-16be', { addBOM: false });
  return iconv().encode(text, encoding, { addBOM: false });
}

function decode(bytes: Buffer, encoding: string): string {
  if (!isUtf16(encoding)) return iconv().decode(bytes, encoding, { stripBOM: false });
  const littleEndian = bytes[0] === 0xff && bytes[1] === 0xfe;
  return iconv().decode(bytes, littleEndian ? 'utf-16le' : 'utf-16be');
}

const encodingParameter = parameter(
  'encoding_name',
  STRING,
  'The IANA name of the encoding, such as `UTF-16LE`.',
);

const textencodebase64 = () =>
  defineTextFunction({
    name: 'textencodebase64',
    description: 'Writes a string in a character encoding and returns the bytes in base64.',
    parameters: [parameter('string', STRING, 'The string to encode.'), encodingParameter],
    result: STRING,
    run: ([text = '', encoding = '']) => {
      checkEncoding(encoding);
      const bytes = encode(text, encoding);
      if (decode(bytes, encoding) !== text) {
        throw argumentError(0, `the string has characters that ${encoding} does not have`);
      }
      return stringValue(bytes.toString('base64'));
    },
  });

const textdecodebase64 = () =>
  defineTextFunction({
    name: 'textdecodebase64',
    description: 'Reads bytes, given in base64, as text in a character encoding.',
    parameters: [parameter('source', STRING, 'The bytes in base64.'), encodingParameter],
    result: STRING,
    run: ([source = '', encoding = '']) => {
      checkEncoding(encoding);
      const bytes = attempt(() => decodeBase64(source), 0);
      const text = decode(bytes, encoding);
      if (text.includes('\ufffd') && !encode(text, encoding).equals(bytes)) {
        throw argumentError(0, `the bytes are no text in ${encoding}`);
      }
      return stringValue(text);
    },
  });

/** Functions that encode and decode strings. */
export const encodingFunctions = (): readonly FunctionSpec[] => [
  mapping('base64decode', 'Decodes base64; what is in it must be text in UTF-8.', (text) =>
    decodeUtf8(decodeBase64(text), 'what the base64 stands for'),
  ),
  mapping('base64encode', 'Encodes the UTF-8 bytes of a string in base64.', (text) =>
    Buffer.from(text).toString('base64'),
  ),
  mapping(
    'base64gzip',
    'Compresses the UTF-8 bytes of a string with gzip and encodes the result in base64.',
    gzip,
  ),
  textdecodebase64(),
  textencodebase64(),
  mapping('urlencode', 'Escapes a string for the query of a URL; a blank becomes `+`.', queryEscape),
];
