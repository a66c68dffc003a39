import { ConversionError, convert } from '../value/convert.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { FunctionError } from './spec.ts';

/**
 * Converts a value that a function has taken out of its arguments.
 * @param argument index of the argument to report a failure at, if not at the call
 * @throws FunctionError
 */
export function convertTo(value: Value, type: Type, argument?: number): Value {
  try {
    return convert(value, type);
  } catch (error) {
    if (error instanceof ConversionError) throw new FunctionError(error.describe(), argument);
    throw error;
  }
}
