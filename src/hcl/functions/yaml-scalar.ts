import { BigFloat } from '../value/big-float.ts';
import { parseNumber } from '../value/big-float-text.ts';
import { boolValue, NULL, numberValue, stringValue } from '../value/construct.ts';
import type { Value } from '../value/value.ts';
import { isBase64 } from './base64.ts';
import { daysInMonth, rfc3339Text, utcSeconds } from './go/time.ts';

const TAG_PREFIX = 'tag:yaml.org,2002:';
const SCALAR_TAGS = ['str', 'bool', 'int', 'float', 'null', 'timestamp', 'binary'];

/** Plain scalars that mean something by YAML 1.1, as Packer's YAML library has them. */
const WORDS: ReadonlyMap<string, Value> = new Map([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map(
    (word) => [word, boolValue(true)] as const,
  ),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (word) => [word, boolValue(false)] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, NULL] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map(
    (word) => [word, numberValue(BigFloat.infinity(false))] as const,
  ),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, numberValue(BigFloat.infinity(true))] as const),
]);

/**
 * The value of a scalar by its text, or 'merge' for `<<`, which as a key merges another mapping in.
 * @param tag as a URI; empty if there is none
 * @param quoted true for scalars in quotes
 * @throws Error
 */
export function resolveScalar(text: string, tag: string, quoted: boolean): Value | 'merge' {
  const name = tag.startsWith(TAG_PREFIX) ? tag.slice(TAG_PREFIX.length) : tag;
  if (tag !== '' && !(tag.startsWith(TAG_PREFIX) && SCALAR_TAGS.includes(name))) {
    throw new Error('a scalar has a tag that is not supported');
  }
  // The first character tells whether a text can be anything but a string.
  const isCandidate = /^(?:$|[-+.0-9yYnNtTfFoO~])/.test(text) && name !== 'str' && name !== 'binary';
  if (isCandidate) {
    if (quoted) return stringValue(text);
    const found = WORDS.get(text) ?? resolveNumberLike(text, name);
    if (found !== undefined) return found;
  }
  if (tag === '' && text === '<<') return 'merge';
  return resolveTagged(text, name);
}

function resolveNumberLike(text: string, tag: string): Value | undefined {
  if (tag === '' && /^\.(?:nan|NaN|NAN)$/.test(text)) {
    throw new Error('a number is NaN, which the language does not have');
  }
  if (text.startsWith('.')) return ofNumber(parseNumber(text));
  if (!/^[-+0-9]/.test(text)) return undefined;
  const time = tag === '' || tag === 'timestamp' ? readTimestamp(text) : undefined;
  if (time !== undefined) return stringValue(time);
  const digits = text.replaceAll('_', '');
  return ofNumber(parseNumber(digits)) ?? (/^-?0b/.test(digits) ? readInteger(digits) : undefined);
}

function ofNumber(number: BigFloat | undefined): Value | undefined {
  return number && numberValue(number);
}

/** A whole number of 64 bits with a prefix, as strconv.ParseInt reads it with the base 0. */
function readInteger(digits: string): Value {
  const match = /^([-+]?)(0[bB][01]+|0[oO]?[0-7]+|0[xX][\da-fA-F]+|\d+)$/.exec(digits);
  if (match === null) throw new Error('a scalar is not the number that it should be');
  const magnitude = BigInt(match[2]!.replace(/^0(?=\d)/, '0o'));
  const value = match[1] === '-' ? -magnitude : magnitude;
  if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new Error('a number with a prefix is too large');
  return numberValue(value);
}

function resolveTagged(text: string, tag: string): Value {
  switch (tag) {
    case 'binary':
      if (!isBase64(text)) {
        throw new Error('a scalar is not the base64 that its tag says');
      }
      return stringValue(text);
    case 'bool':
      throw new Error('a scalar is not the bool that its tag says');
    case 'int':
    case 'float': {
      const digits = text.replaceAll('_', '');
      return ofNumber(parseNumber(digits)) ?? readInteger(digits);
    }
    case 'timestamp': {
      const time = readTimestamp(text);
      if (time === undefined) throw new Error('a scalar is not the timestamp that its tag says');
      return stringValue(time);
    }
    case 'null':
      return NULL;
    default:
      return stringValue(text);
  }
}

const TIMESTAMP =
  /^(\d{4})-(\d\d?)-(\d\d?)(?:(?:[Tt](\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?(?:Z|([+-])(\d\d):(\d\d)))|(?: (\d\d?):(\d\d?):(\d\d?)(?:[.,]\d+)?))?$/;

/** A date, or a date and time with a zone after `T`, or without one after a blank; in RFC 3339 form. */
function readTimestamp(text: string): string | undefined {
  const match = TIMESTAMP.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number);
  const clock = match[4] === undefined ? match.slice(10, 13) : match.slice(4, 7);
  const [hour = 0, minute = 0, second = 0] = clock.map((part) => Number(part ?? 0));
  const [offsetHours = 0, offsetMinutes = 0] = match.slice(8, 10).map((part) => Number(part ?? 0));
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
  if (!isDate || hour > 23 || minute > 59 || second > 59 || offsetHours > 24 || offsetMinutes > 60) {
    return undefined;
  }
  const offset = (offsetHours * 60 + offsetMinutes) * 60;
  const offsetSeconds = match[7] === '-' && offset > 0 ? -offset : offset;
  const epochSeconds = utcSeconds(year, month, day, hour, minute, second) - offsetSeconds;
  return rfc3339Text({ epochSeconds, nanoseconds: 0, offsetSeconds });
}
