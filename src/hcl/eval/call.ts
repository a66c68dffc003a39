import type { Expression, FunctionCall } from '../ast.ts';
import { FunctionError } from '../functions/spec.ts';
import type {
  ArgumentExpression,
  CallContext,
  ExpressionFunction,
  FunctionSpec,
  Parameter,
  ValueFunction,
} from '../functions/spec.ts';
import type { Range } from '../source.ts';
import { didYouMean } from '../suggestion.ts';
import { asElements } from '../value/access.ts';
import { NotANumberError } from '../value/big-float.ts';
import { DYNAMIC_UNKNOWN, unknownValue } from '../value/construct.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { allMarks, unmark, unmarkDeep, withMarks } from '../value/marks.ts';
import type { Marks } from '../value/marks.ts';
import { measure } from '../value/measure.ts';
import { DYNAMIC } from '../value/type.ts';
import { friendlyName, withoutOptional } from '../value/type-ops.ts';
import { UNKNOWN } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { BudgetError } from './frame.ts';
import type { Frame } from './frame.ts';
import { isTooLarge } from './limits.ts';
import { functionsOf } from './scope.ts';
import { startRange } from './start-range.ts';
import { readTypeConstraint } from './type-constraint.ts';

/** An argument of a call: an expression, or an element of the last one, which `...` expanded. */
interface Argument {
  readonly expression: Expression;
  readonly expanded?: Value;
}

/** Evaluates `name(arguments…)`. */
export function evaluateCall(call: FunctionCall, frame: Frame, context: CallContext): Value {
  const spec = findFunction(call, frame);
  if (spec === undefined) return DYNAMIC_UNKNOWN;
  const args = expandArguments(call, frame);
  if (args === undefined || !checkCount(call, spec, args, frame)) return DYNAMIC_UNKNOWN;
  if (spec.kind === 'expressions') return callWithExpressions(call, spec, args, frame, context);
  return callWithValues(call, spec, args, frame, context);
}

function findFunction(call: FunctionCall, frame: Frame): FunctionSpec | undefined {
  const functions = functionsOf(frame.scope);
  if (functions === undefined) {
    frame.fail('functions-not-allowed', {
      detail: 'No function can be called here; write the value itself.',
      subject: call.range,
    });
    return undefined;
  }
  const spec = functions.get(call.name);
  if (spec === undefined) {
    const hint = call.name.includes('::')
      ? ' There are no functions of providers here, so no name has "::" in it.'
      : didYouMean(call.name, functions.keys());
    frame.fail('unknown-function', {
      detail: `There is no function ${JSON.stringify(call.name)}.${hint}`,
      subject: call.nameRange,
      context: call.range,
    });
  }
  return spec;
}

/** The arguments, with those that `...` makes out of the last one; undefined if it makes none. */
function expandArguments(call: FunctionCall, frame: Frame): readonly Argument[] | undefined {
  const args: Argument[] = call.arguments.map((expression) => ({ expression }));
  const last = call.expandFinal ? args.pop() : undefined;
  if (last === undefined) return args;
  const { expression } = last;
  const before = frame.diagnostics.length;
  const [value, marks] = unmark(frame.evaluate(expression));
  if (frame.diagnostics.length > before) return undefined;
  const fail = (detail: string): undefined => {
    frame.fail('invalid-expanding-argument', {
      detail,
      subject: expression.range,
      context: call.range,
      expression,
    });
    return undefined;
  };
  const { kind } = value.type;
  if (kind !== 'dynamic' && kind !== 'list' && kind !== 'set' && kind !== 'tuple') {
    return fail(
      `Only a list, set or tuple can be followed by "..."; this is of type ${friendlyName(value.type)}.`,
    );
  }
  if (value.content === null) return fail('The argument before "..." is null, so it has no elements.');
  if (value.content === UNKNOWN) return undefined;
  for (const element of asElements(value)) args.push({ expression, expanded: withMarks(element, marks) });
  return args;
}

function checkCount(
  call: FunctionCall,
  spec: FunctionSpec,
  args: readonly Argument[],
  frame: Frame,
): boolean {
  const { parameters, variadic } = spec;
  const missing = parameters[args.length];
  if (missing !== undefined) {
    frame.fail('not-enough-arguments', {
      detail: `${usage(spec)}. Missing is "${missing.name}": ${missing.description}`,
      subject: call.closeParenRange,
      context: call.range,
    });
    return false;
  }
  const surplus = variadic === undefined ? args[parameters.length] : undefined;
  if (surplus === undefined) return true;
  frame.fail('too-many-arguments', {
    detail: `${usage(spec)}, but it is given ${args.length}.`,
    subject: surplus.expanded === undefined ? startRange(surplus.expression) : surplus.expression.range,
    context: call.range,
  });
  return false;
}

function usage({ name, parameters, variadic }: FunctionSpec): string {
  const names = parameters.map((parameter) => parameter.name);
  if (variadic !== undefined) names.push(`${variadic.name}…`);
  const least = variadic === undefined ? '' : 'at least ';
  const count = parameters.length === 1 ? '1 argument' : `${parameters.length || 'no'} arguments`;
  return `The function ${name}(${names.join(', ')}) takes ${least}${count}`;
}

function parameterAt(spec: FunctionSpec, index: number): Parameter {
  return (spec.parameters[index] ?? spec.variadic)!;
}

function argumentRange(argument: Argument): Range {
  return argument.expanded === undefined ? startRange(argument.expression) : argument.expression.range;
}

function callWithValues(
  call: FunctionCall,
  spec: ValueFunction,
  args: readonly Argument[],
  frame: Frame,
  context: CallContext,
): Value {
  const before = frame.diagnostics.length;
  const values = args.map((argument, index) => {
    const value = argument.expanded ?? frame.evaluate(argument.expression);
    if (isTooLarge([value], argumentRange(argument), frame)) return value;
    try {
      return convert(value, parameterAt(spec, index).type);
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      failArgument(call, spec, args, index, error.describe(), frame);
      return value;
    }
  });
  if (frame.diagnostics.length > before) return DYNAMIC_UNKNOWN;
  if (isTooLarge(values, call.range, frame)) return DYNAMIC_UNKNOWN;
  const isSecret = values.some((value) => measure(value).hasMarks);
  return guarded(call, spec, args, frame, isSecret, () => runFunction(spec, values, context));
}

/**
 * Calls a function as cty does: nulls are refused, arguments without a type or a value make the result unknown, and marks
 * are taken off and put on the result, each unless the parameter says otherwise.
 * @throws FunctionError
 */
function runFunction(spec: ValueFunction, given: readonly Value[], context: CallContext): Value {
  const marks: Marks[] = [];
  const args = given.map((value, index) => {
    if (parameterAt(spec, index).allowMarked === true) return value;
    const [plain, own] = unmarkDeep(value);
    marks.push(own);
    return plain;
  });
  let isTyped = true;
  for (const [index, value] of args.entries()) {
    const parameter = parameterAt(spec, index);
    if (value.content === null && parameter.allowNull !== true) {
      throw new FunctionError('the argument must not be null', index);
    }
    if (value.type.kind === 'dynamic' && parameter.allowDynamic !== true) {
      isTyped = false;
      break;
    }
  }
  const union = allMarks(marks);
  if (!isTyped) return withMarks(unknownValue(DYNAMIC), union);
  const type = spec.returnType(args);
  const isOpen = args.some(
    (value, index) => value.content === UNKNOWN && parameterAt(spec, index).allowUnknown !== true,
  );
  return withMarks(isOpen ? unknownValue(type) : spec.call(args, type, context), union);
}

/**
 * Runs a function's own code, and turns what it throws into diagnostics.
 * @param isSecret true if the arguments are sensitive in any part: reasons often quote what they were given
 */
function guarded(
  call: FunctionCall,
  spec: FunctionSpec,
  args: readonly Argument[],
  frame: Frame,
  isSecret: boolean,
  run: () => Value,
): Value {
  try {
    return run();
  } catch (error) {
    if (error instanceof ConversionError) return failCall(call, error.describe(), frame);
    if (error instanceof NotANumberError) return failCall(call, error.message, frame);
    if (error instanceof BudgetError || error instanceof RangeError) throw error;
    if (!(error instanceof FunctionError))
      return failCall(call, `there is a mistake in it: ${String(error)}`, frame);
    const { argument } = error;
    const reason = isSecret ? HIDDEN_REASON : error.message;
    if (argument !== undefined && argument < args.length) {
      return failArgument(call, spec, args, argument, reason, frame);
    }
    if (argument === undefined || spec.variadic === undefined) return failCall(call, reason, frame);
    return frame.fail('invalid-function-argument', {
      detail: sentence(`The function ${spec.name} needs an argument "${spec.variadic.name}"`, reason),
      subject: call.range,
      expression: call,
    });
  }
}

const HIDDEN_REASON = 'the reason is left out, as it might show the sensitive value that was given';

/** One sentence of what and why; reasons of several lines or sentences end in a full stop already. */
function sentence(what: string, why: string): string {
  return `${what}: ${why}${why.endsWith('.') ? '' : '.'}`;
}

function failArgument(
  call: FunctionCall,
  spec: FunctionSpec,
  args: readonly Argument[],
  index: number,
  reason: string,
  frame: Frame,
): Value {
  const argument = args[index]!;
  return frame.fail('invalid-function-argument', {
    detail: sentence(
      `The argument "${parameterAt(spec, index).name}" of ${spec.name}(…) does not suit`,
      reason,
    ),
    subject: argumentRange(argument),
    context: call.range,
    expression: argument.expression,
  });
}

function failCall(call: FunctionCall, reason: string, frame: Frame): Value {
  return frame.fail('function-failed', {
    detail: sentence(`The function ${call.name}(…) failed`, reason),
    subject: startRange(call),
    context: call.range,
    expression: call,
  });
}

function callWithExpressions(
  call: FunctionCall,
  spec: ExpressionFunction,
  args: readonly Argument[],
  frame: Frame,
  context: CallContext,
): Value {
  // What goes wrong in the arguments has been said there, with nothing in it that may not be told.
  return guarded(call, spec, args, frame, false, () => {
    const expressions = args.map((argument) => argumentExpression(argument, frame));
    const { value, diagnostics } = spec.callExpressions(expressions, context);
    frame.add(diagnostics);
    return diagnostics.length > 0 ? DYNAMIC_UNKNOWN : value;
  });
}

function argumentExpression({ expression, expanded }: Argument, frame: Frame): ArgumentExpression {
  return {
    range: expression.range,
    evaluate() {
      if (expanded !== undefined) return { value: expanded, diagnostics: [] };
      const own = frame.fork();
      return { value: own.evaluate(expression), diagnostics: own.diagnostics };
    },
    typeConstraint() {
      const { type, diagnostics } = readTypeConstraint(expression);
      return { type: withoutOptional(type), diagnostics };
    },
  };
}
