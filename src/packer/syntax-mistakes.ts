import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Source } from '../hcl/source.ts';
import { SYNTAX_PROBLEMS } from '../hcl/syntax/problems.ts';
import type { SyntaxProblem } from '../hcl/syntax/problems.ts';
import { SourceText } from '../hcl/syntax/source-text.ts';
import { adviceOnCharacter } from './strange-characters.ts';
import { findUnclosed } from './unclosed-block.ts';

/** A stretch of a file, in offsets, about which nothing can be said before a syntax error is mended. */
export interface Stretch {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** What one mistake is called, and how far it reaches. */
interface Story {
  readonly diagnostic: Diagnostic;
  /** Where what follows can be understood again. */
  readonly to?: number;
}

/**
 * HashiCorp's parser, which the language follows to the letter, goes on after a mistake and takes what it finds then for
 * further ones: a quotation mark that is missing turns all later texts inside out. This keeps of each mistake the first
 * report, and says in it what people most often did.
 * @returns what is left to report, and the stretches of the file in which everything else is a consequence.
 */
export function mistakesOf(
  source: Source,
  found: readonly Diagnostic[],
): { diagnostics: Diagnostic[]; damage: Stretch[] } {
  const text = new SourceText(source);
  const offsetOf = ({ subject }: Diagnostic) => subject?.start.offset ?? 0;
  const sorted = [...found].sort((a, b) => offsetOf(a) - offsetOf(b));
  const withBadTokens = new Set(sorted.filter(isBadToken).map(({ subject }) => subject?.start.line));
  const diagnostics: Diagnostic[] = [];
  const damage: Stretch[] = [];
  for (const one of joinCharacters(sorted, text)) {
    const at = offsetOf(one);
    const isConsequence =
      !isBadToken(one) && one.code !== 'unclosed-interpolation' && withBadTokens.has(one.subject?.start.line);
    if (isConsequence || damage.some(({ from, to }) => from <= at && at < to)) continue;
    const { diagnostic, to } = tell(one, text);
    diagnostics.push(diagnostic);
    const from = Math.min(at, offsetOf(diagnostic));
    damage.push({ from: lineStart(text.text, from), to: Math.max(to ?? 0, lineEnd(text.text, at)) });
  }
  return { diagnostics, damage };
}

function isBadToken({ code }: Diagnostic): boolean {
  return ['invalid-character', 'unsupported-operator', 'invalid-multi-line-string'].includes(code);
}

/** One report for all characters of a kind: they were pasted together. */
function joinCharacters(sorted: readonly Diagnostic[], { text }: SourceText): Diagnostic[] {
  const lines = new Map<string, Set<number>>();
  const joined = sorted.flatMap((one): Diagnostic[] => {
    if (one.code !== 'invalid-character' || !one.subject) return [one];
    const { start } = one.subject;
    const detail = adviceOnCharacter(text, start.offset) ?? one.detail;
    const known = lines.get(detail);
    if (known) {
      known.add(start.line);
      return [];
    }
    lines.set(detail, new Set([start.line]));
    return [{ ...one, detail }];
  });
  return joined.map((one) => {
    const more = [...(lines.get(one.detail) ?? [])].slice(1);
    if (more.length === 0) return one;
    const shown =
      more.length > 4 ? `${more.slice(0, 4).join(', ')} and ${more.length - 4} more` : more.join(', ');
    return { ...one, detail: `${one.detail} The same on line${more.length > 1 ? 's' : ''} ${shown}.` };
  });
}

function tell(one: Diagnostic, source: SourceText): Story {
  const at = one.subject?.start.offset ?? 0;
  switch (one.code) {
    case 'invalid-multi-line-string':
      return tellOpenString(one, at, source);
    case 'unterminated-template-string':
      return one.context ? tellOpenTemplate(one, one.context.start.offset, source) : { diagnostic: one };
    case 'unterminated-string-literal': {
      const quote = one.context?.start.offset ?? at;
      const end = lineEnd(source.text, quote);
      return { diagnostic: withCode(one, one.code, one.detail, source, quote, end), to: Infinity };
    }
    case 'unclosed-interpolation':
      return { diagnostic: one, to: Infinity };
    case 'unclosed-block':
      return tellOpenBlock(one, at, source);
    case 'unsupported-operator':
      return tellHeredocMarker(one, at - 2, source) ?? { diagnostic: one };
    case 'invalid-expression':
    case 'definition-required':
    case 'extra-characters-after-expression':
      return (
        tellOpenComment(one, at, source) ??
        tellHeredocMarker(one, at, source) ??
        tellOpenCollection(one, at, source) ?? { diagnostic: one }
      );
    default:
      return { diagnostic: one };
  }
}

/** What a line is that stands in a template, and not in a text of several lines. */
const LINE_OF_TEMPLATE = /^[ \t]*(?:[\w-]+[ \t]*(?:=|\{|"|\()|[}\])"#]|\/\/|\r?$)/m;

/** A newline inside of quotation marks. */
function tellOpenString(one: Diagnostic, newline: number, source: SourceText): Story {
  const { text } = source;
  const start = lineStart(text, newline);
  const quote = lastQuote(text.slice(start, newline));
  const next = text.slice(lineEnd(text, newline) + 1);
  const isLost = LINE_OF_TEMPLATE.exec(next)?.index === 0;
  const close = text.indexOf('"', newline);
  // The text of several lines goes on to its closing mark; behind a mark that is missing, inside and outside are swapped.
  const to = isLost || close < 0 ? Infinity : close + 1;
  if (quote === undefined) return { diagnostic: one, to };
  const detail =
    'The string that this quotation mark opens does not end on its line. Close it, or remove the mark if one is missing before it. ' +
    'A text of several lines is written as a heredoc: <<EOT.';
  return {
    diagnostic: withCode(one, 'unterminated-template-string', detail, source, start + quote, newline),
    to,
  };
}

/** A string or a heredoc that goes on to the end of the file. */
function tellOpenTemplate(one: Diagnostic, content: number, source: SourceText): Story {
  const { text } = source;
  const opening = /<<-?([\w-]+)\r?\n$/.exec(text.slice(lineStart(text, content - 1), content));
  if (!opening) {
    if (text[content - 1] !== '"') return { diagnostic: one, to: Infinity };
    return {
      diagnostic: withCode(
        one,
        'unterminated-template-string',
        one.detail,
        source,
        content - 1,
        lineEnd(text, content),
      ),
      to: Infinity,
    };
  }
  const [, marker = ''] = opening;
  const start = lineStart(text, content - 1) + opening.index;
  const almost = new RegExp(`^[ \\t]*${marker}(?![\\w-]).*$`, 'm').exec(text.slice(content));
  const hint = almost
    ? ` Line ${source.position(content + almost.index).line} has more than that: put what follows ${marker} on the next line.`
    : '';
  const detail = `The heredoc that begins here has no end: after its text there must be a line with nothing but ${marker}, and a newline behind it.${hint}`;
  const diagnostic = withCode(
    one,
    'unterminated-template-string',
    detail,
    source,
    start,
    lineEnd(text, start),
  );
  return { diagnostic, to: Infinity };
}

function tellOpenBlock(one: Diagnostic, brace: number, source: SourceText): Story {
  const { text } = source;
  const unclosed = findUnclosed(text, lineStart(text, brace));
  if (!unclosed) return { diagnostic: one };
  const line = source.position(unclosed.before).line;
  const detail = `The "${text[unclosed.opening] ?? ''}" here is not closed: line ${line} is indented as if it were. Perhaps "${unclosed.closer}" is missing before line ${line}.`;
  const { opening } = unclosed;
  return { diagnostic: withCode(one, 'unclosed-block', detail, source, opening, opening + 1), to: Infinity };
}

/** A bracket that closes more than the last one that was opened. */
function tellOpenCollection(one: Diagnostic, at: number, source: SourceText): Story | undefined {
  const { text } = source;
  const unclosed = /[}\])]/.test(text[at] ?? '') ? findUnclosed(text, 0) : undefined;
  if (!unclosed || unclosed.before > at || unclosed.before < lineStart(text, at)) return undefined;
  const { line, column } = source.position(unclosed.opening);
  const detail = `The "${text[unclosed.opening] ?? ''}" at line ${line}, column ${column} is not closed: "${unclosed.closer}" is missing before this "${text[at] ?? ''}".`;
  return { diagnostic: { ...one, detail } };
}

function tellOpenComment(one: Diagnostic, at: number, source: SourceText): Story | undefined {
  if (!source.text.startsWith('/*', at)) return undefined;
  const detail = 'The comment that begins here has no end. Write */ after it.';
  return { diagnostic: withCode(one, 'definition-required', detail, source, at, at + 2), to: Infinity };
}

/** `<<EOF` with something behind it, in quotes, or with the tilde of Ruby. */
function tellHeredocMarker(one: Diagnostic, at: number, source: SourceText): Story | undefined {
  const { text } = source;
  const line = text.slice(at, lineEnd(text, at));
  const [whole, sign, quote, marker = '', rest = ''] =
    /^<<([-~]?)[ \t]*(["']?)([\w-]+)\2(.*)$/.exec(line.replace(/\r$/, '')) ?? [];
  if (whole === undefined) return undefined;
  const form = `<<${sign === '' ? '' : '-'}${marker}`;
  const fault =
    sign === '~'
      ? 'There is no <<~ here; <<- removes the indentation that all lines share.'
      : quote !== ''
        ? 'The marker of a heredoc stands without quotation marks. For a literal "${" in the text write "$${".'
        : rest.trim() === ''
          ? 'There are blanks where the line must end, or before the marker.'
          : 'The line of the marker must end with it: the text begins on the next line.';
  const end = new RegExp(`^[ \\t]*${marker}[ \\t]*$`, 'm').exec(text.slice(at + line.length));
  return {
    diagnostic: withCode(one, 'invalid-expression', `${fault} Write ${form}.`, source, at, at + whole.length),
    to: end ? at + line.length + end.index + end[0].length : Infinity,
  };
}

function withCode(
  one: Diagnostic,
  code: SyntaxProblem,
  detail: string,
  source: SourceText,
  start: number,
  end: number,
): Diagnostic {
  const subject = source.range(start, Math.max(start, end));
  return { severity: one.severity, code, summary: SYNTAX_PROBLEMS[code], detail, subject };
}

/** The index of the last quotation mark of a line, those behind a backslash apart. */
function lastQuote(line: string): number | undefined {
  return [...line.matchAll(/\\.|"/g)].filter(([mark]) => mark === '"').at(-1)?.index;
}

function lineStart(text: string, at: number): number {
  return at <= 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

/** The offset of the newline that ends a line, or of the end of the text. */
function lineEnd(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? text.length : newline;
}
