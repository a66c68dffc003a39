import type { Expression, ObjectItem, ObjectKey } from '../ast.ts';
import { compact } from './compact.ts';
import type { TokenIndex } from './cursor.ts';
import { Kind } from './token.ts';
import { TraversalParser } from './traversal-parser.ts';

/** Tuples, objects and for expressions. */
export abstract class CollectionParser extends TraversalParser {
  /** tuple = "[" ( Expression ( "," Expression )* ","? )? "]" */
  protected parseTuple(): Expression {
    const open = this.read();
    this.enterNewlines(false);
    const tuple = this.isKeyword('for') ? this.parseForExpr(open) : this.finishTuple(open);
    this.leaveNewlines();
    return tuple;
  }

  private finishTuple(open: TokenIndex): Expression {
    const elements: Expression[] = [];
    let close: TokenIndex;
    for (;;) {
      if (this.is(Kind.CloseBracket)) {
        close = this.read();
        break;
      }
      const before = this.errors;
      elements.push(this.parseExpression());
      if (this.failedSince(before)) {
        close = this.recover(Kind.CloseBracket);
        break;
      }
      // The alternative of a closing bracket is seen to in the next round.
      if (this.is(Kind.Comma)) {
        this.read();
      } else if (!this.is(Kind.CloseBracket)) {
        this.unfinishedTuple(open);
        close = this.recover(Kind.CloseBracket);
        break;
      }
    }
    return {
      kind: 'Tuple',
      elements: compact(elements),
      range: this.rangeFrom(open, close),
      openRange: this.rangeOf(open),
    };
  }

  private unfinishedTuple(open: TokenIndex): void {
    if (this.is(Kind.EOF)) {
      const detail =
        'This bracket "[" is not closed before the end of the file. Perhaps brackets after it do not match.';
      this.unexpected('unterminated-tuple', detail, open);
    } else {
      const detail = 'A comma is expected here, before the next element, or "]" after the last one.';
      this.unexpected('missing-item-separator', detail, this.at, open);
    }
  }

  /** object = "{" ( objectelem ( ( "," | Newline ) objectelem )* ","? )? "}" */
  protected parseObject(): Expression {
    const open = this.read();
    // Newlines count in objects but not in for expressions, so what it is has to be known first.
    this.enterNewlines(false);
    const isFor = this.isKeyword('for');
    this.leaveNewlines();
    if (isFor) {
      this.enterNewlines(false);
      const expression = this.parseForExpr(open);
      this.leaveNewlines();
      return expression;
    }
    this.enterNewlines(true);
    const items: ObjectItem[] = [];
    const close = this.parseObjectItems(open, items);
    this.leaveNewlines();
    return {
      kind: 'Object',
      items: compact(items),
      range: this.rangeFrom(open, close),
      openRange: this.rangeOf(open),
    };
  }

  /** The inside of an object and its closing brace, which is returned; or where recovery from an error has led to. */
  private parseObjectItems(open: TokenIndex, items: ObjectItem[]): TokenIndex {
    for (;;) {
      if (this.is(Kind.Newline)) {
        this.read();
        continue;
      }
      if (this.is(Kind.CloseBrace)) return this.read();
      const before = this.errors;
      const item = this.parseObjectElem(open);
      if (item) items.push(item);
      if (!item || this.failedSince(before)) return this.recover(Kind.CloseBrace);
      if (this.is(Kind.CloseBrace)) return this.read();
      if (!this.is(Kind.Comma) && !this.is(Kind.Newline)) {
        this.unfinishedObject(open);
        return this.recover(Kind.CloseBrace);
      }
      this.read();
    }
  }

  private unfinishedObject(open: TokenIndex): void {
    if (this.is(Kind.EOF)) return this.unterminatedObject(open);
    const detail =
      'A newline or a comma is expected here, before the next attribute, or "}" after the last one.';
    this.unexpected('missing-attribute-separator', detail, this.at, open);
  }

  private unterminatedObject(open: TokenIndex): void {
    const detail =
      'This brace "{" is not closed before the end of the file. Perhaps braces after it do not match.';
    this.unexpected('unterminated-object', detail, open);
  }

  /** objectelem = ( Identifier | Expression ) ( "=" | ":" ) Expression. Undefined if that fails at its key. */
  private parseObjectElem(open: TokenIndex): ObjectItem | undefined {
    const before = this.errors;
    const first = this.at;
    const forceNonLiteral = this.is(Kind.OpenParen);
    const expression = this.parseExpression();
    if (this.failedSince(before)) return undefined;
    // A name alone is a name even if it is a word such as "null".
    const lone = !forceNonLiteral && this.previous === first && this.kindOf(first) === Kind.Identifier;
    const key: ObjectKey = {
      kind: 'ObjectKey',
      expression,
      forceNonLiteral,
      literalName: lone ? this.textOf(first) : undefined,
      range: expression.range,
    };
    if (!this.is(Kind.Assign) && !this.is(Kind.Colon)) {
      this.missingSeparator(open);
      return undefined;
    }
    this.read();
    const value = this.parseExpression();
    return { kind: 'ObjectItem', key, value, range: this.rangeFrom(first, this.previous) };
  }

  private missingSeparator(open: TokenIndex): void {
    if (this.is(Kind.EOF)) return this.unterminatedObject(open);
    if (this.is(Kind.Newline) || this.is(Kind.Comma)) {
      const detail =
        'The value of this attribute is missing. Write an equals sign "=" and the value after its name.';
      this.unexpected('missing-attribute-value', detail, this.at, open);
      return;
    }
    const hint = this.is(Kind.Identifier)
      ? ' A name with dots or blanks in it must be put in quotation marks.'
      : '';
    const detail = `An equals sign "=" is expected here, between the name of the attribute and its value.${hint}`;
    this.unexpected('missing-key-value-separator', detail, this.at, open);
  }

  /**
   * ForExpr = forTupleExpr | forObjectExpr
   * forTupleExpr = "[" forIntro Expression forCond? "]"
   * forObjectExpr = "{" forIntro Expression "=>" Expression "..."? forCond? "}"
   *
   * without its bracket, which is `open`; "for" is the next token.
   */
  private parseForExpr(open: TokenIndex): Expression {
    const closer = this.kindOf(open) === Kind.OpenBrace ? Kind.CloseBrace : Kind.CloseBracket;
    this.read();
    const failed = (): Expression => {
      const close = this.recover(closer);
      return { kind: 'InvalidExpression', range: this.rangeFrom(open, close) };
    };
    const intro = this.parseForIntro(open);
    if (!intro) return failed();

    const before = this.errors;
    let key: Expression | undefined;
    let value = this.parseExpression();
    if (this.is(Kind.FatArrow)) {
      this.read();
      key = value;
      value = this.parseExpression();
    }
    if (this.failedSince(before)) return failed();
    const ellipsis = this.is(Kind.Ellipsis) ? this.read() : undefined;
    let condition: Expression | undefined;
    if (this.isKeyword('if')) {
      this.read();
      condition = this.parseExpression();
      if (this.failedSince(before)) return failed();
    }
    if (!this.is(closer)) {
      const word = closer === Kind.CloseBrace ? '}' : ']';
      this.invalidFor(`A closing "${word}" is expected here, at the end of the "for" expression.`, open);
    }
    const close = this.is(closer) ? this.read() : this.recover(closer);
    const range = this.rangeFrom(open, close);
    const ranges = { range, openRange: this.rangeOf(open), closeRange: this.rangeOf(close) };
    const rest = { ...intro, value, condition, ...ranges };
    if (closer === Kind.CloseBracket) {
      this.checkForTuple(key, ellipsis, rest);
      return { kind: 'ForTuple', ...rest };
    }
    if (key) return { kind: 'ForObject', ...rest, key, group: ellipsis !== undefined };
    const detail = 'A "for" expression that makes an object needs a key, as in {for k, v in x: k => v}.';
    this.error('invalid-for-expression', detail, value.range, { context: range });
    return { kind: 'InvalidExpression', range };
  }

  private checkForTuple(
    key: Expression | undefined,
    ellipsis: TokenIndex | undefined,
    { range: context }: Pick<Expression, 'range'>,
  ): void {
    if (key) {
      const detail =
        'A "for" expression that makes a tuple has no keys. Write braces around it to make an object.';
      this.error('invalid-for-expression', detail, key.range, { context });
    }
    if (ellipsis !== undefined) {
      const detail = 'The ellipsis "..." gathers the values of one key, and so is for objects only.';
      this.error('invalid-for-expression', detail, this.rangeOf(ellipsis), { context });
    }
  }

  /** forIntro = "for" Identifier ( "," Identifier )? "in" Expression ":" without its first word. */
  private parseForIntro(
    open: TokenIndex,
  ): { keyName: string | undefined; valueName: string; collection: Expression } | undefined {
    const names: string[] = [];
    do {
      if (names.length > 0) this.read();
      if (!this.is(Kind.Identifier)) {
        const what = names.length > 0 ? 'second variable after the comma' : 'variable after "for"';
        return this.invalidFor(`The name of the ${what} is expected here.`, open);
      }
      names.push(this.textOf(this.read()));
    } while (this.is(Kind.Comma) && names.length === 1);
    if (!this.isKeyword('in')) {
      return this.invalidFor('The word "in" is expected here, after the names of the variables.', open);
    }
    this.read();
    const before = this.errors;
    const collection = this.parseExpression();
    if (this.failedSince(before)) return undefined;
    if (!this.is(Kind.Colon)) {
      return this.invalidFor('A colon ":" is expected here, after the collection.', open);
    }
    this.read();
    return {
      keyName: names.length > 1 ? names[0] : undefined,
      valueName: names.at(-1) as string,
      collection,
    };
  }

  private invalidFor(detail: string, open: TokenIndex): undefined {
    this.unexpected('invalid-for-expression', detail, this.at, open);
  }
}
