import { graphemeCount } from '../graphemes.ts';
import { Lexer } from '../syntax/lexer.ts';
import { Kind } from '../syntax/token.ts';
import { bracketChange, linesOf, netBrackets, type Cell, type Line, type SpacedTokens } from './lines.ts';
import { blankBetween, NOTHING } from './spacing.ts';

/**
 * Formats a text in the native syntax as `packer fmt` does, byte for byte. Only blanks between tokens are changed:
 * no line is broken or joined, and comments, strings and heredocs stay as they are. Works on any text, even if it
 * cannot be parsed; callers should refuse that.
 */
export function format(text: string): string {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const list = Lexer.lex(text, start);
  const blanks = new Int32Array(list.length);
  let end = start;
  for (let i = 0; i < list.length; i++) {
    blanks[i] = (list.starts[i] as number) - end;
    end = list.ends[i] as number;
  }
  const tokens: SpacedTokens = { text, list, blanks };
  const lines = linesOf(tokens);
  indent(tokens, lines);
  for (const { lead, assignment } of lines) {
    space(tokens, lead);
    if (assignment) space(tokens, assignment);
  }
  align(
    tokens,
    lines,
    (line) => line.assignment,
    (line) => width(tokens, line.lead),
  );
  align(
    tokens,
    lines,
    (line) => line.comment,
    (line) => width(tokens, line.lead) + (line.assignment ? width(tokens, line.assignment) : 0),
  );
  return join(tokens);
}

/**
 * Indents each line by two blanks for each line before it that opens more brackets than it closes, and is not closed
 * yet. A line that closes more brackets than it opens ends as many of those lines as it closes all brackets of.
 */
function indent(tokens: SpacedTokens, lines: readonly Line[]): void {
  const open: number[] = [];
  const { list, blanks } = tokens;
  for (const { lead, assignment } of lines) {
    if (lead.from === lead.to) continue;
    if (list.kinds[lead.from] === Kind.Newline) {
      blanks[lead.from] = 0;
      continue;
    }
    const net = netOfLead(tokens, lead) + (assignment ? netBrackets(tokens, assignment) : 0);
    if (net < 0) close(open, -net);
    blanks[lead.from] = 2 * open.length;
    if (net > 0) open.push(net);
  }
}

/** Like `netBrackets`, but what follows the start of a heredoc in a lead does not count. */
function netOfLead({ list }: SpacedTokens, { from, to }: Cell): number {
  let net = 0;
  for (let i = from; i < to && list.kinds[i] !== Kind.OpenHeredoc; i++)
    net += bracketChange(list.kinds[i] as number);
  return net;
}

function close(open: number[], brackets: number): void {
  let left = brackets;
  while (left > 0 && open.length > 0) {
    const last = open.pop() as number;
    if (left < last) open.push(last - left);
    left -= last;
  }
}

/** Sets the blanks between the tokens of a cell. */
function space({ text, list, blanks }: SpacedTokens, { from, to }: Cell): void {
  const { kinds, starts, ends } = list;
  for (let i = from; i < to - 1; i++) {
    const before = i > from ? (kinds[i - 1] as number) : NOTHING;
    const isIn = (): boolean => text.slice(starts[i], ends[i]) === 'in';
    blanks[i + 1] = blankBetween(before, kinds[i] as number, kinds[i + 1] as number, isIn) ? 1 : 0;
  }
}

/** Puts a cell at the same column in all lines of each run of lines that have it. */
function align(
  { blanks }: SpacedTokens,
  lines: readonly Line[],
  cellOf: (line: Line) => Cell | undefined,
  widthBefore: (line: Line) => number,
): void {
  for (let first = 0; first < lines.length; first++) {
    const widths: number[] = [];
    while (first + widths.length < lines.length) {
      const line = lines[first + widths.length] as Line;
      if (!cellOf(line)) break;
      widths.push(widthBefore(line));
    }
    const widest = widths.reduce((most, one) => Math.max(most, one), 0);
    widths.forEach((one, i) => {
      const cell = cellOf(lines[first + i] as Line) as Cell;
      blanks[cell.from] = widest - one + 1;
    });
    first += widths.length;
  }
}

/** The width of a cell in columns, with the blanks before it; newlines in it count as any other character. */
function width({ text, list, blanks }: SpacedTokens, { from, to }: Cell): number {
  let columns = 0;
  for (let i = from; i < to; i++) {
    columns += (blanks[i] as number) + graphemeCount(text.slice(list.starts[i], list.ends[i]));
  }
  return columns;
}

function join({ text, list, blanks }: SpacedTokens): string {
  const parts: string[] = [];
  for (let i = 0; i < list.length; i++) {
    const count = blanks[i] as number;
    if (count > 0) parts.push(' '.repeat(count));
    parts.push(text.slice(list.starts[i], list.ends[i]));
  }
  return parts.join('');
}
