import type { Attribute, Block, BlockLabel, Body } from '../ast.ts';
import type { TokenIndex } from './cursor.ts';
import { compact } from './compact.ts';
import { ExpressionParser } from './expression-parser.ts';
import { Kind, type TokenKind } from './token.ts';

const DEFINITION_REQUIRED = 'An argument or a block is expected here.';
const ASSIGNMENT_HINT = 'To give an argument its value, write an equals sign "=" after its name.';

/** The structural sub-language: bodies, attributes and blocks. */
export class BodyParser extends ExpressionParser {
  /** ConfigFile = Body */
  parseConfigFile(): Body {
    return this.parseBody(Kind.EOF, this.at);
  }

  /** Body = ( Attribute | Block | OneLineBlock )* up to a token of the kind `end`, after the token `first`. */
  private parseBody(end: TokenKind, first: TokenIndex): Body {
    const items: (Attribute | Block)[] = [];
    const names = new Map<string, Attribute>();
    for (;;) {
      if (this.kind === end) {
        return this.body(items, first, this.read());
      }
      if (this.is(Kind.Newline)) {
        this.read();
      } else if (this.is(Kind.Identifier)) {
        const item = this.parseBodyItem();
        if (item?.kind === 'Attribute') this.addAttribute(item, items, names);
        else if (item) items.push(item);
      } else {
        const bad = this.read();
        this.invalidItem(bad, first);
        this.recover(end);
        return this.body(items, first, bad);
      }
    }
  }

  private body(items: (Attribute | Block)[], first: TokenIndex, last: TokenIndex): Body {
    const end = this.endOf(last);
    return {
      kind: 'Body',
      items: compact(items),
      range: this.rangeFrom(first, last),
      endRange: this.source.range(end, end),
    };
  }

  private addAttribute(
    attribute: Attribute,
    items: (Attribute | Block)[],
    names: Map<string, Attribute>,
  ): void {
    const existing = names.get(attribute.name);
    if (existing === undefined) {
      names.set(attribute.name, attribute);
      items.push(attribute);
      return;
    }
    const { filename, start } = existing.nameRange;
    const where = `${filename}:${start.line}:${start.column}`;
    const detail = `The argument "${attribute.name}" has been set at ${where} already, and can be set only once.`;
    this.error('attribute-redefined', detail, attribute.nameRange);
  }

  private invalidItem(bad: TokenIndex, first: TokenIndex): void {
    switch (this.kindOf(bad)) {
      case Kind.OpenQuote:
        this.unexpected(
          'invalid-argument-name',
          'Names of arguments and types of blocks are not quoted.',
          bad,
        );
        return;
      case Kind.EOF: {
        const detail =
          'The brace "{" of this block is not closed before the end of the file. Perhaps braces after it do not match.';
        this.unexpected('unclosed-block', detail, first);
        return;
      }
      case Kind.CloseBrace: {
        const detail = 'This brace closes nothing: there is a "}" too many, or a "{" before it is missing.';
        this.unexpected('definition-required', detail, bad);
        return;
      }
      default:
        this.unexpected('definition-required', DEFINITION_REQUIRED, bad);
    }
  }

  /** Attribute | Block | OneLineBlock; undefined if it is none of them. Its name is the next token. */
  private parseBodyItem(): Attribute | Block | undefined {
    const name = this.read();
    switch (this.kind) {
      case Kind.Assign:
        return this.parseAttribute(name, false);
      case Kind.OpenQuote:
      case Kind.OpenBrace:
      case Kind.Identifier:
        return this.parseBlock(name);
      default:
        this.definitionRequired(name, `${DEFINITION_REQUIRED} ${ASSIGNMENT_HINT}`);
        return undefined;
    }
  }

  private definitionRequired(name: TokenIndex, detail: string): void {
    this.recoverAfterBodyItem();
    this.error('definition-required', detail, this.rangeOf(name));
  }

  /** Attribute = Identifier "=" Expression Newline; `oneLine` in a OneLineBlock, where no newline belongs to it. */
  private parseAttribute(name: TokenIndex, oneLine: boolean): Attribute {
    const equals = this.read();
    const before = this.errors;
    const expression = this.parseExpression();
    const last = this.previous;
    if (this.failedSince(before)) {
      this.recoverAfterBodyItem();
    } else if (!oneLine) {
      if (this.is(Kind.Newline) || this.is(Kind.EOF)) {
        this.read();
      } else {
        this.missingNewline(name);
        this.recoverAfterBodyItem();
      }
    }
    return {
      kind: 'Attribute',
      name: this.textOf(name),
      expression,
      range: this.rangeFrom(name, last),
      nameRange: this.rangeOf(name),
      equalsRange: this.rangeOf(equals),
    };
  }

  private missingNewline(name: TokenIndex): void {
    if (this.is(Kind.Comma)) {
      const detail =
        'Arguments are separated by newlines. Remove the comma, and put each argument on a line of its own.';
      this.unexpected('unexpected-comma-after-argument', detail, this.at, name);
    } else {
      const detail = 'A newline is expected here, at the end of the argument.';
      this.unexpected('missing-newline-after-argument', detail, this.at, name);
    }
  }

  /** Block = Identifier ( StringLit | Identifier )* "{" Newline Body "}" Newline, or OneLineBlock. `type` has been read. */
  private parseBlock(type: TokenIndex): Block {
    const labels: BlockLabel[] = [];
    for (;;) {
      if (this.is(Kind.OpenQuote)) {
        labels.push({ kind: 'BlockLabel', quoted: true, ...this.parseStringLit() });
      } else if (this.is(Kind.Identifier)) {
        const token = this.read();
        labels.push({
          kind: 'BlockLabel',
          value: this.textOf(token),
          quoted: false,
          range: this.rangeOf(token),
        });
      } else if (this.is(Kind.OpenBrace)) {
        break;
      } else {
        return this.blockWithoutBody(type, labels);
      }
    }
    const open = this.read();
    let body: Body;
    if (!this.descend()) {
      body = this.body([], open, this.recover(Kind.CloseBrace));
    } else {
      if (this.is(Kind.Newline) || this.is(Kind.EOF) || this.is(Kind.CloseBrace)) {
        body = this.parseBody(Kind.CloseBrace, open);
      } else {
        body = this.parseOneLineBody(type, open);
      }
      this.depth--;
    }
    const close = this.previous;
    this.endBlock(type);
    return this.block(type, labels, body, open, close);
  }

  private block(
    type: TokenIndex,
    labels: BlockLabel[],
    body: Body,
    open: TokenIndex,
    close: TokenIndex,
  ): Block {
    return {
      kind: 'Block',
      type: this.textOf(type),
      labels: compact(labels),
      body,
      headerRange: this.rangeFrom(type, open),
      range: this.rangeFrom(type, close),
      typeRange: this.rangeOf(type),
      openBraceRange: this.rangeOf(open),
      closeBraceRange: this.rangeOf(close),
    };
  }

  private endBlock(type: TokenIndex): void {
    if (this.is(Kind.Newline) || this.is(Kind.EOF)) {
      this.read();
      return;
    }
    this.unexpected(
      'missing-newline-after-block',
      'A newline is expected here, at the end of the block.',
      this.at,
      type,
    );
    this.recoverAfterBodyItem();
  }

  /** Something else than a label or a brace follows a block's type or labels. */
  private blockWithoutBody(type: TokenIndex, labels: BlockLabel[]): Block {
    const subject = this.rangeOf(this.at);
    const context = this.rangeFrom(type, this.at);
    if (this.is(Kind.Assign)) {
      const detail =
        'An equals sign "=" belongs to an argument, which has no labels. For a block, remove it: the opening brace "{" follows the labels.';
      this.error('invalid-block-definition', detail, subject, { context });
    } else if (this.is(Kind.Newline)) {
      const detail = 'The opening brace "{" of a block must be on the line of its type and labels.';
      this.error('invalid-block-definition', detail, subject, { context });
    } else {
      const detail = 'A label in quotation marks or an opening brace "{" is expected here.';
      this.unexpected('invalid-block-definition', detail, this.at, type);
    }
    this.recoverAfterBodyItem();
    return this.block(type, labels, this.body([], type, type), type, type);
  }

  /** OneLineBlock = Identifier ( StringLit | Identifier )* "{" ( Identifier "=" Expression )? "}" Newline, after its brace. */
  private parseOneLineBody(type: TokenIndex, open: TokenIndex): Body {
    const found = this.diagnostics.length;
    const attribute = this.parseOneLineAttribute();
    const inner = this.diagnostics.splice(found);
    if (this.is(Kind.CloseBrace)) {
      this.read();
    } else {
      this.unclosedOneLine(type, open);
      this.recover(Kind.CloseBrace);
    }
    // What is wrong with the block comes before what is wrong in it.
    for (const diagnostic of inner) this.diagnostics.push(diagnostic);
    return this.body(attribute ? [attribute] : [], open, this.previous);
  }

  private unclosedOneLine(type: TokenIndex, open: TokenIndex): void {
    const code = 'invalid-single-argument-block';
    if (this.is(Kind.Comma)) {
      const detail =
        'A block on one line can hold only one argument. Put the arguments on lines of their own, without commas.';
      this.error(code, detail, this.rangeOf(this.at));
    } else if (this.is(Kind.Newline)) {
      const detail =
        'A block with an argument on the line of its opening brace must end on that line. ' +
        'Put the argument on a line of its own, or the closing brace after it.';
      this.error(code, detail, this.rangeOf(this.at));
    } else if (this.is(Kind.EOF)) {
      const detail = 'The brace "{" of this block is not closed before the end of the file.';
      this.unexpected('unclosed-block', detail, open, type);
    } else {
      const detail = 'A closing brace "}" is expected here: a block on one line can hold only one argument.';
      this.unexpected(code, detail);
    }
  }

  private parseOneLineAttribute(): Attribute | undefined {
    const name = this.read();
    if (this.kindOf(name) !== Kind.Identifier) {
      this.definitionRequired(name, DEFINITION_REQUIRED);
      return undefined;
    }
    switch (this.kind) {
      case Kind.Assign:
        return this.parseAttribute(name, true);
      case Kind.OpenQuote:
      case Kind.OpenBrace:
      case Kind.Identifier: {
        const range = this.rangeFrom(name, this.at);
        this.recoverAfterBodyItem();
        const detail =
          'A block on one line can hold only one argument, and no block. ' +
          'Put an inner block on lines of its own; for an argument, write an equals sign "=" after its name.';
        this.error('argument-definition-required', detail, range);
        return undefined;
      }
      default:
        this.definitionRequired(name, `${DEFINITION_REQUIRED} ${ASSIGNMENT_HINT}`);
        return undefined;
    }
  }
}
