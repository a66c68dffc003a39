import { TemplateError } from './error.ts';

export type Token = {
  readonly type: 'word' | 'field' | 'variable' | 'string' | 'number' | 'punctuation';
  /** The text; of a string the cooked value, of a field the name without its dot. */
  readonly text: string;
  readonly offset: number;
  /** Nothing stands between this token and the one before: `.A.B` is one operand, `.A .B` are two. */
  readonly attached: boolean;
};

/** A piece of a template: literal text, or the tokens of one `{{ }}`. */
export type Segment =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly offset: number };

const SPACE = /[ \t\r\n]/;
const PUNCTUATION = /:=|[=|(),.]/y;
const ASCII_NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER =
  /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+(?![.eE0-9])|[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)/y;
const RAW_STRING = /`([^`]*)`/y;
const QUOTED = /"((?:[^"\\\n]|\\[^\n])*)"/y;
const RUNE = /'((?:[^'\\\n]|\\[^\n])+)'/y;

/**
 * Splits a template into literal text and actions; trim markers (`{{- ` and ` -}}`) have been applied and comments
 * are gone.
 * @throws TemplateError for an action or a comment without an end, and for text that is no token.
 */
export function splitTemplate(text: string): Segment[] {
  const segments: Segment[] = [];
  let position = 0;
  let trimNext = false;
  for (;;) {
    const start = text.indexOf('{{', position);
    let literal = text.slice(position, start === -1 ? text.length : start);
    if (trimNext) literal = literal.replace(/^[ \t\r\n]+/, '');
    const trimsBefore = start !== -1 && text[start + 2] === '-' && SPACE.test(text[start + 3] ?? '');
    if (trimsBefore) literal = literal.replace(/(?<![ \t\r\n])[ \t\r\n]+$/, '');
    if (literal !== '') segments.push({ kind: 'text', value: literal });
    if (start === -1) return segments;
    const inside = start + (trimsBefore ? 3 : 2);
    const comment = /\s*\/\*/y;
    comment.lastIndex = inside;
    if (comment.test(text)) {
      const end = /\*\/(\s-)?\s*\}\}/g;
      end.lastIndex = comment.lastIndex;
      const found = end.exec(text);
      if (!found) throw new TemplateError('The comment that starts here has no "*/}}".', text, start);
      trimNext = found[1] !== undefined;
      position = end.lastIndex;
      continue;
    }
    const action = readAction(text, inside, start);
    segments.push({ kind: 'action', tokens: action.tokens, offset: start });
    trimNext = action.trims;
    position = action.end;
  }
}

function readAction(
  text: string,
  inside: number,
  start: number,
): { tokens: Token[]; end: number; trims: boolean } {
  const tokens: Token[] = [];
  let position = inside;
  for (;;) {
    const before = position;
    while (SPACE.test(text[position] ?? '')) position++;
    const spaced = position > before;
    if (spaced && text.startsWith('-}}', position)) return { tokens, end: position + 3, trims: true };
    if (text.startsWith('}}', position)) return { tokens, end: position + 2, trims: false };
    if (position >= text.length)
      throw new TemplateError('The "{{" that starts here has no "}}".', text, start);
    const { token, end } = readToken(text, position, !spaced && tokens.length > 0);
    tokens.push(token);
    position = end;
  }
}

function readToken(text: string, offset: number, attached: boolean): { token: Token; end: number } {
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = offset;
    return pattern.exec(text);
  };
  const make = (type: Token['type'], value: string, length: number) => ({
    token: { type, text: value, offset, attached },
    end: offset + length,
  });
  let found: RegExpExecArray | null;
  const sign = text[offset];
  const name = nameAt(text, sign === '.' || sign === '$' ? offset + 1 : offset);
  if (sign === '$') return make('variable', `$${name}`, name.length + 1);
  if (name !== '')
    return sign === '.' ? make('field', name, name.length + 1) : make('word', name, name.length);
  if ((found = match(NUMBER))) return make('number', found[0], found[0].length);
  if ((found = match(RAW_STRING))) return make('string', found[1] ?? '', found[0].length);
  if ((found = match(QUOTED))) return make('string', unquote(found[1] ?? '', text, offset), found[0].length);
  if ((found = match(RUNE))) {
    const rune = unquote(found[1] ?? '', text, offset).codePointAt(0) ?? 0;
    return make('number', String(rune), found[0].length);
  }
  if ((found = match(PUNCTUATION))) return make('punctuation', found[0], found[0].length);
  const character = String.fromCodePoint(text.codePointAt(offset) ?? 0);
  if (character === '"' || character === '`' || character === "'") {
    throw new TemplateError(`The string that starts with ${character} here has no end.`, text, offset);
  }
  if (character === '}') {
    throw new TemplateError('A single "}" does not end {{ }}: write "}}".', text, offset);
  }
  throw new TemplateError(
    `The character ${JSON.stringify(character)} cannot stand inside {{ }}.`,
    text,
    offset,
  );
}

/** The name that starts at `offset`, or an empty text. Go's rule: letters, digits and underscores of all alphabets. */
function nameAt(text: string, offset: number): string {
  ASCII_NAME.lastIndex = offset;
  const name = ASCII_NAME.exec(text)?.[0] ?? '';
  if (!(text.charCodeAt(offset + name.length) > 0x7f)) return name;
  // Here and not above: to make a pattern with Unicode's classes takes longer than to read a template.
  const pattern = /[\p{L}_][\p{L}\p{Nd}_]*/uy;
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0] ?? '';
}

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** Go's escapes of quoted strings. */
function unquote(body: string, text: string, offset: number): string {
  return body.replace(
    /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S])/g,
    (whole, escape: string) => {
      const simple = SIMPLE_ESCAPES[escape];
      if (simple !== undefined) return simple;
      const code = /^[0-7]{3}$/.test(escape) ? parseInt(escape, 8) : parseInt(escape.slice(1), 16);
      if (escape.length === 1 || code > 0x10ffff) {
        throw new TemplateError(`${whole} is not an escape sequence of a string inside {{ }}.`, text, offset);
      }
      return String.fromCodePoint(code);
    },
  );
}
