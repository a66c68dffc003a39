import { asNumber, isKnown, isNull } from '../value/access.ts';
import { BigFloat } from '../value/big-float.ts';
import { listValue, numberValue, unknownValue } from '../value/construct.ts';
import { unify } from '../value/convert.ts';
import { DYNAMIC, listType, NUMBER } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { convertTo } from './conversion.ts';
import { attempt, defineFunction, parameter } from './define.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const coalesce = () =>
  defineFunction({
    name: 'coalesce',
    description:
      'Returns the first of its arguments that is neither null nor an empty string. All of them are converted to one type first.',
    variadic: parameter('vals', DYNAMIC, 'The values, the preferred one first.', {
      allowUnknown: true,
      allowDynamic: true,
      allowNull: true,
    }),
    result: (args) => {
      const type = unify(args.map((arg) => arg.type));
      if (type === undefined) throw new FunctionError('the arguments have no type in common');
      return type;
    },
    call: (args, type) => {
      for (const arg of args) {
        const value = convertTo(arg, type);
        if (!isKnown(value)) return unknownValue(type);
        if (!isNull(value) && value.content !== '') return value;
      }
      throw new FunctionError('all of the arguments are null or empty strings');
    },
  });

/** So many numbers `range` returns at most, as in cty. */
const LONGEST_RANGE = 1024;

const range = () =>
  defineFunction({
    name: 'range',
    description:
      'Returns numbers at equal distances: `range(end)` from 0, `range(start, end)`, or `range(start, end, step)`. The end is not among them; there may be at most 1024.',
    variadic: parameter('params', NUMBER, 'The end; or start and end; or start, end and step.'),
    result: listType(NUMBER),
    call: (args) => {
      const [start, end, step] = rangeBounds(args.map(asNumber));
      const down = step.sign < 0;
      if (down && end.compare(start) > 0) {
        throw argumentError(1, 'the end must not be above the start when the step is negative');
      }
      if (!down && end.compare(start) < 0) {
        throw argumentError(1, 'the end must not be below the start when the step is positive');
      }
      if (step.isZero && end.compare(start) > 0)
        throw new FunctionError('with a step of zero there is no end');
      const numbers: Value[] = [];
      for (let next = start; down ? next.compare(end) > 0 : next.compare(end) < 0;) {
        if (numbers.length >= LONGEST_RANGE) {
          throw new FunctionError(
            `more than ${LONGEST_RANGE} numbers; choose bounds that are closer, or a longer step`,
          );
        }
        numbers.push(numberValue(next));
        const current = next;
        next = attempt(() => current.add(step));
      }
      return listValue(numbers, NUMBER);
    },
  });

function rangeBounds(args: readonly BigFloat[]): [start: BigFloat, end: BigFloat, step: BigFloat] {
  const [first, second, third] = args;
  if (first === undefined || args.length > 3) throw new FunctionError('give one, two or three numbers');
  const start = second === undefined ? BigFloat.fromInteger(0) : first;
  const end = second ?? first;
  return [start, end, third ?? BigFloat.fromInteger(end.compare(start) < 0 ? -1 : 1)];
}

/** Functions that choose one of several values, or make a series of them. */
export const choiceFunctions = (): readonly FunctionSpec[] => [coalesce(), range()];
