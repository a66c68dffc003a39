import { isUtf8 } from 'node:buffer';

/*
 * Files are UTF-8. A byte that is not becomes a lone surrogate, U+DC80 to U+DCFF, which no proper text has: so the parser
 * can say where it is, and a comment, in which it does no harm, can be written back as it was.
 */

const ESCAPE = 0xdc00;

/** An escaped byte; the low half of a character beyond U+FFFF is none. */
export const ESCAPED_BYTE = /(?<![\ud800-\udbff])[\udc80-\udcff]/;

/** The text of a file. A byte order mark stays. */
export function decodeSource(bytes: Uint8Array): string {
  return isUtf8(bytes) ? bufferOf(bytes).toString('utf8') : decodeEscaping(bytes);
}

/** The bytes of a text that `decodeSource` has made, escaped ones included. */
export function encodeSource(text: string): Uint8Array {
  if (!ESCAPED_BYTE.test(text)) return Buffer.from(text, 'utf8');
  const parts = text.split(/((?<![\ud800-\udbff])[\udc80-\udcff])/);
  return Buffer.concat(
    parts.map((part, i) =>
      i % 2 === 0 ? Buffer.from(part, 'utf8') : Buffer.of(part.charCodeAt(0) - ESCAPE),
    ),
  );
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function decodeEscaping(bytes: Uint8Array): string {
  const buffer = bufferOf(bytes);
  let text = '';
  let good = 0;
  for (let at = 0; at < buffer.length;) {
    const length = sequenceLength(buffer, at);
    if (length === 0) {
      text += buffer.toString('utf8', good, at) + String.fromCharCode(ESCAPE + (buffer[at] as number));
      good = at + 1;
    }
    at += length || 1;
  }
  return text + buffer.toString('utf8', good);
}

/** The length of the UTF-8 sequence at an offset, by table 3-7 of the Unicode standard; 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] as number;
  const tooLong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90);
  const noCharacter = (first === 0xed && second > 0x9f) || (first === 0xf4 && second > 0x8f);
  return tooLong || noCharacter ? 0 : length;
}
