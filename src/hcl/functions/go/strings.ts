/**
 * String operations with the results of Go's `strings` and `unicode` packages, which Packer's functions are made of.
 * They differ from JavaScript's: case mapping is simple (one code point to one code point, so "ß" stays), "characters"
 * are code points, and strings compare by their UTF-8 bytes.
 */

/** Letters whose capital came after Unicode 15 and is unknown to the reference. */
const CAPITAL_TOO_NEW = new Set([0x19b, 0x264]);

function simpleUpper(char: string): string {
  const code = char.codePointAt(0) as number;
  const upper = char.toUpperCase();
  if (CAPITAL_TOO_NEW.has(code)) return char;
  if ([...upper].length === 1) return upper;
  // JavaScript expands these (SpecialCasing.txt). Greek letters with iota have a capital of one code point as well.
  if (code >= 0x1f80 && code <= 0x1faf && (code & 8) === 0) return String.fromCodePoint(code + 8);
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCodePoint(code + 9);
  return char;
}

function simpleLower(char: string): string {
  return char === 'İ' ? 'i' : char.toLowerCase();
}

/** The digraphs Ǆ Ǉ Ǌ Ǳ have a form of their own for the start of a word; each group is capital, title, small. */
const TITLE_DIGRAPHS = ['Ǆǅǆ', 'Ǉǈǉ', 'Ǌǋǌ', 'Ǳǲǳ', 'Ǳǲǳ'];

function simpleTitle(char: string): string {
  const code = char.codePointAt(0) as number;
  const digraph = TITLE_DIGRAPHS.find((group) => group.includes(char));
  if (digraph !== undefined) return digraph.charAt(1);
  // Georgian has no title case: its capitals are for whole words only.
  if (code >= 0x10d0 && code <= 0x10ff) return char;
  return simpleUpper(char);
}

/** strings.ToUpper. */
export function toUpper(text: string): string {
  return Array.from(text, simpleUpper).join('');
}

/** strings.ToLower. */
export function toLower(text: string): string {
  return Array.from(text, simpleLower).join('');
}

/** strings.Title: the first letter of each word in title case; letters, digits and ASCII underscores make words. */
export function toTitle(text: string): string {
  let afterSeparator = true;
  return Array.from(text, (char) => {
    const result = afterSeparator ? simpleTitle(char) : char;
    afterSeparator = isSeparator(char);
    return result;
  }).join('');
}

function isSeparator(char: string): boolean {
  if (char <= '\x7f') return !/\w/.test(char);
  return /\p{White_Space}/u.test(char);
}

/** strings.TrimSpace: white space as Unicode has it (so a byte order mark is none). */
export function trimSpace(text: string): string {
  return text.replace(/^\p{White_Space}+/u, '').replace(/(?<!\p{White_Space})\p{White_Space}+$/u, '');
}

/** strings.Trim: removes from both ends every code point that occurs in `cutset`. */
export function trim(text: string, cutset: string): string {
  const cut = new Set(cutset);
  const chars = Array.from(text);
  let start = 0;
  let end = chars.length;
  while (start < end && cut.has(chars[start] as string)) start++;
  while (end > start && cut.has(chars[end - 1] as string)) end--;
  return chars.slice(start, end).join('');
}

/** strings.Split: an empty separator splits into code points. */
export function split(text: string, separator: string): string[] {
  return separator === '' ? Array.from(text) : text.split(separator);
}

/** strings.ReplaceAll: an empty `search` matches before each code point and at the end. */
export function replaceAll(text: string, search: string, replacement: string): string {
  if (search !== '') return text.split(search).join(replacement);
  return replacement + Array.from(text, (char) => char + replacement).join('');
}

/** url.QueryEscape: letters, digits and `-_.~` as they are, a blank as `+`, the bytes of all else as %XX. */
export function queryEscape(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
    .replace(/%20/g, '+')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
