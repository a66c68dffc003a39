import type { Expression, SplatItem, TemplatePart } from '../ast.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import { DYNAMIC_UNKNOWN } from '../value/construct.ts';
import type { Value } from '../value/value.ts';
import { EVALUATION_PROBLEMS } from './problems.ts';
import type { EvaluationProblem } from './problems.ts';
import type { Scope } from './scope.ts';

/** Evaluates one node; the modules of the kinds of expressions reach each other through it. */
export type Dispatch = (node: Expression | TemplatePart, frame: Frame) => Value;

/** The values of the variables of an expression, for a diagnostic; passed in, as it evaluates too. */
export type Describe = (expression: Expression, scope: Scope) => Diagnostic['values'];

/** What one evaluation shares over all its frames. */
export interface Run {
  readonly dispatch: Dispatch;
  readonly describe: Describe;
  /** How many nodes may still be evaluated: loops in loops in loops must end. */
  budget: number;
}

/** A failure, as the evaluating code states it. */
export interface Failure {
  readonly detail: string;
  readonly subject: Range;
  readonly context?: Range;
  /** The expression whose variables are shown with their values. */
  readonly expression?: Expression | TemplatePart;
}

/** Thrown when the budget of a run is spent; no expression catches it. */
export class BudgetError extends Error {}

/** Where an expression is evaluated: the names it sees, the element a splat is at, and where its problems go. */
export class Frame {
  readonly run: Run;
  readonly scope: Scope;
  readonly diagnostics: Diagnostic[];
  readonly #items: ReadonlyMap<SplatItem, Value>;

  constructor(
    run: Run,
    scope: Scope,
    diagnostics: Diagnostic[],
    items: ReadonlyMap<SplatItem, Value> = new Map(),
  ) {
    this.run = run;
    this.scope = scope;
    this.diagnostics = diagnostics;
    this.#items = items;
  }

  evaluate(node: Expression | TemplatePart): Value {
    this.run.budget -= 1;
    if (this.run.budget < 0) throw new BudgetError();
    return this.run.dispatch(node, this);
  }

  /** The same place with diagnostics of its own, which the caller keeps or drops. */
  fork(): Frame {
    return new Frame(this.run, this.scope, [], this.#items);
  }

  /** The same place with other names. */
  inScope(scope: Scope): Frame {
    return new Frame(this.run, scope, this.diagnostics, this.#items);
  }

  /** The same place, where `item` stands for a value. */
  withItem(item: SplatItem, value: Value): Frame {
    return new Frame(this.run, this.scope, this.diagnostics, new Map([...this.#items, [item, value]]));
  }

  /** What a splat's item stands for here. */
  itemValue(item: SplatItem): Value {
    return this.#items.get(item) ?? DYNAMIC_UNKNOWN;
  }

  add(diagnostics: readonly Diagnostic[]): void {
    // One by one: a spread of very many would be more arguments than a call can have.
    for (const diagnostic of diagnostics) this.diagnostics.push(diagnostic);
  }

  /** Reports an error. The value, of which nothing is known, is what evaluation goes on with. */
  fail(code: EvaluationProblem, failure: Failure): Value {
    const { detail, subject, context, expression } = failure;
    const values =
      expression === undefined || isNoExpression(expression)
        ? undefined
        : this.run.describe(expression, this.scope);
    this.diagnostics.push({
      severity: 'error',
      code,
      summary: EVALUATION_PROBLEMS[code],
      detail,
      subject,
      ...(context === undefined ? {} : { context }),
      ...(values === undefined || values.length === 0 ? {} : { values }),
    });
    return DYNAMIC_UNKNOWN;
  }
}

function isNoExpression(node: Expression | TemplatePart): node is Exclude<TemplatePart, Expression> {
  return node.kind === 'TemplateLiteral' || node.kind === 'TemplateIf' || node.kind === 'TemplateFor';
}
