import { graphemes, isAscii } from '../graphemes.ts';

/** An escape that is wrong: why, and where in the literal. */
export interface EscapeProblem {
  readonly detail: string;
  readonly start: number;
  readonly end: number;
}

const SIMPLE_ESCAPES = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['"', '"'],
  ['\\', '\\'],
]);

const ESCAPES = /\\(?:u[0-9A-Fa-f]{0,4}|U[0-9A-Fa-f]{0,8}|[^uU]|$)|\$\$\{|%%\{/gsu;

/**
 * The text that a literal of a quoted string stands for. Wrong escapes are reported and left out of the text but for
 * the character that was escaped.
 */
export function cookQuoted(literal: string, report: (problem: EscapeProblem) => void): string {
  if (!/[\\$%]/.test(literal)) return literal;
  return literal.replace(ESCAPES, (escape, start: number) => {
    const selector = escape[1] ?? '';
    if (escape[0] !== '\\') return escape.slice(1);
    const simple = SIMPLE_ESCAPES.get(selector);
    if (simple !== undefined) return simple;
    const end = start + escape.length;
    if (selector === 'u' || selector === 'U') {
      const problem = unicodeProblem(escape);
      if (problem === undefined) return String.fromCodePoint(parseInt(escape.slice(2), 16));
      report({ detail: problem, start, end });
      return escape;
    }
    const detail =
      selector === ''
        ? 'A backslash must be followed by the character that says what it stands for.'
        : `"\\${selector}" is no escape sequence. There are \\n, \\r, \\t, \\", \\\\, \\uNNNN and \\UNNNNNNNN; ` +
          'write "\\\\" for a backslash.';
    report({ detail, start, end });
    return escape.slice(1);
  });
}

function unicodeProblem(escape: string): string | undefined {
  const digits = escape.length - 2;
  if (escape[1] === 'u' && digits !== 4) return '"\\u" must be followed by four hexadecimal digits.';
  if (escape[1] === 'U' && digits !== 8) return '"\\U" must be followed by eight hexadecimal digits.';
  const code = parseInt(escape.slice(2), 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    return `There is no character U+${escape.slice(2).toUpperCase()}. For one beyond U+FFFF, use "\\U" with its eight digits.`;
  }
  return undefined;
}

/** The text that a literal of a heredoc or a bare template stands for: only `$${` and `%%{` are escapes. */
export function cookUnquoted(literal: string): string {
  return literal.replace(/\$\$\{|%%\{/g, (escape) => escape.slice(1));
}

/** `text` without its first `count` grapheme clusters. */
export function dropClusters(text: string, count: number): string {
  if (count === 0) return text;
  if (isAscii(text) && !text.includes('\r')) return text.slice(count);
  return graphemes(text).slice(count).join('');
}
