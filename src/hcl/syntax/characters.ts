/* Character classes of HCL's grammar, by UTF-16 code unit or code point. */

const IDENTIFIER_START = 1;
const IDENTIFIER_CONTINUE = 2;
const DIGIT = 4;

const ASCII_CLASSES = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const letter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
  const digit = code >= 0x30 && code <= 0x39;
  if (letter) ASCII_CLASSES[code] = IDENTIFIER_START | IDENTIFIER_CONTINUE;
  if (digit) ASCII_CLASSES[code] = DIGIT | IDENTIFIER_CONTINUE;
}
ASCII_CLASSES[0x2d] = IDENTIFIER_CONTINUE; // "-"

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Whether a code point may start an Identifier (ID_Start, or the underscore). */
function isIdentifierStart(codePoint: number): boolean {
  if (codePoint < 128) return ((ASCII_CLASSES[codePoint] as number) & IDENTIFIER_START) !== 0;
  return /^\p{ID_Start}$/u.test(String.fromCodePoint(codePoint));
}

/**
 * Whether a code point may be inside an Identifier: ID_Continue, or "-". The joiners and middle dots that Unicode 15.1
 * added to that property are not in HCL's tables.
 */
function isIdentifierContinue(codePoint: number): boolean {
  if (codePoint < 128) return ((ASCII_CLASSES[codePoint] as number) & IDENTIFIER_CONTINUE) !== 0;
  return /^(?![\u200c\u200d\u30fb\uff65])\p{ID_Continue}$/u.test(String.fromCodePoint(codePoint));
}

/** The end of the Identifier that starts at `start`, or `start` if none does. */
export function identifierEnd(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code < 128) {
      const wanted = at === start ? IDENTIFIER_START : IDENTIFIER_CONTINUE;
      if (((ASCII_CLASSES[code] as number) & wanted) === 0) return at;
      at++;
    } else {
      const point = text.codePointAt(at);
      if (point === undefined) return at;
      if (!(at === start ? isIdentifierStart(point) : isIdentifierContinue(point))) return at;
      at += point > 0xffff ? 2 : 1;
    }
  }
}

/** True if `text` is a valid Identifier as a whole. */
export function isIdentifier(text: string): boolean {
  return text !== '' && identifierEnd(text, 0) === text.length;
}

/** Unicode's White_Space, which strip markers and heredoc indentation are made of. */
export function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** The offset of the first character of `text` that is no white space. */
export function spaceLength(text: string): number {
  let at = 0;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** `text` without white space at its end. */
export function trimSpaceEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}
