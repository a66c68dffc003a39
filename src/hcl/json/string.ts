const SIMPLE = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Half of a character beyond U+FFFF. */
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export interface DecodedString {
  readonly value: string;
  /** For an offset in `value`, the offset in the token. */
  readonly offsetOf: (offset: number) => number;
}

/** Decodes a JSON string token, quotes included; or tells where in it the first mistake is, and what. */
export function decodeJsonString(
  token: string,
): DecodedString | { readonly at: number; readonly detail: string } {
  if (token.length < 2 || !token.endsWith('"')) {
    const detail =
      'This string has no closing quotation mark on its line. Write \\n for a newline in a string.';
    return { at: token.length - 1, detail };
  }
  const end = token.length - 1;
  let value = '';
  /** Pairs of an offset in the value and the offset in the token at which the text after an escape starts. */
  const jumps: [number, number][] = [[0, 1]];
  let at = 1;
  for (;;) {
    const backslash = token.indexOf('\\', at);
    if (backslash < 0 || backslash >= end) break;
    value += token.slice(at, backslash);
    const selector = token.charAt(backslash + 1);
    const simple = SIMPLE.get(selector);
    if (backslash + 1 >= end) return { at: backslash, detail: 'The closing quotation mark is escaped.' };
    if (simple !== undefined) {
      value += simple;
      at = backslash + 2;
    } else if (selector === 'u' && /^[0-9A-Fa-f]{4}$/.test(token.slice(backslash + 2, backslash + 6))) {
      value += String.fromCharCode(parseInt(token.slice(backslash + 2, backslash + 6), 16));
      at = backslash + 6;
    } else {
      const detail =
        selector === 'u'
          ? '"\\u" must be followed by four hexadecimal digits.'
          : `"\\${selector}" is no escape sequence of JSON. Write "\\\\" for a backslash.`;
      return { at: backslash, detail };
    }
    jumps.push([value.length, at]);
  }
  value += token.slice(at, end);
  const offsetOf = (offset: number): number => {
    let [from, to] = jumps[0] as [number, number];
    for (const [inner, outer] of jumps) {
      if (inner > offset) break;
      [from, to] = [inner, outer];
    }
    return to + (offset - from);
  };
  return { value: value.replace(LONE_SURROGATE, '\ufffd'), offsetOf };
}
