import { graphemeCount, graphemes } from '../graphemes.ts';
import { asBool, asNumber, asString, isNull } from '../value/access.ts';
import type { BigFloat } from '../value/big-float.ts';
import { formatNumber } from '../value/big-float-text.ts';
import type { NumberVerb } from '../value/big-float-text.ts';
import { BOOL, NUMBER, STRING } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { convertTo } from './conversion.ts';
import { jsonString, jsonText } from './json-text.ts';
import { argumentError, FunctionError } from './spec.ts';

/** One `%` sequence of a format string. */
interface Verb {
  /** As written, for messages. */
  readonly text: string;
  readonly letter: string;
  /** Any of `#0-+ `. */
  readonly flags: string;
  readonly width: number | undefined;
  readonly precision: number | undefined;
  /** Number of the value to print, from 1. */
  readonly position: number;
}

/** Flags, width, precision, index of the value, letter. A width cannot begin with 0, which is a flag. */
const SEQUENCE = /%(?:%|([0#\-+ ]*)([1-9]\d*)?(?:\.(\d*))?(?:\[([1-9]\d*)\])?([a-zA-Z]))/y;

/** More than anybody needs, and little enough to allocate. */
const LARGEST_SIZE = 1_000_000;

/**
 * Prints values by a format string with the verbs of cty's `format`, which are about Go's.
 * @throws FunctionError for a sequence that is not understood or does not fit its value, and for values left over; these
 * are reported at the first of them, counting the format itself as argument 0
 */
export function formatValues(format: string, values: readonly Value[]): string {
  let result = '';
  let index = 0;
  let next = 1;
  let highest = 0;
  while (index < format.length) {
    const percent = format.indexOf('%', index);
    if (percent < 0) break;
    result += format.slice(index, percent);
    SEQUENCE.lastIndex = percent;
    const match = SEQUENCE.exec(format);
    if (match === null) throw badSequence(format, percent);
    index = percent + match[0].length;
    if (match[0] === '%%') {
      result += '%';
      continue;
    }
    const verb = readVerb(match, next);
    highest = Math.max(highest, verb.position);
    next = verb.position + 1;
    result += printVerb(verb, values);
  }
  if (highest < values.length) {
    const used = highest === 0 ? 'none' : `only ${highest}`;
    throw argumentError(highest + 1, `too many values: the format uses ${used} of them`);
  }
  return result + format.slice(index);
}

function badSequence(format: string, offset: number): FunctionError {
  const rest = Array.from(format.slice(offset, offset + 12))
    .slice(0, 6)
    .join('');
  return new FunctionError(
    `the sequence that begins with ${JSON.stringify(rest)} at offset ${offset} of the format is not understood; write "%%" for a percent sign`,
  );
}

function readVerb(match: RegExpExecArray, next: number): Verb {
  const [text, flags = '', width, precision, position, letter = ''] = match;
  const verb: Verb = {
    text,
    letter,
    flags,
    width: width === undefined ? undefined : Number(width),
    precision: precision === undefined ? undefined : Number(precision),
    position: position === undefined ? next : Number(position),
  };
  if ((verb.width ?? 0) > LARGEST_SIZE || (verb.precision ?? 0) > LARGEST_SIZE) {
    throw new FunctionError(`the width or precision in "${text}" is too large`);
  }
  return verb;
}

function printVerb(verb: Verb, values: readonly Value[]): string {
  const value = values[verb.position - 1];
  if (value === undefined) {
    throw new FunctionError(
      `not enough values: "${verb.text}" needs value ${verb.position}, and there are ${values.length}`,
    );
  }
  if (verb.letter !== 'v' && isNull(value)) {
    throw new FunctionError(`the value for "${verb.text}" is null, which only %v can print`);
  }
  switch (verb.letter) {
    case 'v':
      return pad(verb, defaultText(verb, value));
    case 't':
      return String(asBool(converted(verb, value, BOOL)));
    case 'b':
    case 'd':
    case 'o':
    case 'x':
    case 'X':
      return integerText(verb, asNumber(converted(verb, value, NUMBER)));
    case 'e':
    case 'E':
    case 'f':
    case 'g':
    case 'G':
      return floatText(verb, asNumber(converted(verb, value, NUMBER)));
    case 's':
      return pad(verb, truncated(verb, asString(converted(verb, value, STRING))));
    case 'q':
      return pad(verb, jsonString(truncated(verb, asString(converted(verb, value, STRING)))));
    default:
      throw new FunctionError(`there is no verb "${verb.letter}", as in "${verb.text}"`);
  }
}

function converted(verb: Verb, value: Value, type: Type): Value {
  try {
    return convertTo(value, type);
  } catch (error) {
    if (error instanceof FunctionError)
      throw new FunctionError(`the value does not fit "${verb.text}": ${error.message}`);
    throw error;
  }
}

/** Strings as they are and numbers as with %g, unless `#` asks for JSON; all else as JSON. */
function defaultText(verb: Verb, value: Value): string {
  if (!verb.flags.includes('#') && !isNull(value)) {
    if (value.type.kind === 'string') return asString(value);
    if (value.type.kind === 'number') return formatNumber(asNumber(value), 'g');
  }
  return jsonText(value);
}

/** The precision cuts strings off, but a precision of 0 does not. */
function truncated(verb: Verb, text: string): string {
  return verb.precision === undefined || verb.precision === 0
    ? text
    : graphemes(text).slice(0, verb.precision).join('');
}

function pad(verb: Verb, text: string): string {
  const missing = (verb.width ?? 0) - graphemeCount(text);
  if (missing <= 0) return text;
  const padding = (verb.flags.includes('0') ? '0' : ' ').repeat(missing);
  return verb.flags.includes('-') ? text + padding : padding + text;
}

function signText(verb: Verb, negative: boolean): string {
  if (negative) return '-';
  if (verb.flags.includes('+')) return '+';
  return verb.flags.includes(' ') ? ' ' : '';
}

const BASES: Readonly<Record<string, readonly [base: number, prefix: string]>> = {
  b: [2, '0b'],
  d: [10, ''],
  o: [8, '0'],
  x: [16, '0x'],
  X: [16, '0X'],
};

/** Go's Int.Format. */
function integerText(verb: Verb, number: BigFloat): string {
  if (!number.isInteger)
    throw new FunctionError(`the value does not fit "${verb.text}": a whole number is required`);
  if (number.exponent > LARGEST_SIZE) {
    throw new FunctionError(`the value does not fit "${verb.text}": the number is too large`);
  }
  const [base, prefixText] = BASES[verb.letter] as readonly [number, string];
  const value = number.toBigInt();
  const magnitude = (value < 0n ? -value : value).toString(base);
  const digits = verb.letter === 'X' ? magnitude.toUpperCase() : magnitude;
  if (verb.precision === 0 && digits === '0') return '';
  const lead = signText(verb, value < 0n) + (verb.flags.includes('#') ? prefixText : '');
  const body = digits.padStart(verb.precision ?? 0, '0');
  const missing = Math.max((verb.width ?? 0) - lead.length - body.length, 0);
  if (verb.flags.includes('-')) return lead + body + ' '.repeat(missing);
  if (verb.flags.includes('0') && verb.precision === undefined) return lead + '0'.repeat(missing) + body;
  return ' '.repeat(missing) + lead + body;
}

/** Go's Float.Format. */
function floatText(verb: Verb, number: BigFloat): string {
  const letter = verb.letter.toLowerCase() as NumberVerb;
  const precision = verb.precision ?? (letter === 'g' ? undefined : 6);
  const text = formatNumber(number, letter, precision).replace(/^[+-]/, '');
  const body = verb.letter === letter ? text : text.replace('e', 'E');
  // An infinity always has a sign, a blank if that is asked for.
  const sign =
    number.isInfinite && !number.negative && !verb.flags.includes(' ')
      ? '+'
      : signText(verb, number.negative);
  const missing = Math.max((verb.width ?? 0) - sign.length - body.length, 0);
  if (verb.flags.includes('-')) return sign + body + ' '.repeat(missing);
  if (verb.flags.includes('0') && !number.isInfinite) return sign + '0'.repeat(missing) + body;
  return ' '.repeat(missing) + sign + body;
}
