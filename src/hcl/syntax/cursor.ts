import type { Diagnostic } from '../diagnostic.ts';
import type { Pos, Range } from '../source.ts';
import { SYNTAX_PROBLEMS, type SyntaxProblem } from './problems.ts';
import type { SourceText } from './source-text.ts';
import { Kind, type TokenKind, type TokenList } from './token.ts';

/** How deep expressions and blocks may nest, so that no input exhausts the stack of this or a later stage. */
export const MAX_DEPTH = 500;

/** A place in the token list: what the parser passes around where others have token objects. */
export type TokenIndex = number;

/** The brackets that close what a bracket opens; a template sequence counts as one kind of bracket. */
const CLOSERS = new Map<TokenKind, TokenKind>([
  [Kind.OpenBrace, Kind.CloseBrace],
  [Kind.OpenBracket, Kind.CloseBracket],
  [Kind.OpenParen, Kind.CloseParen],
  [Kind.OpenQuote, Kind.CloseQuote],
  [Kind.OpenHeredoc, Kind.CloseHeredoc],
  [Kind.Interpolation, Kind.SequenceEnd],
  [Kind.Directive, Kind.SequenceEnd],
]);

/**
 * Walks over the tokens, and keeps what all grammar productions share: the diagnostics, and the recovery from errors.
 *
 * Recovery follows HashiCorp's parser: after the first syntax error that leaves the parser in a doubtful place,
 * complaints about bad tokens are held back, so that one mistake gives one message.
 */
export abstract class Cursor {
  readonly diagnostics: Diagnostic[] = [];
  protected readonly source: SourceText;
  protected readonly text: string;
  protected readonly tokens: TokenList;
  /** The kind of the next token; comments never are, newlines only where they count. */
  protected kind: TokenKind = Kind.EOF;
  /** The index of the next token. */
  protected at: TokenIndex = 0;
  /** True once an error has left the parser in a place where further errors may be noise. */
  protected recovering = false;
  /** The number of errors so far, to see whether a part has failed. */
  protected errors = 0;
  /** How deep the current expression or block is nested. */
  protected depth = 0;
  /** The index after the last token that was read. */
  private next: TokenIndex = 0;
  private newlinesCount = true;
  private readonly outerNewlinesCount: boolean[] = [];

  constructor(source: SourceText, tokens: TokenList) {
    this.source = source;
    this.text = source.text;
    this.tokens = tokens;
    source.tokens = tokens;
    this.settle();
  }

  /** Takes the next token and returns its index. EOF can be taken again and again. */
  protected read(): TokenIndex {
    const taken = this.at;
    this.next = taken + 1;
    this.settle();
    return taken;
  }

  /** The token that was read last; before any, the first one. */
  protected get previous(): TokenIndex {
    return this.next === 0 ? this.at : this.next - 1;
  }

  protected kindOf(token: TokenIndex): TokenKind {
    return this.tokens.kinds[token] as TokenKind;
  }

  protected startOf(token: TokenIndex): number {
    return this.tokens.starts[token] as number;
  }

  protected endOf(token: TokenIndex): number {
    return this.tokens.ends[token] as number;
  }

  protected textOf(token: TokenIndex): string {
    return this.text.slice(this.tokens.starts[token], this.tokens.ends[token]);
  }

  protected rangeOf(token: TokenIndex): Range {
    return this.source.range(this.startOf(token), this.endOf(token));
  }

  /** From the start of one token to the end of another. */
  protected rangeFrom(first: TokenIndex, last: TokenIndex): Range {
    return this.source.range(this.startOf(first), this.endOf(last));
  }

  /** True if the next token is of this kind. */
  protected is(kind: TokenKind): boolean {
    return this.kind === kind;
  }

  /** True if the next token is the word `word`. */
  protected isKeyword(word: string): boolean {
    const { at } = this;
    if (!this.is(Kind.Identifier)) return false;
    const start = this.startOf(at);
    return this.endOf(at) - start === word.length && this.text.startsWith(word, start);
  }

  /** Starts a stretch in which newlines count as tokens or not, until `leaveNewlines`. */
  protected enterNewlines(count: boolean): void {
    this.outerNewlinesCount.push(this.newlinesCount);
    this.newlinesCount = count;
    this.settle();
  }

  protected leaveNewlines(): void {
    this.newlinesCount = this.outerNewlinesCount.pop() as boolean;
    this.settle();
  }

  /** Finds the next token. A one-line comment holds the newline that ends it, and stands for it. */
  private settle(): void {
    const { kinds, length } = this.tokens;
    for (let at = this.next; at < length; at++) {
      const kind = kinds[at] as TokenKind;
      if (kind > Kind.Comment || kind === Kind.EOF) {
        this.at = at;
        this.kind = kind;
        return;
      }
      if (!this.newlinesCount) continue;
      if (kind === Kind.Newline || this.text.charCodeAt(this.endOf(at) - 1) === 0x0a) {
        this.at = at;
        this.kind = Kind.Newline;
        return;
      }
    }
    this.at = length - 1;
    this.kind = Kind.EOF;
  }

  /** Reports an error. `detail` is in full sentences; `summary` only where it is not always the same. */
  protected error(
    code: SyntaxProblem,
    detail: string,
    subject: Range,
    more: { context?: Range; summary?: string } = {},
  ): void {
    this.errors++;
    const { context, summary = SYNTAX_PROBLEMS[code] } = more;
    this.diagnostics.push({ severity: 'error', code, summary, detail, subject, ...(context && { context }) });
  }

  /** The same about a token, unless in recovery. */
  protected unexpected(code: SyntaxProblem, detail: string, token = this.at, from?: TokenIndex): void {
    if (this.recovering) return;
    const context = from === undefined ? undefined : this.rangeFrom(from, token);
    this.error(code, detail, this.rangeOf(token), { context });
  }

  /** True if there have been errors since `errors` was `before`, and the place they have left us at is doubtful. */
  protected failedSince(before: number): boolean {
    return this.recovering && this.errors > before;
  }

  /**
   * To be called on entering a production that may hold itself. If it is nested too deep, says so and returns false;
   * the caller then must not go deeper. Otherwise `this.depth--` is due at its end.
   */
  protected descend(): boolean {
    if (this.depth < MAX_DEPTH) {
      this.depth++;
      return true;
    }
    const detail =
      `Expressions and blocks may be nested ${MAX_DEPTH} levels deep. ` +
      'Give inner parts names of their own, for example in a "locals" block.';
    if (!this.recovering) this.error('nesting-too-deep', detail, this.rangeOf(this.at));
    else this.errors++;
    this.recovering = true;
    return false;
  }

  /** Skips over the closing bracket `end` that matches at this level, and returns it; or EOF if there is none. */
  protected recover(end: TokenKind): TokenIndex {
    this.recovering = true;
    let nested = 0;
    for (;;) {
      const token = this.read();
      const kind = this.kindOf(token);
      if (kind === Kind.EOF) return token;
      if (kind === end) {
        if (nested === 0) return token;
        nested--;
      } else if (CLOSERS.get(kind) === end) {
        nested++;
      }
    }
  }

  /** Skips over the next bracket pair that `start` opens. */
  protected recoverOver(start: TokenKind): void {
    for (;;) {
      const kind = this.kindOf(this.read());
      if (kind === start || kind === Kind.EOF) break;
    }
    this.recover(CLOSERS.get(start) as TokenKind);
  }

  /** Skips to the end of the line, or of the last of its brackets. */
  protected recoverAfterBodyItem(): void {
    this.recovering = true;
    const open: TokenKind[] = [];
    for (;;) {
      // The kind has to be looked at before reading: a comment may stand for a newline.
      const kind = this.kind;
      this.read();
      if (kind === Kind.EOF || (kind === Kind.Newline && open.length === 0)) return;
      const closer = CLOSERS.get(kind);
      if (closer !== undefined) {
        open.push(closer);
      } else if (isCloser(kind)) {
        while (open.length > 0 && open.pop() !== kind);
      }
    }
  }

  /** The position at an offset, for the few messages that name a second place. */
  protected place(offset: number): string {
    const { line, column }: Pos = this.source.position(offset);
    return `${this.source.filename}:${line}:${column}`;
  }
}

function isCloser(kind: TokenKind): boolean {
  switch (kind) {
    case Kind.CloseBrace:
    case Kind.CloseBracket:
    case Kind.CloseParen:
    case Kind.CloseQuote:
    case Kind.CloseHeredoc:
    case Kind.SequenceEnd:
      return true;
    default:
      return false;
  }
}
