import { Kind, type TokenList } from '../syntax/token.ts';

/** Tokens with the number of blanks before each, which is all that formatting changes. */
export interface SpacedTokens {
  readonly text: string;
  readonly list: TokenList;
  readonly blanks: Int32Array;
}

/** A stretch of tokens: `from` included, `to` excluded. */
export interface Cell {
  readonly from: number;
  readonly to: number;
}

/**
 * A line of tokens (which may be several of text, if there is a heredoc in it), cut into up to three cells, the starts
 * of which are aligned with those of neighbouring lines.
 */
export interface Line {
  readonly lead: Cell;
  /** From an equals sign on, if what follows it closes all its brackets. */
  readonly assignment: Cell | undefined;
  /** A comment at the end of a line that holds something else. */
  readonly comment: Cell | undefined;
}

/** Cuts tokens into lines. The EOF token belongs to none. */
export function linesOf(tokens: SpacedTokens): Line[] {
  const lines: Line[] = [];
  const { list } = tokens;
  const end = list.length - 1;
  let from = 0;
  for (let i = 0; i < end; i++) {
    if (!endsLine(tokens, i)) continue;
    lines.push(lineOf(tokens, from, i + 1));
    from = i + 1;
  }
  lines.push(lineOf(tokens, from, end));
  return lines;
}

/** A newline, or a one-line comment, which includes the newline at its end. */
function endsLine({ text, list }: SpacedTokens, index: number): boolean {
  const kind = list.kinds[index];
  if (kind === Kind.Newline) return true;
  return kind === Kind.Comment && text.charCodeAt((list.ends[index] as number) - 1) === 0x0a;
}

function lineOf(tokens: SpacedTokens, from: number, end: number): Line {
  const { kinds } = tokens.list;
  let to = end;
  let comment: Cell | undefined;
  if (to - from > 1 && kinds[to - 1] === Kind.Comment) {
    comment = { from: to - 1, to };
    to--;
  }
  for (let i = from + 1; i < to; i++) {
    if (kinds[i] !== Kind.Assign) continue;
    if (netBrackets(tokens, { from: i, to }) !== 0) break;
    return { lead: { from, to: i }, assignment: { from: i, to }, comment };
  }
  return { lead: { from, to }, assignment: undefined, comment };
}

/** +1 for a token that opens brackets, -1 for one that closes them, else 0. Quotes and heredocs do not count. */
export function bracketChange(kind: number): number {
  switch (kind) {
    case Kind.OpenBrace:
    case Kind.OpenBracket:
    case Kind.OpenParen:
    case Kind.Interpolation:
    case Kind.Directive:
      return 1;
    case Kind.CloseBrace:
    case Kind.CloseBracket:
    case Kind.CloseParen:
    case Kind.SequenceEnd:
      return -1;
    default:
      return 0;
  }
}

/** How many brackets more are opened than closed in a cell. */
export function netBrackets({ list }: SpacedTokens, { from, to }: Cell): number {
  let net = 0;
  for (let i = from; i < to; i++) net += bracketChange(list.kinds[i] as number);
  return net;
}
