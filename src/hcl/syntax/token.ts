/*
 * Tokens are kept in parallel typed arrays instead of objects: a template of 10 MB has millions of them,
 * and the parser looks only at their kinds.
 */

/** Token kinds. Numbers, so that a Uint8Array holds them and tables can be indexed by them. */
export const Kind = {
  EOF: 0,
  Newline: 1,
  Comment: 2,
  Identifier: 3,
  Number: 4,
  OpenQuote: 5,
  CloseQuote: 6,
  /** Text in a quoted string; may hold backslash escapes. */
  QuotedLiteral: 7,
  OpenHeredoc: 8,
  CloseHeredoc: 9,
  /** Text in a heredoc or a bare template; backslashes mean themselves. */
  StringLiteral: 10,
  /** `${` or `${~` */
  Interpolation: 11,
  /** `%{` or `%{~` */
  Directive: 12,
  /** `}` or `~}` at the end of an interpolation or a directive */
  SequenceEnd: 13,
  OpenBrace: 14,
  CloseBrace: 15,
  OpenBracket: 16,
  CloseBracket: 17,
  OpenParen: 18,
  CloseParen: 19,
  Comma: 20,
  Dot: 21,
  Ellipsis: 22,
  Colon: 23,
  DoubleColon: 24,
  Question: 25,
  Assign: 26,
  FatArrow: 27,
  Or: 28,
  And: 29,
  Equal: 30,
  NotEqual: 31,
  Less: 32,
  Greater: 33,
  LessEqual: 34,
  GreaterEqual: 35,
  Plus: 36,
  Minus: 37,
  Star: 38,
  Slash: 39,
  Percent: 40,
  Not: 41,
  // What follows is no part of the language; the lexer knows it for the sake of good messages.
  Bitwise: 42,
  Backtick: 43,
  Apostrophe: 44,
  Semicolon: 45,
  QuotedNewline: 46,
  Invalid: 47,
} as const;

export type TokenKind = (typeof Kind)[keyof typeof Kind];

/** The first of the kinds that are no part of the language. */
export const FIRST_INVALID_KIND = Kind.Bitwise;

/** A growing list of tokens; always ends with an EOF token when the lexer is done. */
export class TokenList {
  kinds: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;
  length = 0;
  /** True if a token of a kind that is no part of the language is among them. */
  hasInvalid = false;

  constructor(capacity: number) {
    this.kinds = new Uint8Array(capacity);
    this.starts = new Uint32Array(capacity);
    this.ends = new Uint32Array(capacity);
  }

  push(kind: TokenKind, start: number, end: number): void {
    const index = this.length;
    if (index === this.kinds.length) this.grow();
    this.kinds[index] = kind;
    this.starts[index] = start;
    this.ends[index] = end;
    this.length = index + 1;
    if (kind >= FIRST_INVALID_KIND) this.hasInvalid = true;
  }

  /** The index of the first token that ends after `offset`. */
  firstEndingAfter(offset: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.ends[middle] as number) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  private grow(): void {
    const capacity = this.kinds.length * 2 + 16;
    const { kinds, starts, ends } = this;
    this.kinds = new Uint8Array(capacity);
    this.kinds.set(kinds);
    this.starts = new Uint32Array(capacity);
    this.starts.set(starts);
    this.ends = new Uint32Array(capacity);
    this.ends.set(ends);
  }
}
