import { asNumber, asString } from '../value/access.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { FunctionError } from './spec.ts';
import type { CallContext, Parameter, ValueFunction } from './spec.ts';

type Flags = Pick<Parameter, 'allowNull' | 'allowUnknown' | 'allowDynamic' | 'allowMarked'>;

/** A parameter in one line. */
export function parameter(name: string, type: Type, description: string, flags: Flags = {}): Parameter {
  return { name, description, type, ...flags };
}

interface Definition extends Pick<ValueFunction, 'name' | 'description' | 'variadic' | 'call'> {
  readonly parameters?: readonly Parameter[];
  /** The type of every result, or the rule that finds it from the arguments. */
  readonly result: Type | ((args: readonly Value[]) => Type);
}

/** A function record from its parts. */
export function defineFunction(definition: Definition): ValueFunction {
  const { result, parameters = [], ...rest } = definition;
  if (typeof result === 'function') return { ...rest, parameters, returnType: result };
  return { ...rest, parameters, resultType: result, returnType: () => result };
}

interface TextDefinition extends Pick<Definition, 'name' | 'description' | 'variadic'> {
  readonly parameters: readonly Parameter[];
  readonly result: Type;
  run(texts: readonly string[], context: CallContext): Value;
}

/** A function whose arguments are all strings. */
export function defineTextFunction(definition: TextDefinition): ValueFunction {
  const { run, ...rest } = definition;
  return defineFunction({ ...rest, call: (args, _type, context) => run(args.map(asString), context) });
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * The whole number of an argument.
 * @param argument index of the argument, if the failure is to be reported at it and not at the call
 * @throws FunctionError unless it is whole and has at most 64 bits
 */
export function wholeNumber(value: Value, argument?: number): bigint {
  const number = asNumber(value);
  if (!number.isInteger) throw new FunctionError('a whole number is required', argument);
  // A shift by the exponent of 1e300000000 would need more memory than there is.
  if (number.exponent > 64) throw new FunctionError('the number is too large', argument);
  const whole = number.toBigInt();
  if (whole < INT64_MIN || whole > INT64_MAX) throw new FunctionError('the number is too large', argument);
  return whole;
}

/**
 * The same as a JavaScript number, for sizes and indexes. Beyond 2^53 it is only near to the true one, which no list is
 * long enough to tell.
 */
export function sizeNumber(value: Value, argument?: number): number {
  return Number(wholeNumber(value, argument));
}

/**
 * Runs `action` and reports an Error that it throws as the function's own failure.
 * @param argument index of the argument at fault, if it is one
 */
export function attempt<T>(action: () => T, argument?: number): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof FunctionError) throw error;
    throw new FunctionError(error instanceof Error ? error.message : String(error), argument);
  }
}

/** Runs `action` and reports nesting that the stack has no room for as a failure of the function. */
export function nested<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof RangeError) throw new FunctionError('the value is nested too deeply');
    throw error;
  }
}
