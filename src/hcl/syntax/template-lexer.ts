import { isSpace } from './characters.ts';
import { Kind, TokenList } from './token.ts';

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const DOLLAR = 0x24;
const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const TILDE = 0x7e;

/** Where the lexer is: in expressions and bodies, or in one of the kinds of templates. */
export type Mode = 'normal' | 'quoted' | 'heredoc' | 'bare';

interface Heredoc {
  readonly marker: string;
  /** The next character starts a line of the heredoc, so that the line may be the end marker. */
  atLineStart: boolean;
}

/** The lexical rules of quoted strings, heredocs and bare templates, and the stack of modes to get into and out of them. */
export abstract class TemplateLexer {
  protected readonly text: string;
  protected readonly tokens: TokenList;
  protected position: number;
  protected mode: Mode;
  protected readonly heredocs: Heredoc[] = [];
  protected braces = 0;
  /** The brace depths at which a closing brace ends a template sequence. */
  protected readonly sequenceBraces: number[] = [];
  /** The modes to return to at the end of a template or of a sequence in it. */
  private readonly modes: Mode[] = [];

  protected constructor(text: string, start: number, mode: Mode) {
    this.text = text;
    this.tokens = new TokenList(Math.ceil(text.length / 3) + 16);
    this.position = start;
    this.mode = mode;
  }

  /** The inside of a quoted string, up to its end or to a sequence in it. */
  protected lexQuoted(): void {
    const { text, tokens } = this;
    while (this.position < text.length) {
      const from = this.position;
      const code = text.charCodeAt(from);
      if (code === QUOTE) {
        tokens.push(Kind.CloseQuote, from, ++this.position);
        this.leave();
        return;
      }
      if (code === DOLLAR || code === PERCENT) {
        if (this.dollar(code)) return;
      } else if (code === LF || code === CR) {
        let at = from + 1;
        while (text.charCodeAt(at) === LF || text.charCodeAt(at) === CR) at++;
        tokens.push(Kind.QuotedNewline, from, at);
        this.position = at;
      } else {
        const end = this.quotedLiteralEnd(from);
        if (end > from) tokens.push(Kind.QuotedLiteral, from, end);
        // A backslash that nothing on its line follows.
        else tokens.push(Kind.Invalid, from, from + 1);
        this.position = Math.max(end, from + 1);
      }
    }
  }

  private quotedLiteralEnd(from: number): number {
    const { text } = this;
    let at = from;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === QUOTE || code === DOLLAR || code === PERCENT || code === LF || code === CR) return at;
      if (code === BACKSLASH) {
        const next = text.charCodeAt(at + 1);
        if (at + 1 === text.length || next === LF || next === CR) return at;
        at++;
      }
      at++;
    }
    return at;
  }

  /** The inside of a heredoc or a bare template, where each line is a literal of its own. */
  protected lexUnquoted(): void {
    const { text, tokens } = this;
    const heredoc = this.mode === 'heredoc' ? this.heredocs.at(-1) : undefined;
    while (this.position < text.length) {
      const from = this.position;
      const code = text.charCodeAt(from);
      let at = from;
      if (code === DOLLAR || code === PERCENT) {
        const length = this.escapeLength(code, from);
        if (length === 0) {
          if (this.dollar(code)) return;
          if (heredoc) heredoc.atLineStart = false;
          continue;
        }
        at += length;
      } else {
        at = this.unquotedLiteralEnd(from);
      }
      const next = text.charCodeAt(at);
      const newline = next === LF ? at + 1 : next === CR && text.charCodeAt(at + 1) === LF ? at + 2 : at;
      if (newline > at && heredoc?.atLineStart && trimSpace(text.slice(from, at)) === heredoc.marker) {
        tokens.push(Kind.CloseHeredoc, from, at);
        tokens.push(Kind.Newline, at, newline);
        this.position = newline;
        this.heredocs.pop();
        this.leave();
        return;
      }
      if (newline === from) {
        // A lone carriage return, on which HashiCorp's scanner gives up.
        tokens.push(heredoc ? Kind.Invalid : Kind.StringLiteral, from, text.length);
        this.position = text.length;
        return;
      }
      tokens.push(Kind.StringLiteral, from, newline);
      if (heredoc) heredoc.atLineStart = newline > at;
      this.position = newline;
    }
  }

  private unquotedLiteralEnd(from: number): number {
    const { text } = this;
    let at = from;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === DOLLAR || code === PERCENT || code === LF || code === CR) return at;
      at++;
    }
    return at;
  }

  /** The length of `$${`, `$${~`, `%%{` or `%%{~` at an offset, or 0. */
  private escapeLength(code: number, at: number): number {
    const { text } = this;
    if (text.charCodeAt(at + 1) !== code || text.charCodeAt(at + 2) !== OPEN_BRACE) return 0;
    return text.charCodeAt(at + 3) === TILDE ? 4 : 3;
  }

  /**
   * A dollar or percent sign in a template: the start of a sequence, an escape of one, or just text.
   * True if it starts a sequence, and the mode has changed.
   */
  private dollar(code: number): boolean {
    const { text, tokens, position: from } = this;
    const literal = this.mode === 'quoted' ? Kind.QuotedLiteral : Kind.StringLiteral;
    if (text.charCodeAt(from + 1) === OPEN_BRACE) {
      const end = from + (text.charCodeAt(from + 2) === TILDE ? 3 : 2);
      tokens.push(code === DOLLAR ? Kind.Interpolation : Kind.Directive, from, end);
      this.position = end;
      this.sequenceBraces.push(++this.braces);
      const heredoc = this.heredocs.at(-1);
      if (heredoc) heredoc.atLineStart = false;
      this.enter('normal');
      return true;
    }
    let end = from + (this.escapeLength(code, from) || 1);
    if (this.mode !== 'quoted' && end === from + 1 && this.isLastOnLine(end)) end++;
    // At the very end of the text the scanner still waits for what follows.
    tokens.push(
      end === text.length && end === from + 1 && this.mode !== 'bare' ? Kind.Invalid : literal,
      from,
      end,
    );
    this.position = end;
    return false;
  }

  /**
   * Outside of quotes, HashiCorp's scanner joins the sign with the one ASCII character after it if a line break
   * follows that. It matters only to strip markers, which eat white space of one token.
   */
  private isLastOnLine(at: number): boolean {
    const code = this.text.charCodeAt(at);
    const next = this.text.charCodeAt(at + 1);
    return code < 0x80 && code !== OPEN_BRACE && (next === LF || next === CR);
  }

  protected enter(mode: Mode): void {
    this.modes.push(this.mode);
    this.mode = mode;
  }

  protected leave(): void {
    this.mode = this.modes.pop() as Mode;
  }
}

function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}
