import { asElements, asString, isKnown, isNull, isWhollyKnown } from '../value/access.ts';
import { listValue, stringValue, unknownValue } from '../value/construct.ts';
import { DYNAMIC, listType, STRING } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { defineFunction, parameter } from './define.ts';
import { formatValues } from './format-verb.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const formatParameter = parameter('format', STRING, 'The text with `%` sequences to be replaced by values.');
const anyValue = { allowNull: true, allowUnknown: true, allowDynamic: true };

const format = () =>
  defineFunction({
    name: 'format',
    description:
      'Prints values into a text. The sequences are `%v` (any value), `%#v` (as JSON), `%t` (bool), `%b %d %o %x %X` (whole numbers), `%e %E %f %g %G` (numbers), `%s` and `%q` (string, quoted string) and `%%`; flags, a width, `.` with a precision and `[n]` for the n-th value may stand between.',
    parameters: [formatParameter],
    variadic: parameter('args', DYNAMIC, 'The values to print, one for each sequence.', anyValue),
    result: STRING,
    call: ([text, ...values]) => {
      if (!values.every(isWhollyKnown)) return unknownValue(STRING);
      return stringValue(formatValues(asString(text!), values));
    },
  });

function isSequence(value: Value): boolean {
  const { kind } = value.type;
  return (kind === 'list' || kind === 'set' || kind === 'tuple') && !isNull(value);
}

/** The length that all sequences among the values have; undefined if there is none. */
function commonLength(values: readonly Value[]): number | undefined {
  let length: number | undefined;
  for (const [index, value] of values.entries()) {
    if (!isSequence(value)) continue;
    const own = value.type.kind === 'tuple' ? value.type.elements.length : asElements(value).length;
    if (length !== undefined && own !== length) {
      throw argumentError(index + 1, `this list has ${own} elements, and one before it has ${length}`);
    }
    length = own;
  }
  return length;
}

const formatlist = () =>
  defineFunction({
    name: 'formatlist',
    description:
      'Prints a text as `format` does, once for each element of the given lists, which must be equally long. Values that are no lists are used again each time.',
    parameters: [formatParameter],
    variadic: parameter('args', DYNAMIC, 'The values to print and the lists of values.', anyValue),
    result: listType(STRING),
    call: ([text, ...values]) => {
      const isOpen = (value: Value): boolean => !isKnown(value) && value.type.kind !== 'tuple';
      const sequencesKnown = values.filter((value) => !(isSequence(value) && isOpen(value)));
      const length = commonLength(sequencesKnown);
      const openEnded = values.some(
        (value) => (isSequence(value) || value.type.kind === 'dynamic') && !isKnown(value),
      );
      if (openEnded) return unknownValue(listType(STRING));
      const results = Array.from({ length: length ?? 1 }, (_, index) => {
        const row = values.map((value) => (isSequence(value) ? asElements(value)[index]! : value));
        return row.every(isWhollyKnown)
          ? stringValue(formatRow(asString(text!), row, index, values.length > 0))
          : unknownValue(STRING);
      });
      return listValue(results, STRING);
    },
  });

/** A failure while printing one element is one of the call: no single argument is at fault. */
function formatRow(text: string, row: readonly Value[], index: number, several: boolean): string {
  try {
    return formatValues(text, row);
  } catch (error) {
    if (!several || !(error instanceof FunctionError)) throw error;
    throw new FunctionError(`for element ${index}: ${error.message}`);
  }
}

/** Functions that print values. */
export const formatFunctions = (): readonly FunctionSpec[] => [format(), formatlist()];
