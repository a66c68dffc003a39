import type { BinaryOperation, BinaryOperator, Expression, UnaryOperation } from '../ast.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { BigFloat } from '../value/big-float.ts';
import { NotANumberError } from '../value/big-float.ts';
import { boolValue, numberValue, unknownValue } from '../value/construct.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { valuesEqual } from '../value/equal.ts';
import { unionMarks, unmark, unmarkDeep, withMarks } from '../value/marks.ts';
import type { Marks } from '../value/marks.ts';
import { BOOL, DYNAMIC, NUMBER } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import { UNKNOWN } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import type { Frame } from './frame.ts';
import { isTooLarge } from './limits.ts';

interface Operator {
  readonly operand: Type;
  readonly result: Type;
  /** What it does in words, for "cannot … null". */
  readonly verb: string;
}

const LOGICAL: Operator = { operand: BOOL, result: BOOL, verb: 'decide on' };
const EQUALITY: Operator = { operand: DYNAMIC, result: BOOL, verb: 'compare' };
const COMPARISON: Operator = { operand: NUMBER, result: BOOL, verb: 'compare' };
const ARITHMETIC: Operator = { operand: NUMBER, result: NUMBER, verb: 'calculate with' };

const OPERATORS: Readonly<Record<BinaryOperator, Operator>> = {
  '||': LOGICAL,
  '&&': LOGICAL,
  '==': EQUALITY,
  '!=': EQUALITY,
  '<': COMPARISON,
  '>': COMPARISON,
  '<=': COMPARISON,
  '>=': COMPARISON,
  '+': ARITHMETIC,
  '-': ARITHMETIC,
  '*': ARITHMETIC,
  '/': ARITHMETIC,
  '%': ARITHMETIC,
};

/** One side of an operation, evaluated, with the problems it had. */
interface Side {
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}

/** Evaluates a binary operation. A long chain such as `a + b + c + …` leans to the left; it is folded without recursion. */
export function evaluateBinary(operation: BinaryOperation, frame: Frame): Value {
  const chain: BinaryOperation[] = [];
  let first: Expression = operation;
  while (first.kind === 'BinaryOperation') {
    chain.push(first);
    first = first.left;
  }
  let left = evaluateSide(first, frame);
  for (const current of chain.reverse()) {
    const inner = frame.fork();
    const value = applyBinary(current, left, evaluateSide(current.right, frame), inner);
    left = { value, diagnostics: inner.diagnostics };
  }
  frame.add(left.diagnostics);
  return left.value;
}

function evaluateSide(expression: Expression, frame: Frame): Side {
  const own = frame.fork();
  const value = own.evaluate(expression);
  return { value, diagnostics: own.diagnostics };
}

function applyBinary(operation: BinaryOperation, left: Side, right: Side, frame: Frame): Value {
  const operator = OPERATORS[operation.operator];
  if (isTooLarge([left.value, right.value], operation.range, frame)) return unknownValue(operator.result);
  const leftValue = convertOperand(left.value, operation.left, 'left', operation, frame);
  const rightValue = convertOperand(right.value, operation.right, 'right', operation, frame);
  if (leftValue === undefined || rightValue === undefined) {
    frame.add(left.diagnostics);
    frame.add(right.diagnostics);
    return unknownValue(operator.result);
  }
  const unmarkOperand = operator === EQUALITY ? unmarkDeep : unmark;
  const [a, leftMarks] = unmarkOperand(leftValue);
  const [b, rightMarks] = unmarkOperand(rightValue);
  const marks = unionMarks(leftMarks, rightMarks);
  if (operator === LOGICAL) {
    const decided = shortCircuit(operation.operator === '||', a, b, left, right);
    if (decided !== undefined) {
      frame.add(decided.diagnostics);
      return withMarks(decided.value, marks);
    }
  }
  frame.add(left.diagnostics);
  frame.add(right.diagnostics);
  if (frame.diagnostics.length > 0) return withMarks(unknownValue(operator.result), marks);
  return withMarks(calculate(operation, a, b, marks, frame), marks);
}

function convertOperand(
  value: Value,
  expression: Expression,
  side: 'left' | 'right',
  operation: BinaryOperation,
  frame: Frame,
): Value | undefined {
  const { operand } = OPERATORS[operation.operator];
  try {
    return convert(value, operand);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    frame.fail('invalid-operand', {
      detail: `The ${side} operand of "${operation.operator}" does not suit: ${error.describe()}.`,
      subject: expression.range,
      context: operation.range,
      expression,
    });
    return undefined;
  }
}

/**
 * The result of `&&` or `||` where one side decides: then the problems of the other side are dropped. A null counts as
 * false here, and an unknown side decides where the other one leaves it open.
 */
function shortCircuit(isOr: boolean, a: Value, b: Value, left: Side, right: Side): Side | undefined {
  const leftUnknown = a.content === UNKNOWN;
  const rightUnknown = b.content === UNKNOWN;
  if (leftUnknown && rightUnknown) {
    return left.diagnostics.length === 0 ? { value: unknownValue(BOOL), diagnostics: [] } : undefined;
  }
  const decides = (value: Value): boolean => value.content !== UNKNOWN && (value.content === true) === isOr;
  if (decides(a)) return { value: boolValue(isOr), diagnostics: left.diagnostics };
  if (decides(b)) return { value: boolValue(isOr), diagnostics: right.diagnostics };
  if (leftUnknown) return { value: unknownValue(BOOL), diagnostics: left.diagnostics };
  if (rightUnknown) return { value: unknownValue(BOOL), diagnostics: right.diagnostics };
  return undefined;
}

function calculate(operation: BinaryOperation, a: Value, b: Value, marks: Marks, frame: Frame): Value {
  const operator = OPERATORS[operation.operator];
  if (operator === EQUALITY) {
    const equal = valuesEqual(a, b);
    if (equal === undefined) return unknownValue(BOOL);
    return boolValue(equal === (operation.operator === '=='));
  }
  if (a.content === null || b.content === null) {
    const side = a.content === null ? 'left' : 'right';
    return failOperation(
      operation,
      `The ${side} operand is null, and it is not possible to ${operator.verb} null.`,
      frame,
    );
  }
  if (a.content === UNKNOWN || b.content === UNKNOWN) return unknownValue(operator.result);
  if (operator === LOGICAL) {
    const [x, y] = [a.content as boolean, b.content as boolean];
    return boolValue(operation.operator === '||' ? x || y : x && y);
  }
  try {
    return calculateNumbers(operation.operator, a.content as BigFloat, b.content as BigFloat);
  } catch (error) {
    if (!(error instanceof NotANumberError)) throw error;
    // What kind of numbers met would tell something about a sensitive one.
    const reason = marks.size > 0 ? 'the operation has no numeric result' : error.message;
    return failOperation(operation, `The result is not a number: ${reason}.`, frame);
  }
}

function failOperation(operation: BinaryOperation | UnaryOperation, detail: string, frame: Frame): Value {
  const result = operation.kind === 'BinaryOperation' ? OPERATORS[operation.operator].result : undefined;
  frame.fail('operation-failed', { detail, subject: operation.range, expression: operation });
  return unknownValue(result ?? (operation.operator === '!' ? BOOL : NUMBER));
}

function calculateNumbers(operator: BinaryOperator, a: BigFloat, b: BigFloat): Value {
  switch (operator) {
    case '+':
      return numberValue(a.add(b));
    case '-':
      return numberValue(a.subtract(b));
    case '*':
      return numberValue(a.multiply(b));
    case '/':
      return numberValue(a.divide(b));
    case '%':
      return numberValue(a.remainder(b));
    case '<':
      return boolValue(a.compare(b) < 0);
    case '>':
      return boolValue(a.compare(b) > 0);
    case '<=':
      return boolValue(a.compare(b) <= 0);
    case '>=':
      return boolValue(a.compare(b) >= 0);
    default:
      throw new TypeError(`not an operator of numbers: ${operator}`);
  }
}

/** Evaluates `-x` and `!x`. */
export function evaluateUnary(operation: UnaryOperation, frame: Frame): Value {
  const wanted = operation.operator === '!' ? BOOL : NUMBER;
  const before = frame.diagnostics.length;
  const given = frame.evaluate(operation.operand);
  let converted: Value;
  try {
    converted = convert(given, wanted);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    frame.fail('invalid-operand', {
      detail: `The operand of "${operation.operator}" does not suit: ${error.describe()}.`,
      subject: operation.operand.range,
      context: operation.range,
      expression: operation.operand,
    });
    return unknownValue(wanted);
  }
  if (frame.diagnostics.length > before) return unknownValue(wanted);
  const [value, marks] = unmark(converted);
  if (value.content === null) {
    return failOperation(operation, `The operand of "${operation.operator}" is null.`, frame);
  }
  if (value.content === UNKNOWN) return withMarks(unknownValue(wanted), marks);
  const result =
    operation.operator === '!'
      ? boolValue(value.content !== true)
      : numberValue((value.content as BigFloat).negate());
  return withMarks(result, marks);
}
