import { numberText, parseNumber } from './big-float-text.ts';
import type { BigFloat } from './big-float.ts';
import { boolValue, numberValue, stringValue } from './construct.ts';
import { ConversionError } from './conversion-error.ts';
import type { Type } from './type.ts';
import type { Value } from './value.ts';

/** Converts known values other than null, without marks, of the type it was made for. May throw a ConversionError. */
export type Conversion = (value: Value) => Value;

/** The conversion between two primitive types: everything to string safely, a string to number or bool unsafely. */
export function primitiveConversion(from: Type, to: Type, unsafe: boolean): Conversion | undefined {
  if (from.kind === to.kind) return (value) => value;
  if (to.kind === 'string') {
    if (from.kind === 'number') return (value) => stringValue(numberText(value.content as BigFloat));
    return (value) => stringValue(value.content === true ? 'true' : 'false');
  }
  if (from.kind !== 'string' || !unsafe) return undefined;
  return to.kind === 'number' ? stringToNumber : stringToBool;
}

function stringToNumber(value: Value): Value {
  const number = parseNumber(value.content as string);
  if (number === undefined) throw new ConversionError('a number is required');
  return numberValue(number);
}

function stringToBool(value: Value): Value {
  const text = value.content as string;
  if (text === 'true' || text === '1') return boolValue(true);
  if (text === 'false' || text === '0') return boolValue(false);
  const lower = text.toLowerCase();
  const hint =
    lower === 'true' || lower === 'false' ? `; the text of a bool is "${lower}", in lower case` : '';
  throw new ConversionError(`a bool is required${hint}`);
}
