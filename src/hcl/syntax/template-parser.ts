import type { Expression, Template, TemplateWrap } from '../ast.ts';
import type { Range } from '../source.ts';
import { nearest } from '../suggestion.ts';
import { spaceLength, trimSpaceEnd } from './characters.ts';
import { Cursor, type TokenIndex } from './cursor.ts';
import { cookQuoted, cookUnquoted } from './string-literal.ts';
import { flushHeredoc, joinLiterals, PieceTree, type Piece, type PieceReporter } from './template-pieces.ts';
import { Kind, type TokenKind } from './token.ts';

const DIRECTIVES = ['if', 'else', 'endif', 'for', 'endfor'];

/** The template sub-language: quoted strings, heredocs, and bare templates. */
export abstract class TemplateParser extends Cursor {
  private readonly reporter: PieceReporter = {
    error: (code, detail, subject, more) => this.error(code, detail, subject, more),
    place: (offset) => this.place(offset),
    descend: () => this.descend(),
    ascend: () => void this.depth--,
  };

  protected abstract parseExpression(): Expression;

  /** TemplateExpr = quotedTemplate | heredocTemplate */
  protected parseTemplateExpr(): Template | TemplateWrap {
    const open = this.read();
    if (this.kindOf(open) === Kind.OpenQuote) {
      return this.parseQuotedLiteral(open) ?? this.parseTemplate(Kind.CloseQuote, open);
    }
    return this.parseTemplate(Kind.CloseHeredoc, open);
  }

  /** A quoted string without sequences, by far the most frequent template; undefined if it is not one. */
  private parseQuotedLiteral(open: TokenIndex): Template | undefined {
    const literal = this.at;
    if (!this.is(Kind.QuotedLiteral) || this.kindOf(literal + 1) !== Kind.CloseQuote) return undefined;
    this.read();
    const value = this.cook(literal);
    const close = this.read();
    return {
      kind: 'Template',
      form: 'quoted',
      parts: [{ kind: 'TemplateLiteral', value, range: this.rangeOf(literal) }],
      range: this.rangeFrom(open, close),
    };
  }

  /**
   * Template = ( TemplateLiteral | TemplateInterpolation | TemplateDirective )*
   *
   * up to a token of the kind `end`; `open` is the quote or heredoc marker before it, if any.
   */
  protected parseTemplate(end: TokenKind, open?: TokenIndex): Template | TemplateWrap {
    const first = this.at;
    const flush =
      open !== undefined &&
      end === Kind.CloseHeredoc &&
      this.text.charCodeAt(this.startOf(open) + 2) === 0x2d;
    let pieces = this.parsePieces(end);
    if (flush) flushHeredoc(pieces);
    pieces = joinLiterals(pieces);
    const range = this.rangeFrom(open ?? first, this.previous);
    const lone = pieces[0];
    if (pieces.length === 2 && lone?.type === 'expression') {
      return { kind: 'TemplateWrap', expression: lone.expression, range };
    }
    const tree = new PieceTree(pieces, this.source, this.reporter);
    const form = end === Kind.CloseQuote ? 'quoted' : end === Kind.CloseHeredoc ? 'heredoc' : 'bare';
    return { kind: 'Template', form, parts: tree.parts(), range };
  }

  /** The template as a flat list; the last piece is its end. Strip markers have been applied. */
  private parsePieces(end: TokenKind): Piece[] {
    const first = this.at;
    const pieces: Piece[] = [];
    let stripNext = false;
    let literalBefore = false;
    for (;;) {
      const token = this.read();
      const kind = this.kindOf(token);
      if (kind === end) {
        this.finishPieces(pieces, first, token);
        return pieces;
      }
      if (kind === Kind.QuotedLiteral || kind === Kind.StringLiteral) {
        let value = this.cook(token);
        if (stripNext) value = value.slice(spaceLength(value));
        pieces.push({ type: 'literal', value, start: this.startOf(token), end: this.endOf(token) });
        stripNext = false;
        literalBefore = true;
        continue;
      }
      if (kind !== Kind.Interpolation && kind !== Kind.Directive) {
        const detail =
          end === Kind.CloseHeredoc
            ? 'This heredoc has no end marker. It must stand alone on a line that a newline ends.'
            : 'This string has no closing quote.';
        this.unexpected('unterminated-template-string', detail, token, first);
        this.finishPieces(pieces, first, this.recover(end));
        return pieces;
      }
      const last = pieces.at(-1);
      if (literalBefore && last?.type === 'literal' && this.endOf(token) - this.startOf(token) === 3) {
        last.value = trimSpaceEnd(last.value);
      }
      this.enterNewlines(false);
      stripNext =
        kind === Kind.Interpolation
          ? this.parseTemplateInterpolation(pieces, first, end)
          : this.parseTemplateDirective(pieces, token, first);
      this.leaveNewlines();
      literalBefore = false;
    }
  }

  private finishPieces(pieces: Piece[], first: TokenIndex, end: TokenIndex): void {
    if (pieces.length === 0) {
      const offset = this.endOf(first);
      pieces.push({ type: 'literal', value: '', start: offset, end: offset });
    }
    pieces.push({ type: 'end', start: this.startOf(end), end: this.endOf(end) });
  }

  /**
   * TemplateInterpolation = ("${" | "${~") Expression ("}" | "~}")
   *
   * without its start. Returns true if it ends with a strip marker.
   */
  private parseTemplateInterpolation(pieces: Piece[], first: TokenIndex, end: TokenKind): boolean {
    const expression = this.parseExpression();
    pieces.push({ type: 'expression', expression });
    if (this.is(Kind.SequenceEnd)) return this.readSequenceEnd();

    const quote = this.is(Kind.CloseQuote) || this.is(Kind.OpenQuote);
    if (this.recovering) {
      // Said already.
    } else if (this.is(Kind.EOF) || (quote && end === Kind.CloseQuote)) {
      const where = this.is(Kind.EOF) ? 'file' : 'string';
      const detail =
        `An interpolation "\${" in this template has no closing brace before the end of the ${where}. ` +
        'For a literal "${", write "$${".';
      this.error('unclosed-interpolation', detail, this.rangeOf(first));
    } else {
      const detail =
        'A closing brace "}" is expected here, at the end of the interpolation. If "${" is meant for another ' +
        'language, such as that of a shell, write "$${".';
      this.unexpected('extra-characters-after-interpolation', detail, this.at, first);
    }
    this.recover(Kind.SequenceEnd);
    return false;
  }

  /**
   * TemplateDirective = TemplateIf | TemplateFor
   *
   * of which this is one part, such as "%{ endif }", without its start. Returns true if it ends with a strip marker.
   */
  private parseTemplateDirective(pieces: Piece[], open: TokenIndex, first: TokenIndex): boolean {
    const keyword = this.at;
    if (!this.is(Kind.Identifier)) {
      const detail =
        'A directive starts with one of the words "if", "else", "endif", "for" and "endfor". For a literal "%{", write "%%{".';
      this.unexpected('invalid-template-directive', detail, keyword, open);
      this.recover(Kind.SequenceEnd);
      return false;
    }
    this.read();
    const start = this.startOf(open);
    const word = this.textOf(keyword);
    switch (word) {
      case 'if': {
        const condition = this.parseExpression();
        pieces.push({ type: 'if', condition, start, end: this.endOf(this.at) });
        break;
      }
      case 'else':
      case 'endif':
      case 'endfor':
        pieces.push({ type: word, start, end: this.endOf(this.at) });
        break;
      case 'for':
        if (!this.parseForDirective(pieces, start)) return false;
        break;
      default:
        this.unknownDirective(word, keyword, open);
        return false;
    }
    if (this.is(Kind.SequenceEnd)) return this.readSequenceEnd();
    if (!this.recovering) {
      const detail = `A closing brace "}" is expected here, at the end of the "${word}" directive.`;
      const summary = `Extra characters in ${word} marker`;
      const context = this.rangeFrom(first, this.at);
      this.error('extra-characters-in-directive', detail, this.rangeOf(this.at), { summary, context });
    }
    this.recover(Kind.SequenceEnd);
    return false;
  }

  private unknownDirective(word: string, keyword: TokenIndex, open: TokenIndex): void {
    const suggestion = nearest(word, DIRECTIVES);
    const hint = suggestion ? ` Did you mean "${suggestion}"?` : ' For a literal "%{", write "%%{".';
    this.unexpected('invalid-template-keyword', `There is no "${word}" directive.${hint}`, keyword, open);
    this.recover(Kind.SequenceEnd);
  }

  /** The names and the collection of a "for" directive. False if they are wrong; then the directive has been skipped. */
  private parseForDirective(pieces: Piece[], start: number): boolean {
    const names: string[] = [];
    do {
      if (names.length > 0) this.read();
      if (!this.is(Kind.Identifier)) {
        const what = names.length > 0 ? 'second variable after the comma' : 'variable after "for"';
        return this.invalidForDirective(`The name of the ${what} is expected here.`);
      }
      names.push(this.textOf(this.read()));
    } while (this.is(Kind.Comma) && names.length === 1);
    if (!this.isKeyword('in'))
      return this.invalidForDirective('The word "in" is expected here, after the names of the variables.');
    this.read();
    const collection = this.parseExpression();
    const valueName = names.at(-1) as string;
    const keyName = names.length > 1 ? names[0] : undefined;
    pieces.push({ type: 'for', keyName, valueName, collection, start, end: this.endOf(this.at) });
    return true;
  }

  private invalidForDirective(detail: string): false {
    this.unexpected('invalid-for-directive', detail);
    this.recover(Kind.SequenceEnd);
    return false;
  }

  private readSequenceEnd(): boolean {
    const close = this.read();
    return this.endOf(close) - this.startOf(close) === 2;
  }

  /** The text that a literal token stands for. */
  protected cook(token: TokenIndex): string {
    if (this.kindOf(token) === Kind.StringLiteral) return cookUnquoted(this.textOf(token));
    return cookQuoted(this.textOf(token), ({ detail, start, end }) => {
      const offset = this.startOf(token);
      this.error('invalid-escape-sequence', detail, this.source.range(offset + start, offset + end));
    });
  }

  /** A quoted string that must not have sequences in it, such as a block's label. Its quote is the next token. */
  protected parseStringLit(): { value: string; range: Range } {
    const open = this.read();
    let value = '';
    for (;;) {
      const token = this.read();
      switch (this.kindOf(token)) {
        case Kind.CloseQuote:
          return { value, range: this.rangeFrom(open, token) };
        case Kind.QuotedLiteral:
          value += this.cook(token);
          break;
        case Kind.Interpolation:
        case Kind.Directive: {
          const sign = this.text.charAt(this.startOf(token));
          const detail = `No template sequences are allowed in this string. For a literal "${sign}{", write "${sign}${sign}{".`;
          const context = this.rangeFrom(open, token);
          this.error('invalid-string-literal', detail, this.rangeOf(token), { context });
          value += `${sign}{ ... }`;
          this.recover(Kind.SequenceEnd);
          break;
        }
        case Kind.EOF: {
          const context = this.rangeFrom(open, token);
          const detail = 'This string has no closing quote before the end of the file.';
          this.error('unterminated-string-literal', detail, this.rangeOf(token), { context });
          return { value, range: this.rangeFrom(open, token) };
        }
        default: {
          const context = this.rangeFrom(open, token);
          this.error('invalid-string-literal', 'This is not allowed in a string.', this.rangeOf(token), {
            context,
          });
          this.recover(Kind.CloseQuote);
          return { value, range: this.rangeFrom(open, token) };
        }
      }
    }
  }
}
