/** A token of JSON text. `type` is the character itself for punctuation; "=" is known for the sake of its message. */
export interface JsonToken {
  readonly type:
    '{' | '}' | '[' | ']' | ',' | ':' | '=' | 'string' | 'number' | 'keyword' | 'invalid' | 'end';
  readonly start: number;
  readonly end: number;
}

const BLANKS = /[ \t\r\n]*/y;
// More than JSON allows, so that wrong numbers and words are refused as one.
const NUMBER = /[-+.0-9][-+.eE0-9]*/y;
const KEYWORD = /[A-Za-z][A-Za-z_]*/y;
// Up to the closing quote, or to a control character. Whether the escapes are right is seen to later.
const STRING = /"(?:\\[^\u0000-\u001f]|[^"\\\u0000-\u001f])*[\\"]?/y;

/** Splits JSON text into tokens; the last one is "end". After a character that starts no token, nothing is read. */
export function scanJson(text: string, start: number): JsonToken[] {
  const tokens: JsonToken[] = [];
  const matchEnd = (pattern: RegExp, at: number): number => {
    pattern.lastIndex = at;
    return pattern.test(text) ? pattern.lastIndex : at;
  };
  for (let at = matchEnd(BLANKS, start); at < text.length; at = matchEnd(BLANKS, at)) {
    const token = tokenAt(text, at, matchEnd);
    tokens.push(token);
    at = token.end;
    if (token.type === 'invalid') {
      tokens.push({ type: 'end', start: at, end: at });
      return tokens;
    }
  }
  tokens.push({ type: 'end', start: text.length, end: text.length });
  return tokens;
}

function tokenAt(text: string, start: number, matchEnd: (pattern: RegExp, at: number) => number): JsonToken {
  const character = text.charAt(start);
  switch (character) {
    case '{':
    case '}':
    case '[':
    case ']':
    case ',':
    case ':':
    case '=':
      return { type: character, start, end: start + 1 };
    case '"':
      return { type: 'string', start, end: matchEnd(STRING, start) };
    default: {
      const numberEnd = matchEnd(NUMBER, start);
      if (numberEnd > start) return { type: 'number', start, end: numberEnd };
      const keywordEnd = matchEnd(KEYWORD, start);
      if (keywordEnd > start) return { type: 'keyword', start, end: keywordEnd };
      return { type: 'invalid', start, end: start + ((text.codePointAt(start) as number) > 0xffff ? 2 : 1) };
    }
  }
}
