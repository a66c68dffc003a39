import { identifierEnd, isDigit } from './characters.ts';
import { TemplateLexer } from './template-lexer.ts';
import { Kind, type TokenKind, type TokenList } from './token.ts';

/* Codes of the characters that have a meaning of their own. */
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const HASH = 0x23;
const AMPERSAND = 0x26;
const STAR = 0x2a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const OPEN_BRACE = 0x7b;
const PIPE = 0x7c;
const CLOSE_BRACE = 0x7d;
const TILDE = 0x7e;

/** What stands for itself, by character code. 255: needs a closer look. 254: not part of the language. */
const SIMPLE = new Uint8Array(128).fill(254);
for (const [characters, kind] of [
  ['[', Kind.OpenBracket],
  [']', Kind.CloseBracket],
  ['(', Kind.OpenParen],
  [')', Kind.CloseParen],
  [',', Kind.Comma],
  ['*', Kind.Star],
  ['%', Kind.Percent],
  ['+', Kind.Plus],
  ['-', Kind.Minus],
  ['?', Kind.Question],
  ['\n', Kind.Newline],
  ['^', Kind.Bitwise],
  [';', Kind.Semicolon],
  ['`', Kind.Backtick],
  ["'", Kind.Apostrophe],
  ['./=<>!:&|~"#\r{}0123456789', 255],
] as const) {
  for (const character of characters) SIMPLE[character.charCodeAt(0)] = kind;
}
const NO_TOKEN = 254;

/**
 * Splits a text into tokens, by the lexical rules of HCL's native syntax specification and, for malformed text, in the
 * way HashiCorp's scanner does. Never fails: what is no token becomes one of the invalid kinds.
 */
export class Lexer extends TemplateLexer {
  /** There is no end of a block comment in the rest of the text, and no need to look for one again. */
  private noCommentEnds = false;

  /** The tokens of a configuration file or an expression; the last one is EOF. */
  static lex(text: string, start: number): TokenList {
    return new Lexer(text, start, 'normal').run();
  }

  /** The tokens of a bare template, without quotes around it. */
  static lexTemplate(text: string, start: number): TokenList {
    return new Lexer(text, start, 'bare').run();
  }

  private run(): TokenList {
    const { text, tokens } = this;
    while (this.position < text.length) {
      if (this.mode === 'normal') this.lexNormal();
      else if (this.mode === 'quoted') this.lexQuoted();
      else this.lexUnquoted();
    }
    tokens.push(Kind.EOF, text.length, text.length);
    return tokens;
  }

  /** Tokens of expressions and bodies, up to a change of the mode. */
  private lexNormal(): void {
    const { text, tokens } = this;
    const end = text.length;
    let at = this.position;
    while (at < end) {
      const code = text.charCodeAt(at);
      if (code === 0x20 || code === TAB) {
        at++;
        continue;
      }
      const nameEnd = identifierEnd(text, at);
      if (nameEnd > at) {
        tokens.push(Kind.Identifier, at, nameEnd);
        at = nameEnd;
        continue;
      }
      const kind = code < 128 ? (SIMPLE[code] as number) : NO_TOKEN;
      if (kind < NO_TOKEN) {
        tokens.push(kind as TokenKind, at, ++at);
      } else if (kind === NO_TOKEN) {
        at = this.invalid(at);
      } else if (code === QUOTE || code === OPEN_BRACE || code === CLOSE_BRACE || code === TILDE) {
        this.position = at;
        if (this.bracketing(code)) return;
        at = this.position;
      } else if (isDigit(code)) {
        const from = at;
        at = this.numberEnd(at);
        tokens.push(Kind.Number, from, at);
      } else if (code === LESS && this.openHeredoc(at)) {
        return;
      } else {
        at = this.operator(code, at);
      }
    }
    this.position = at;
  }

  /** A quote, a brace, or a tilde at the position. True if the mode has changed. */
  private bracketing(code: number): boolean {
    const { text, tokens, position: at } = this;
    if (code === QUOTE) {
      tokens.push(Kind.OpenQuote, at, at + 1);
      this.position = at + 1;
      this.enter('quoted');
      return true;
    }
    if (code === OPEN_BRACE) {
      tokens.push(Kind.OpenBrace, at, at + 1);
      this.position = at + 1;
      this.braces++;
      return false;
    }
    const stripping = code === TILDE;
    if (stripping && text.charCodeAt(at + 1) !== CLOSE_BRACE) {
      tokens.push(Kind.Bitwise, at, at + 1);
      this.position = at + 1;
      return false;
    }
    this.position = at + (stripping ? 2 : 1);
    const ends = this.sequenceBraces.at(-1) === this.braces;
    this.braces--;
    tokens.push(ends || stripping ? Kind.SequenceEnd : Kind.CloseBrace, at, this.position);
    if (!ends) return false;
    this.sequenceBraces.pop();
    this.leave();
    return true;
  }

  /** Operators of one, two or three characters, and comments. Returns the offset after the token. */
  private operator(code: number, at: number): number {
    const { text } = this;
    const next = text.charCodeAt(at + 1);
    switch (code) {
      case EQUALS:
        if (next === EQUALS) return this.token(Kind.Equal, at, at + 2);
        return next === GREATER ? this.token(Kind.FatArrow, at, at + 2) : this.token(Kind.Assign, at, at + 1);
      case 0x21: // !
        return next === EQUALS ? this.token(Kind.NotEqual, at, at + 2) : this.token(Kind.Not, at, at + 1);
      case LESS:
        return next === EQUALS ? this.token(Kind.LessEqual, at, at + 2) : this.token(Kind.Less, at, at + 1);
      case GREATER:
        return next === EQUALS
          ? this.token(Kind.GreaterEqual, at, at + 2)
          : this.token(Kind.Greater, at, at + 1);
      case AMPERSAND:
        return next === AMPERSAND ? this.token(Kind.And, at, at + 2) : this.token(Kind.Bitwise, at, at + 1);
      case PIPE:
        return next === PIPE ? this.token(Kind.Or, at, at + 2) : this.token(Kind.Bitwise, at, at + 1);
      case 0x3a: // :
        return next === 0x3a ? this.token(Kind.DoubleColon, at, at + 2) : this.token(Kind.Colon, at, at + 1);
      case DOT:
        if (next !== DOT || text.charCodeAt(at + 2) !== DOT) return this.token(Kind.Dot, at, at + 1);
        return this.token(Kind.Ellipsis, at, at + 3);
      case CR:
        return next === LF ? this.token(Kind.Newline, at, at + 2) : this.token(Kind.Invalid, at, at + 1);
      case HASH:
        return this.lineComment(at);
      case SLASH:
        if (next === SLASH) return this.lineComment(at);
        if (next === STAR && !this.noCommentEnds) {
          const close = text.indexOf('*/', at + 2);
          if (close >= 0) return this.token(Kind.Comment, at, close + 2);
          this.noCommentEnds = true;
        }
        return this.token(Kind.Slash, at, at + 1);
      default:
        return this.invalid(at);
    }
  }

  /** Adds a token, and returns the offset after it. */
  private token(kind: TokenKind, start: number, end: number): number {
    this.tokens.push(kind, start, end);
    return end;
  }

  /** A comment of one line includes the newline at its end. */
  private lineComment(at: number): number {
    const newline = this.text.indexOf('\n', at);
    const end = newline < 0 ? this.text.length : newline + 1;
    this.tokens.push(Kind.Comment, at, end);
    return end;
  }

  private invalid(at: number): number {
    const end = at + ((this.text.codePointAt(at) as number) > 0xffff ? 2 : 1);
    this.tokens.push(Kind.Invalid, at, end);
    return end;
  }

  /**
   * The end of a number. More than NumericLit is taken, such as "1.2.3" or "1e1e1", to be refused as one token later;
   * but a dot is left alone unless a digit follows somewhere in the same run.
   */
  private numberEnd(start: number): number {
    const { text } = this;
    let at = start + 1;
    let end = at;
    for (;;) {
      const code = text.charCodeAt(at);
      if (isDigit(code)) {
        end = ++at;
      } else if (code === DOT) {
        at++;
      } else if (code === 0x65 || code === 0x45) {
        const sign = text.charCodeAt(at + 1);
        const digit = at + (sign === PLUS || sign === MINUS ? 2 : 1);
        if (!isDigit(text.charCodeAt(digit))) return end;
        end = at = digit + 1;
      } else {
        return end;
      }
    }
  }

  /** `<<MARKER` or `<<-MARKER` with the newline right after it. True if there is one, and the mode has changed. */
  private openHeredoc(at: number): boolean {
    const { text } = this;
    if (text.charCodeAt(at + 1) !== LESS) return false;
    const from = text.charCodeAt(at + 2) === MINUS ? at + 3 : at + 2;
    const end = identifierEnd(text, from);
    if (end === from) return false;
    const newline = text.charCodeAt(end) === CR ? end + 1 : end;
    if (text.charCodeAt(newline) !== LF) return false;
    this.tokens.push(Kind.OpenHeredoc, at, newline + 1);
    this.position = newline + 1;
    this.heredocs.push({ marker: text.slice(from, end), atLineStart: true });
    this.enter('heredoc');
    return true;
  }
}
