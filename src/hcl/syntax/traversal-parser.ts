import type { Expression, IndexStep, ScopeTraversal, SplatItem, TraversalStep } from '../ast.ts';
import type { Range } from '../source.ts';
import { compact } from './compact.ts';
import type { TokenIndex } from './cursor.ts';
import { isDecimal } from './number-literal.ts';
import { TemplateParser } from './template-parser.ts';
import { Kind } from './token.ts';

const NO_STEPS: readonly TraversalStep[] = [];

/** An expression that grows to the right: what it is so far, and the steps that are to be one traversal of it. */
class Growing {
  private readonly parser: { range(start: number, end: number): Range };
  private readonly start: number;
  private expression: Expression;
  private steps: TraversalStep[] = [];
  private stepsEnd = 0;

  constructor(parser: { range(start: number, end: number): Range }, expression: Expression, start: number) {
    this.parser = parser;
    this.expression = expression;
    this.start = start;
  }

  step(step: TraversalStep, end: number): void {
    this.steps.push(step);
    this.stepsEnd = end;
  }

  /** Replaces the whole by an expression that holds it. */
  wrap(make: (inner: Expression) => Expression): void {
    this.expression = make(this.finish());
    this.steps = [];
  }

  finish(): Expression {
    const { expression, steps } = this;
    if (steps.length === 0) return expression;
    const range = this.parser.range(this.start, this.stepsEnd);
    if (expression.kind !== 'ScopeTraversal') {
      return { kind: 'RelativeTraversal', source: expression, steps: compact(steps), range };
    }
    // It is a lone name so far: names get their steps here only.
    const { kind, rootName, rootRange } = expression;
    return { kind, rootName, rootRange, steps: compact(steps), range };
  }
}

/** What may follow a term: indexes, attributes and splats. */
export abstract class TraversalParser extends TemplateParser {
  /**
   * ExprTerm = … | ExprTerm Index | ExprTerm GetAttr | ExprTerm Splat
   *
   * of which the first term is `term`, that starts at the offset `start`.
   */
  protected parseTraversal(term: Expression, start: number): Expression {
    if (!this.is(Kind.Dot) && !this.is(Kind.OpenBracket)) return term;
    const growing = new Growing(this.source, term, start);
    for (;;) {
      if (this.is(Kind.Dot)) this.parseDot(growing, start);
      else if (this.is(Kind.OpenBracket)) this.parseBracket(growing, start);
      else return growing.finish();
    }
  }

  /** GetAttr = "." Identifier, the legacy index "." NumericLit, or the start of an attrSplat. */
  private parseDot(growing: Growing, start: number): void {
    const dot = this.read();
    const token = this.at;
    switch (this.kind) {
      case Kind.Identifier:
        this.read();
        growing.step(this.attributeStep(dot, token), this.endOf(token));
        return;
      case Kind.Number:
        this.read();
        growing.step(this.legacyIndex(dot, token, token, ''), this.endOf(token));
        return;
      case Kind.Star:
        this.parseAttrSplat(growing, dot, start);
        return;
      default: {
        this.error(
          'invalid-attribute-name',
          'The name of an attribute is expected after a dot.',
          this.rangeOf(token),
        );
        const range = this.source.range(start, this.endOf(dot));
        growing.wrap(() => ({ kind: 'InvalidExpression', range }));
        this.recovering = true;
      }
    }
  }

  private attributeStep(dot: TokenIndex, name: TokenIndex): TraversalStep {
    return { kind: 'AttributeStep', name: this.textOf(name), range: this.rangeFrom(dot, name) };
  }

  /** `.0`, which means `[0]`. Of `.0.1` the lexer makes the number 0.1, which is refused. */
  private legacyIndex(
    dot: TokenIndex,
    number: TokenIndex,
    subject: TokenIndex,
    splat: string,
  ): TraversalStep {
    const key = this.textOf(number);
    const [first = '', ...others] = key.split('.');
    if (others.length > 0) {
      const detail =
        'Indexes after dots cannot be chained, because this looks like a number. ' +
        `Write ${splat}[${first}][${others.join('.')}] instead.`;
      this.error('invalid-legacy-index', detail, this.rangeOf(subject));
    } else {
      this.checkNumber(number);
    }
    return { kind: 'IndexStep', keyType: 'number', key, range: this.rangeFrom(dot, number) };
  }

  /** attrSplat = "." "*" GetAttr* */
  private parseAttrSplat(growing: Growing, dot: TokenIndex, start: number): void {
    const star = this.read();
    const firstToken = this.at;
    const steps: TraversalStep[] = [];
    let last = star;
    while (this.is(Kind.Dot)) {
      const stepDot = this.read();
      const token = this.at;
      if (this.is(Kind.Number)) {
        this.read();
        steps.push(this.legacyIndex(stepDot, token, star, '[*]'));
      } else if (this.is(Kind.Identifier)) {
        this.read();
        steps.push(this.attributeStep(stepDot, token));
      } else {
        this.invalidSplatAttribute(star);
        return;
      }
      last = token;
    }
    const markerRange = this.rangeFrom(dot, star);
    const item: SplatItem = { kind: 'SplatItem', range: markerRange };
    const each: Expression =
      steps.length === 0
        ? item
        : { kind: 'RelativeTraversal', source: item, steps, range: this.rangeFrom(firstToken, last) };
    const range = this.source.range(start, this.endOf(last));
    growing.wrap((source) => ({ kind: 'Splat', source, each, item, full: false, range, markerRange }));
  }

  private invalidSplatAttribute(star: TokenIndex): void {
    if (this.is(Kind.Star)) {
      const detail =
        'A splat ".*" takes attributes of its elements, and no further splat. Use "[*]" for the first one.';
      this.unexpected('nested-splat', detail);
    } else {
      this.unexpected('invalid-attribute-name', 'The name of an attribute is expected after a dot.', star);
    }
    this.recovering = true;
  }

  /** Index = "[" Expression "]" or the start of a fullSplat. */
  private parseBracket(growing: Growing, start: number): void {
    const open = this.read();
    if (this.is(Kind.Star)) {
      this.parseFullSplat(growing, open, start);
      return;
    }
    this.enterNewlines(false);
    const before = this.errors;
    const key = this.parseExpression();
    const close = this.closeIndex(before);
    this.leaveNewlines();

    const bracketRange = this.rangeFrom(open, close);
    const step = literalKey(key);
    if (step) {
      growing.step({ kind: 'IndexStep', ...step, range: bracketRange }, this.endOf(close));
      return;
    }
    const range = this.source.range(start, this.endOf(close));
    const openRange = this.rangeOf(open);
    growing.wrap((collection) => ({ kind: 'Index', collection, key, range, openRange, bracketRange }));
  }

  private closeIndex(errorsBefore: number): TokenIndex {
    if (this.failedSince(errorsBefore)) return this.recover(Kind.CloseBracket);
    const close = this.read();
    if (this.kindOf(close) === Kind.CloseBracket || this.recovering) return close;
    // Like HashiCorp's parser, this points at where the bracket is found in the end.
    const found = this.recover(Kind.CloseBracket);
    const detail = 'The index must end before this, with a closing bracket "]" right after its one key.';
    this.error('missing-index-bracket', detail, this.rangeOf(found));
    return found;
  }

  /** fullSplat = "[" "*" "]" ( GetAttr | Index )* */
  private parseFullSplat(growing: Growing, open: TokenIndex, start: number): void {
    this.read();
    let close = this.read();
    if (this.kindOf(close) !== Kind.CloseBracket && !this.recovering) {
      close = this.recover(Kind.CloseBracket);
      const detail = 'A closing bracket "]" must follow right after the star of a splat.';
      this.error('missing-splat-bracket', detail, this.rangeOf(close));
    }
    const markerRange = this.rangeFrom(open, close);
    const item: SplatItem = { kind: 'SplatItem', range: markerRange };
    const each = this.descendInto(item, open);
    const range = this.source.range(start, this.endOf(this.previous));
    growing.wrap((source) => ({ kind: 'Splat', source, each, item, full: true, range, markerRange }));
  }

  /** Everything after a full splat applies to each of its elements. */
  private descendInto(item: SplatItem, open: TokenIndex): Expression {
    if (!this.descend()) return item;
    const each = this.parseTraversal(item, this.startOf(open));
    this.depth--;
    return each;
  }

  /** Reports a number that the lexer took as one token but that is none, such as 1.2.3. */
  protected checkNumber(token: TokenIndex): void {
    if (isDecimal(this.textOf(token))) return;
    const detail = 'This is no number. A number is written in decimal, such as 42, 0.5 or 1e6.';
    this.error('invalid-number-literal', detail, this.rangeOf(token));
  }

  protected scopeTraversal(name: TokenIndex): ScopeTraversal {
    const range = this.rangeOf(name);
    return { kind: 'ScopeTraversal', rootName: this.textOf(name), rootRange: range, steps: NO_STEPS, range };
  }
}

/** The key of an index if it is a literal, and so can be a step of a traversal. */
function literalKey(key: Expression): Pick<IndexStep, 'keyType' | 'key'> | undefined {
  if (key.kind === 'NumberLiteral') return { keyType: 'number', key: key.text };
  // No collection has such a key, but whether it is asked for it depends on what is before.
  if (key.kind === 'BoolLiteral') return { keyType: 'bool', key: String(key.value) };
  if (key.kind === 'NullLiteral') return { keyType: 'null', key: 'null' };
  if (key.kind !== 'Template' || key.parts.length !== 1) return undefined;
  const part = key.parts[0];
  return part?.kind === 'TemplateLiteral' ? { keyType: 'string', key: part.value } : undefined;
}
