import type { BinaryOperator, Expression, UnaryOperator } from '../ast.ts';
import { compact } from './compact.ts';
import { CollectionParser } from './collection-parser.ts';
import type { TokenIndex } from './cursor.ts';
import { Kind, type TokenKind } from './token.ts';

/** The binary operators, those that bind loosest first. */
const PRECEDENCE: readonly (readonly [TokenKind, BinaryOperator])[][] = [
  [[Kind.Or, '||']],
  [[Kind.And, '&&']],
  [
    [Kind.Equal, '=='],
    [Kind.NotEqual, '!='],
  ],
  [
    [Kind.Less, '<'],
    [Kind.Greater, '>'],
    [Kind.LessEqual, '<='],
    [Kind.GreaterEqual, '>='],
  ],
  [
    [Kind.Plus, '+'],
    [Kind.Minus, '-'],
  ],
  [
    [Kind.Star, '*'],
    [Kind.Slash, '/'],
    [Kind.Percent, '%'],
  ],
];

/** By token kind: how tightly it binds as a binary operator, from 1; 0 for all others. */
const LEVELS = new Uint8Array(256);
const OPERATORS: BinaryOperator[] = [];
PRECEDENCE.forEach((operators, level) => {
  for (const [kind, operator] of operators) {
    LEVELS[kind] = level + 1;
    OPERATORS[kind] = operator;
  }
});

/** The expression sub-language. */
export class ExpressionParser extends CollectionParser {
  /** Expression = ExprTerm | Operation | Conditional */
  parseExpression(): Expression {
    if (!this.descend()) return this.invalid();
    const expression = this.parseConditional();
    this.depth--;
    return expression;
  }

  /** An Expression that is the whole text, in which newlines do not count. */
  parseWholeExpression(): Expression {
    this.enterNewlines(false);
    const expression = this.parseExpression();
    if (!this.is(Kind.EOF)) {
      const detail = 'Nothing may follow the end of the expression.';
      this.unexpected('extra-characters-after-expression', detail);
    }
    return expression;
  }

  /** A Template that is the whole text. */
  parseWholeTemplate(): Expression {
    return this.parseTemplate(Kind.EOF);
  }

  /** Conditional = Expression "?" Expression ":" Expression */
  private parseConditional(): Expression {
    const first = this.at;
    let before = this.errors;
    const condition = this.parseOperation(1);
    if (!this.is(Kind.Question) || this.failedSince(before)) return condition;
    this.read();

    before = this.errors;
    const then = this.parseExpression();
    if (this.failedSince(before)) return condition;
    if (!this.is(Kind.Colon)) {
      const detail =
        'A conditional has two results: "condition ? result if true : result if false". ' +
        'The colon and the second one are missing here.';
      const context = this.rangeFrom(first, this.at);
      this.error('missing-false-expression', detail, this.rangeOf(this.at), { context });
      return condition;
    }
    this.read();

    before = this.errors;
    const otherwise = this.parseExpression();
    if (this.failedSince(before)) return condition;
    return { kind: 'Conditional', condition, then, otherwise, range: this.rangeFrom(first, this.previous) };
  }

  /** binaryOp = ExprTerm binaryOperator ExprTerm, of operators that bind as `level` or tighter. */
  private parseOperation(level: number): Expression {
    const first = this.at;
    let before = this.errors;
    let left = this.parseExprTerm();
    if (this.failedSince(before)) return left;
    for (;;) {
      const { kind, at: operator } = this;
      const binds = LEVELS[kind] as number;
      if (binds < level || binds === 0) return left;
      this.read();
      before = this.errors;
      const right = this.parseOperation(binds + 1);
      if (this.failedSince(before)) return left;
      left = {
        kind: 'BinaryOperation',
        left,
        operator: OPERATORS[kind] as BinaryOperator,
        right,
        range: this.rangeFrom(first, this.previous),
        operatorRange: this.rangeOf(operator),
      };
    }
  }

  /** ExprTerm with all that follows it: see `parseTraversal`. */
  private parseExprTerm(): Expression {
    const start = this.startOf(this.at);
    return this.parseTraversal(this.parseTerm(), start);
  }

  /**
   * ExprTerm = LiteralValue | CollectionValue | TemplateExpr | VariableExpr | FunctionCall | ForExpr | "(" Expression ")"
   *
   * and unaryOp, which HCL's own parser treats as a term.
   */
  private parseTerm(): Expression {
    switch (this.kind) {
      case Kind.Identifier:
        return this.parseNamed();
      case Kind.OpenQuote:
      case Kind.OpenHeredoc:
        return this.parseTemplateExpr();
      case Kind.Number: {
        const token = this.read();
        this.checkNumber(token);
        return { kind: 'NumberLiteral', text: this.textOf(token), range: this.rangeOf(token) };
      }
      case Kind.OpenBracket:
        return this.parseTuple();
      case Kind.OpenBrace:
        return this.parseObject();
      case Kind.OpenParen:
        return this.parseParentheses();
      case Kind.Minus:
        return this.parseUnaryOp('-');
      case Kind.Not:
        return this.parseUnaryOp('!');
      default:
        return this.missingTerm();
    }
  }

  private missingTerm(): Expression {
    if (this.is(Kind.EOF)) {
      this.unexpected('missing-expression', 'An expression is expected here, but the file ends.');
    } else {
      this.unexpected(
        'invalid-expression',
        'An expression is expected here, such as a value, a name, or a call.',
      );
    }
    this.recovering = true;
    return this.invalid();
  }

  private invalid(): Expression {
    return { kind: 'InvalidExpression', range: this.rangeOf(this.at) };
  }

  /** LiteralValue = "true" | "false" | "null"; VariableExpr = Identifier; or the start of a FunctionCall. */
  private parseNamed(): Expression {
    const token = this.read();
    if (this.is(Kind.OpenParen) || this.is(Kind.DoubleColon)) return this.parseFunctionCall(token);
    const traversal = this.scopeTraversal(token);
    switch (traversal.rootName) {
      case 'true':
      case 'false':
        return { kind: 'BoolLiteral', value: traversal.rootName === 'true', range: traversal.range };
      case 'null':
        return { kind: 'NullLiteral', range: traversal.range };
      default:
        return traversal;
    }
  }

  /** "(" Expression ")" */
  private parseParentheses(): Expression {
    const open = this.read();
    this.enterNewlines(false);
    const before = this.errors;
    const expression = this.parseExpression();
    if (this.errors > before) {
      this.recover(Kind.CloseParen);
      this.leaveNewlines();
      return expression;
    }
    if (!this.is(Kind.CloseParen)) {
      const detail = 'A closing parenthesis ")" is expected here.';
      this.error('unbalanced-parentheses', detail, this.rangeOf(this.at), {
        context: this.rangeFrom(open, this.at),
      });
      this.recovering = true;
    }
    const close = this.read();
    this.leaveNewlines();
    return { kind: 'Parentheses', expression, range: this.rangeFrom(open, close) };
  }

  /** unaryOp = ( "-" | "!" ) ExprTerm */
  private parseUnaryOp(operator: UnaryOperator): Expression {
    const sign = this.read();
    if (!this.descend()) return this.invalid();
    const operand = this.parseExprTerm();
    this.depth--;
    const range = this.rangeFrom(sign, Math.max(sign, this.previous));
    return { kind: 'UnaryOperation', operator, operand, range, operatorRange: this.rangeOf(sign) };
  }

  /** FunctionCall = Identifier ( "::" Identifier )* "(" Arguments ")", of which `first` has been read. */
  private parseFunctionCall(first: TokenIndex): Expression {
    let name = this.textOf(first);
    let last = first;
    while (this.is(Kind.DoubleColon)) {
      this.read();
      const next = this.read();
      if (this.kindOf(next) !== Kind.Identifier) {
        const detail = 'The name of a function in the namespace is expected after "::".';
        return this.invalidCall('missing-function-name', detail, first, next);
      }
      name += `::${this.textOf(next)}`;
      last = next;
    }
    const open = this.read();
    if (this.kindOf(open) !== Kind.OpenParen) {
      const detail = `The arguments of "${name}" are expected here, in parentheses. A namespace holds only functions.`;
      return this.invalidCall('missing-open-parenthesis', detail, first, open);
    }
    this.enterNewlines(false);
    const args: Expression[] = [];
    const { close, expandFinal } = this.parseArguments(args, first, open);
    this.leaveNewlines();
    return {
      kind: 'FunctionCall',
      name,
      arguments: compact(args),
      expandFinal,
      range: this.rangeFrom(first, close),
      nameRange: this.rangeFrom(first, last),
      openParenRange: this.rangeOf(open),
      closeParenRange: this.rangeOf(close),
    };
  }

  private invalidCall(
    code: 'missing-function-name' | 'missing-open-parenthesis',
    detail: string,
    first: TokenIndex,
    token: TokenIndex,
  ): Expression {
    const range = this.rangeFrom(first, token);
    this.error(code, detail, this.rangeOf(token), { context: range });
    this.recoverOver(Kind.OpenParen);
    return { kind: 'InvalidExpression', range };
  }

  /** Arguments = ( Expression ( "," Expression )* ( "," | "..." )? )? and the closing parenthesis. */
  private parseArguments(
    args: Expression[],
    name: TokenIndex,
    open: TokenIndex,
  ): { close: TokenIndex; expandFinal: boolean } {
    for (;;) {
      if (this.is(Kind.CloseParen)) return { close: this.read(), expandFinal: false };
      const before = this.errors;
      args.push(this.parseExpression());
      if (this.failedSince(before)) return { close: this.recover(Kind.CloseParen), expandFinal: false };
      const separator = this.read();
      switch (this.kindOf(separator)) {
        case Kind.Comma:
          break;
        case Kind.CloseParen:
          return { close: separator, expandFinal: false };
        case Kind.Ellipsis:
          return { close: this.closeExpansion(name, separator), expandFinal: true };
        case Kind.EOF: {
          const detail =
            'The arguments of this call are not closed with ")" before the end of the file. Perhaps parentheses after it do not match.';
          this.error('unterminated-function-call', detail, this.rangeFrom(name, open));
          return { close: this.recover(Kind.CloseParen), expandFinal: false };
        }
        default: {
          const detail = 'A comma is expected here, before the next argument, or ")" after the last one.';
          const context = this.rangeFrom(name, separator);
          this.error('missing-argument-separator', detail, this.rangeOf(separator), { context });
          return { close: this.recover(Kind.CloseParen), expandFinal: false };
        }
      }
    }
  }

  private closeExpansion(name: TokenIndex, ellipsis: TokenIndex): TokenIndex {
    if (this.is(Kind.CloseParen)) return this.read();
    const detail =
      'Only the last argument can be expanded with "...": a closing parenthesis ")" must follow.';
    this.unexpected('missing-closing-parenthesis', detail, ellipsis, name);
    return this.recover(Kind.CloseParen);
  }
}
