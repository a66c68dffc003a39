import { asElements, asNumber, asString, isNull, isWhollyKnown } from '../value/access.ts';
import { BigFloat, NotANumberError } from '../value/big-float.ts';
import { numberValue, unknownValue } from '../value/construct.ts';
import { friendlyName } from '../value/type-ops.ts';
import { DYNAMIC, NUMBER } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { convertTo } from './conversion.ts';
import { defineFunction, parameter, sizeNumber, wholeNumber } from './define.ts';
import { log, pow } from './go/math.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

/** Functions from one number to another. */
function mapping(name: string, description: string, run: (number: BigFloat) => BigFloat): FunctionSpec {
  return defineFunction({
    name,
    description,
    parameters: [parameter('num', NUMBER, 'A number.')],
    result: NUMBER,
    call: ([num]) => numberValue(run(asNumber(num!))),
  });
}

/** A whole number without the sign of a zero. */
function withoutNegativeZero(number: BigFloat): BigFloat {
  return number.isZero ? BigFloat.zero(false, number.precision) : number;
}

function ceil(number: BigFloat): BigFloat {
  return withoutNegativeZero(number.negate().floor().negate());
}

/** The number that no other one beats. */
function extreme(name: string, description: string, beats: (compared: number) => boolean): FunctionSpec {
  return defineFunction({
    name,
    description,
    variadic: parameter('numbers', NUMBER, 'The numbers to compare; at least one.', { allowDynamic: true }),
    result: NUMBER,
    call: (args) => {
      if (args.length === 0) throw new FunctionError('give at least one number');
      return args.reduce((best, next) => (beats(asNumber(next).compare(asNumber(best))) ? next : best));
    },
  });
}

/** A number as a 64-bit float. @throws FunctionError if it is finite but beyond the largest of these */
function double(value: Value): number {
  const number = asNumber(value);
  const result = number.toNumber();
  if (!Number.isFinite(result) && !number.isInfinite) {
    throw new FunctionError('the number is beyond the range of 64-bit floating point');
  }
  return result;
}

function ofDouble(result: number): Value {
  if (Number.isNaN(result)) throw new FunctionError('there is no real number that is the result');
  return numberValue(BigFloat.fromDouble(result));
}

const logFunction = () =>
  defineFunction({
    name: 'log',
    description: 'Returns the logarithm of a number to a base, computed in 64-bit floating point.',
    parameters: [
      parameter('num', NUMBER, 'A positive number.'),
      parameter('base', NUMBER, 'The base of the logarithm.'),
    ],
    result: NUMBER,
    call: ([num, base]) => ofDouble(log(double(num!)) / log(double(base!))),
  });

const powFunction = () =>
  defineFunction({
    name: 'pow',
    description: 'Returns a number raised to a power, computed in 64-bit floating point.',
    parameters: [
      parameter('num', NUMBER, 'The number.'),
      parameter('power', NUMBER, 'The power to raise it to.'),
    ],
    result: NUMBER,
    call: ([num, power]) => ofDouble(pow(double(num!), double(power!))),
  });

const signum = () =>
  defineFunction({
    name: 'signum',
    description: 'Returns -1, 0 or 1 for a whole number that is negative, zero or positive.',
    parameters: [parameter('num', NUMBER, 'A whole number.')],
    result: NUMBER,
    call: ([num]) => {
      const number = wholeNumber(num!);
      return numberValue(number < 0n ? -1 : number > 0n ? 1 : 0);
    },
  });

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Reads a whole number in a base; undefined if the text is none. Up to base 36 the case of letters does not matter. */
function readInteger(text: string, base: number): bigint | undefined {
  const negative = text.startsWith('-');
  const unsigned = /^[+-]/.test(text) ? text.slice(1) : text;
  const digits = Array.from(base <= 36 ? unsigned.toLowerCase() : unsigned, (char) => DIGITS.indexOf(char));
  if (digits.length === 0 || !digits.every((digit) => digit >= 0 && digit < base)) return undefined;
  const magnitude = combine(digits, BigInt(base));
  return negative ? -magnitude : magnitude;
}

/** Digits to a number, pair by pair, so that long texts do not take quadratic time. */
function combine(digits: readonly number[], base: bigint): bigint {
  let level = digits.map(BigInt);
  for (let scale = base; level.length > 1; scale *= scale) {
    const next: bigint[] = [];
    if (level.length % 2 === 1) level.unshift(0n);
    for (let index = 0; index < level.length; index += 2)
      next.push(level[index]! * scale + level[index + 1]!);
    level = next;
  }
  return level[0] ?? 0n;
}

const parseint = () =>
  defineFunction({
    name: 'parseint',
    description:
      'Reads a string as a whole number in a base. Above base 36 small letters count less than capital ones; there are no prefixes such as `0x`.',
    parameters: [
      parameter('number', DYNAMIC, 'The digits, as a string, after an optional sign.'),
      parameter('base', NUMBER, 'The base, from 2 to 62.'),
    ],
    result: (args) => {
      const type = args[0]!.type;
      if (type.kind !== 'string') throw argumentError(0, `a string is required, not a ${friendlyName(type)}`);
      return NUMBER;
    },
    call: ([text, baseValue]) => {
      const base = sizeNumber(baseValue!, 1);
      if (base < 2 || base > 62) throw argumentError(1, 'the base must be a whole number from 2 to 62');
      const number = readInteger(asString(text!), base);
      if (number === undefined) throw argumentError(0, `the string is not a whole number in base ${base}`);
      return numberValue(BigFloat.fromInteger(number));
    },
  });

const sum = () =>
  defineFunction({
    name: 'sum',
    description: 'Returns the sum of the numbers in a list or set, which must not be empty.',
    parameters: [parameter('list', DYNAMIC, 'A list, set or tuple of numbers.')],
    result: NUMBER,
    call: ([list]) => {
      const { kind } = list!.type;
      if (kind !== 'list' && kind !== 'set' && kind !== 'tuple') {
        throw argumentError(0, `a list, set or tuple is required, not a ${friendlyName(list!.type)}`);
      }
      const elements = asElements(list!);
      if (elements.length === 0) throw argumentError(0, 'an empty list has no sum');
      if (!isWhollyKnown(list!)) return unknownValue(NUMBER);
      const numbers = elements.map((element, index) => {
        if (isNull(element)) throw argumentError(0, `element ${index} is null and cannot be added`);
        return asNumber(convertTo(element, NUMBER, 0));
      });
      try {
        return numberValue(numbers.reduce((total, next) => total.add(next)));
      } catch (error) {
        if (error instanceof NotANumberError) throw new FunctionError(error.message);
        throw error;
      }
    },
  });

/** Functions of numbers. */
export const numberFunctions = (): readonly FunctionSpec[] => [
  defineFunction({
    name: 'abs',
    description: 'Returns a number without its sign.',
    parameters: [parameter('num', NUMBER, 'A number.', { allowDynamic: true })],
    result: NUMBER,
    call: ([num]) => numberValue(asNumber(num!).abs()),
  }),
  mapping('ceil', 'Returns the smallest whole number that is not below the given one.', ceil),
  mapping('floor', 'Returns the largest whole number that is not above the given one.', (number) =>
    withoutNegativeZero(number.floor()),
  ),
  logFunction(),
  extreme('max', 'Returns the largest of its arguments.', (compared) => compared > 0),
  extreme('min', 'Returns the smallest of its arguments.', (compared) => compared < 0),
  parseint(),
  powFunction(),
  signum(),
  sum(),
];
