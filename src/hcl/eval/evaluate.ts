import type { Expression, ObjectConstructor, ObjectKey, ScopeTraversal, TemplatePart } from '../ast.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { CallContext, Evaluation } from '../functions/spec.ts';
import { parseTemplate } from '../syntax/parse.ts';
import { didYouMean } from '../suggestion.ts';
import { LITERAL_PRECISION } from '../value/big-float.ts';
import { BigFloat } from '../value/big-float.ts';
import { parseNumber } from '../value/big-float-text.ts';
import {
  boolValue,
  DYNAMIC_UNKNOWN,
  NULL,
  numberValue,
  objectValue,
  stringValue,
  tupleValue,
} from '../value/construct.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { allMarks, withMarks } from '../value/marks.ts';
import type { Marks } from '../value/marks.ts';
import { STRING } from '../value/type.ts';
import { UNKNOWN } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { getIndex, traverse } from './access.ts';
import { evaluateCall } from './call.ts';
import { evaluateConditional } from './conditional.ts';
import { BudgetError, Frame } from './frame.ts';
import type { Run } from './frame.ts';
import { evaluateForObject, evaluateForTuple } from './iteration.ts';
import { evaluateBinary, evaluateUnary } from './operators.ts';
import { EVALUATION_PROBLEMS } from './problems.ts';
import type { EvaluationProblem } from './problems.ts';
import { allowsVariables, contextOf, findVariable, functionsOf, variableNames } from './scope.ts';
import type { Scope } from './scope.ts';
import { evaluateSplat } from './splat.ts';
import { evaluateForDirective, evaluateTemplate } from './templates.ts';
import { readTypeConstraint } from './type-constraint.ts';
import type { TypeReading } from './type-constraint.ts';
import { traversalText, variablesOf } from './variables.ts';

/** How many nodes one evaluation may go through before it is given up: some ten seconds of work. */
const NODE_BUDGET = 5_000_000;

/** How many variables a diagnostic shows at most. */
const MOST_VALUES = 8;

/**
 * Evaluates an expression. With errors among the diagnostics, the value stands for what is not known; it may be known in
 * part. Never throws for anything in the expression: nesting without end, loops without end and values beyond all bounds
 * are diagnostics too.
 */
export function evaluate(expression: Expression, scope: Scope): { value: Value; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const frame = new Frame({ dispatch, describe: describeVariables, budget: NODE_BUDGET }, scope, diagnostics);
  try {
    return { value: frame.evaluate(expression), diagnostics };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    const [code, detail] = failure;
    const summary = EVALUATION_PROBLEMS[code];
    diagnostics.push({ severity: 'error', code, summary, detail, subject: expression.range });
    return { value: DYNAMIC_UNKNOWN, diagnostics };
  }
}

/** Reads a type constraint with `optional(type, default)`, as the `type` of a variable is one. */
export function evaluateTypeConstraint(expression: Expression): TypeReading {
  return readTypeConstraint(expression, (fallback) => evaluate(fallback, {}));
}

function failureOf(error: unknown): [EvaluationProblem, string] | undefined {
  if (error instanceof BudgetError) {
    return [
      'evaluation-too-long',
      'The evaluation was given up after a very large number of steps. Look for loops inside loops.',
    ];
  }
  // The engine reports an exhausted stack and a string or array beyond all bounds with the same class.
  if (!(error instanceof RangeError)) return undefined;
  return error.message.includes('call stack')
    ? [
        'evaluation-too-deep',
        'The expression, or a value in it, is nested too deeply to be evaluated. Split it into locals.',
      ]
    : ['value-too-large', 'The result would be larger than a value can be.'];
}

function dispatch(node: Expression | TemplatePart, frame: Frame): Value {
  switch (node.kind) {
    case 'NumberLiteral':
      return literalValue(node.text);
    case 'BoolLiteral':
      return boolValue(node.value);
    case 'NullLiteral':
      return NULL;
    case 'TemplateLiteral':
      return stringValue(node.value);
    case 'Template':
      return evaluateTemplate(node, frame);
    case 'TemplateWrap':
    case 'Parentheses':
      return frame.evaluate(node.expression);
    case 'TemplateIf':
    case 'Conditional':
      return evaluateConditional(node, frame);
    case 'TemplateFor':
      return evaluateForDirective(node, frame);
    case 'ScopeTraversal':
      return evaluateVariable(node, frame);
    case 'RelativeTraversal':
      return traverse(frame, frame.evaluate(node.source), node.steps, node);
    case 'Index':
      return getIndex(frame.evaluate(node.collection), frame.evaluate(node.key), {
        frame,
        subject: node.bracketRange,
        expression: node,
      });
    case 'Splat':
      return evaluateSplat(node, frame);
    case 'SplatItem':
      return frame.itemValue(node);
    case 'FunctionCall':
      return evaluateCall(node, frame, callContext(frame.scope));
    case 'UnaryOperation':
      return evaluateUnary(node, frame);
    case 'BinaryOperation':
      return evaluateBinary(node, frame);
    case 'ForTuple':
      return evaluateForTuple(node, frame);
    case 'ForObject':
      return evaluateForObject(node, frame);
    case 'Tuple':
      return tupleValue(node.elements.map((element) => frame.evaluate(element)));
    case 'Object':
      return evaluateObject(node, frame);
    case 'InvalidExpression':
      return DYNAMIC_UNKNOWN;
  }
}

function literalValue(text: string): Value {
  if (text.length < 10 && !text.includes('.') && !/[eE]/.test(text)) {
    return numberValue(BigFloat.fromInteger(Number(text), LITERAL_PRECISION));
  }
  // Beyond the largest exponent there is only infinity.
  return numberValue(parseNumber(text) ?? BigFloat.infinity(false));
}

function evaluateVariable(traversal: ScopeTraversal, frame: Frame): Value {
  const root = findVariable(frame.scope, traversal.rootName);
  if (root !== undefined) return traverse(frame, root, traversal.steps, traversal);
  if (!allowsVariables(frame.scope)) {
    return frame.fail('variables-not-allowed', {
      detail: 'No variable can be used here; write the value itself.',
      subject: traversal.rootRange,
    });
  }
  const names = variableNames(frame.scope);
  const suggestion = didYouMean(traversal.rootName, names);
  const isWord = suggestion === '' && traversal.steps.length === 0;
  const hint = isWord
    ? ` If it is meant as text, put it in quotes: ${JSON.stringify(traversal.rootName)}.`
    : suggestion;
  return frame.fail('unknown-variable', {
    detail: `There is no variable ${JSON.stringify(traversal.rootName)}.${hint}`,
    subject: traversal.rootRange,
  });
}

function evaluateObject(constructor: ObjectConstructor, frame: Frame): Value {
  const attributes = new Map<string, Value>();
  const marks: Marks[] = [];
  let isKnown = true;
  for (const item of constructor.items) {
    const before = frame.diagnostics.length;
    const key = evaluateKey(item.key, frame);
    const hadErrors = frame.diagnostics.length > before;
    const value = frame.evaluate(item.value);
    const name = hadErrors ? undefined : keyName(key, item.key, item.value, frame);
    if (name === undefined) isKnown = false;
    else attributes.set(name, value);
    if (name !== undefined) marks.push(key.marks);
  }
  return isKnown ? withMarks(objectValue(attributes), allMarks(marks)) : DYNAMIC_UNKNOWN;
}

function evaluateKey(key: ObjectKey, frame: Frame): Value {
  const { expression, forceNonLiteral, literalName } = key;
  if (forceNonLiteral) return frame.evaluate(expression);
  if (expression.kind === 'ScopeTraversal' && expression.steps.length > 0) {
    return frame.fail('ambiguous-key', {
      detail:
        'This could be a name with dots in it or a reference. For a name, put it in quotes; for a reference, in parentheses.',
      subject: key.range,
    });
  }
  return literalName === undefined ? frame.evaluate(expression) : stringValue(literalName);
}

/** The name that the value of a key stands for; undefined if it is not known or is none. */
function keyName(key: Value, node: ObjectKey, value: Expression, frame: Frame): string | undefined {
  if (key.content === null) {
    frame.fail('null-key', {
      detail: 'The key of this value is null; a key must be a string.',
      subject: value.range,
      context: node.range,
      expression: node.expression,
    });
    return undefined;
  }
  try {
    const { content } = convert(key, STRING);
    return content === UNKNOWN ? undefined : (content as string);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    frame.fail('incorrect-key-type', {
      detail: `A key must be a string: ${error.describe()}.`,
      subject: node.range,
      expression: node.expression,
    });
    return undefined;
  }
}

const contexts = new WeakMap<Scope, CallContext>();

/** What functions are given: the surroundings of the scope, and a way to render templates with its functions. */
function callContext(scope: Scope): CallContext {
  const known = contexts.get(scope);
  if (known !== undefined) return known;
  const context: CallContext = {
    ...contextOf(scope),
    renderTemplate: (text, filename, variables, without) =>
      renderTemplate(scope, text, filename, variables, without),
  };
  contexts.set(scope, context);
  return context;
}

function renderTemplate(
  scope: Scope,
  text: string,
  filename: string,
  variables: ReadonlyMap<string, Value>,
  without: readonly string[],
): Evaluation {
  const { expression, diagnostics } = parseTemplate({ filename, text });
  if (diagnostics.length > 0) return { value: DYNAMIC_UNKNOWN, diagnostics };
  const functions = new Map(functionsOf(scope));
  for (const name of without) functions.delete(name);
  return evaluate(expression, { variables, functions, context: contextOf(scope) });
}

/** The variables of an expression that can be evaluated, with their values. */
function describeVariables(expression: Expression, scope: Scope): Diagnostic['values'] {
  const values = new Map<string, Value>();
  const run: Run = { dispatch, describe: () => undefined, budget: NODE_BUDGET };
  for (const traversal of variablesOf(expression)) {
    if (values.size >= MOST_VALUES) break;
    const root = findVariable(scope, traversal.rootName);
    if (root === undefined) continue;
    const frame = new Frame(run, scope, []);
    const value = traverse(frame, root, traversal.steps, traversal);
    // What cannot be selected is not there to be shown, but what it should be selected from is.
    if (frame.diagnostics.length === 0) values.set(traversalText(traversal), value);
    else values.set(traversal.rootName, root);
  }
  return [...values].map(([name, value]) => ({ name, value }));
}
