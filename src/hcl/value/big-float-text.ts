import { BigFloat, bitLength, LITERAL_PRECISION } from './big-float.ts';

/**
 * Reads a number in the form that cty takes: an optional sign, decimal digits with an optional point, and an optional
 * exponent of ten (`e`) or of two (`p`); or `Inf`. No blanks, underscores or prefixes. The result has 512 bits; undefined
 * for other text.
 */
export function parseNumber(text: string): BigFloat | undefined {
  if (/^-?\d{1,15}$/.test(text) && !/^-0*$/.test(text)) {
    return BigFloat.fromInteger(Number(text), LITERAL_PRECISION);
  }
  const infinity = /^([+-]?)(?:Inf|inf)$/.exec(text);
  if (infinity !== null) return BigFloat.infinity(infinity[1] === '-');
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eEpP])([+-]?\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', letter, exponentText] = match;
  if (whole === '' && fraction === '') return undefined;
  const negative = sign === '-';
  const digits = digitsToBigInt(whole + fraction);
  if (digits === 0n) return BigFloat.zero(negative, LITERAL_PRECISION);
  const exponent = Number(exponentText ?? 0);
  const isBinary = letter === 'p' || letter === 'P';
  const tens = (isBinary ? 0 : exponent) - fraction.length;
  const twos = (isBinary ? exponent : 0) + tens;
  if (Math.abs(twos) + bitLength(digits) > 2 ** 31) return undefined;
  return scaleByFives(negative, digits, twos, tens);
}

/** ±digits·2^twos·5^fives, where a power of five with more bits than the result needs is itself rounded, as in Go. */
function scaleByFives(negative: boolean, digits: bigint, twos: number, fives: number): BigFloat {
  const exact = BigFloat.fromParts(negative, digits, twos, Math.max(bitLength(digits), LITERAL_PRECISION));
  if (fives === 0) return exact.withPrecision(LITERAL_PRECISION);
  const power = powerOfFive(Math.abs(fives));
  return fives < 0 ? exact.divideTo(LITERAL_PRECISION, power) : exact.multiplyTo(LITERAL_PRECISION, power);
}

/** Powers up to here are computed exactly at the working precision; larger ones by repeated squaring. */
const LARGEST_TABLED_FIVE = 27;

function powerOfFive(exponent: number): BigFloat {
  const precision = LITERAL_PRECISION + 64;
  const tabled = Math.min(exponent, LARGEST_TABLED_FIVE);
  let result = BigFloat.fromInteger(5n ** BigInt(tabled), precision);
  let factor = BigFloat.fromInteger(5, precision + 64);
  for (let rest = exponent - tabled; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = result.multiplyTo(precision, factor);
    factor = factor.multiplyTo(factor.precision, factor);
  }
  return result;
}

/** Decimal digits to a number; BigInt() alone takes quadratic time on very long text. */
function digitsToBigInt(digits: string): bigint {
  if (digits.length <= 4096) return BigInt(digits === '' ? '0' : digits);
  const middle = digits.length >> 1;
  const low = digits.slice(middle);
  return digitsToBigInt(digits.slice(0, middle)) * 10n ** BigInt(low.length) + digitsToBigInt(low);
}

/** A magnitude as 0.digits·10^point, without zeros at the end. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** Beyond so many binary places a number is not written out in decimal. */
const LARGEST_DECIMAL_EXPONENT = 4_000_000;

/**
 * The text of a number as cty converts it to a string: the shortest decimal, without an exponent, that reads back as the
 * same number at its own precision. `+Inf` and `-Inf` for infinities. Numbers with millions of digits are written as
 * `MANTISSApEXPONENT`, a form that reads back too.
 */
export function numberText(value: BigFloat): string {
  if (!Number.isNaN(value.small)) return String(value.small);
  return formatNumber(value, 'f');
}

export type NumberVerb = 'e' | 'f' | 'g';

/**
 * A number in the form of Go's verbs %e, %f and %g.
 * @param precision digits after the point (e, f) or in all (g); absent for as few as identify the number
 */
export function formatNumber(value: BigFloat, verb: NumberVerb, precision?: number): string {
  if (value.isInfinite) return value.negative ? '-Inf' : '+Inf';
  const sign = value.negative ? '-' : '';
  if (Math.abs(value.exponent) > LARGEST_DECIMAL_EXPONENT) {
    return `${sign}${value.mantissa}p${value.exponent}`;
  }
  const exact: Decimal = value.isZero ? { digits: '', point: 0 } : toDecimal(value.mantissa, value.exponent);
  const decimal = precision === undefined ? shortest(value, exact) : roundFor(exact, verb, precision);
  return sign + layOut(decimal, verb, precision);
}

/** A 64-bit float as Go's %g prints it, such as `1e+06` and `0.25`; Packer's console shows numbers so. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value < 0 ? '-Inf' : '+Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [digits, exponent] = Math.abs(value).toExponential().split('e') as [string, string];
  const decimal = trimmed(digits.replace('.', ''), Number(exponent) + 1);
  return sign + layOut(decimal, 'g', undefined);
}

function toDecimal(mantissa: bigint, exponent: number): Decimal {
  const scaled = exponent >= 0 ? mantissa << BigInt(exponent) : mantissa * 5n ** BigInt(-exponent);
  const digits = scaled.toString();
  return { digits: digits.replace(/0+$/, ''), point: digits.length + Math.min(exponent, 0) };
}

/**
 * Go's search for the shortest digits: between half a unit below and half a unit above, compared digit by digit at equal
 * index. That it does so even where the bounds have another number of digits before the point is part of its results.
 */
function shortest(value: BigFloat, exact: Decimal): Decimal {
  if (exact.digits === '') return exact;
  const shift = value.precision + 1 - bitLength(value.mantissa);
  const mantissa = value.mantissa << BigInt(shift);
  const exponent = value.exponent - shift;
  const lower = toDecimal(mantissa - 1n, exponent).digits;
  const upper = toDecimal(mantissa + 1n, exponent).digits;
  const inclusive = (mantissa & 2n) === 0n;
  for (let index = 0; index < exact.digits.length; index += 1) {
    const digit = exact.digits.charCodeAt(index);
    const low = index < lower.length ? lower.charCodeAt(index) : 48;
    const high = index < upper.length ? upper.charCodeAt(index) : 48;
    const downFits = low !== digit || (inclusive && index + 1 === lower.length);
    const upFits = digit !== high && (inclusive || digit + 1 < high || index + 1 < upper.length);
    if (downFits && upFits) return roundDigits(exact, index + 1);
    if (downFits) return trimmed(exact.digits.slice(0, index + 1), exact.point);
    if (upFits) return roundUp(exact, index + 1);
  }
  return exact;
}

function roundFor(exact: Decimal, verb: NumberVerb, precision: number): Decimal {
  if (verb === 'e') return roundDigits(exact, precision + 1);
  if (verb === 'f') return roundDigits(exact, exact.point + precision);
  return roundDigits(exact, Math.max(precision, 1));
}

/** Rounds to so many digits, to nearest with ties to even. */
function roundDigits(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count < 0) return { digits: '', point: 0 };
  if (count >= digits.length) return decimal;
  const isTie = digits[count] === '5' && count + 1 === digits.length;
  const up = isTie ? count > 0 && Number(digits[count - 1]) % 2 === 1 : digits[count]! >= '5';
  return up ? roundUp(decimal, count) : trimmed(digits.slice(0, count), point);
}

function roundUp(decimal: Decimal, count: number): Decimal {
  const kept = decimal.digits.slice(0, count).replace(/9+$/, '');
  if (kept === '') return { digits: '1', point: decimal.point + 1 };
  const last = Number(kept.at(-1)) + 1;
  return { digits: kept.slice(0, -1) + String(last), point: decimal.point };
}

function trimmed(digits: string, point: number): Decimal {
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? { digits: '', point: 0 } : { digits: kept, point };
}

function layOut(decimal: Decimal, verb: NumberVerb, precision: number | undefined): string {
  const { digits, point } = decimal;
  if (verb === 'e') return scientific(decimal, precision ?? Math.max(digits.length - 1, 0));
  if (verb === 'f') return plain(decimal, precision ?? Math.max(digits.length - point, 0));
  let limit = precision === undefined ? 6 : Math.max(precision, 1);
  if (precision !== undefined && limit > digits.length && digits.length >= point) limit = digits.length;
  const exponent = point - 1;
  if (digits !== '' && (exponent < -4 || exponent >= limit)) {
    return scientific(decimal, Math.max(digits.length - 1, 0));
  }
  return plain(decimal, Math.max(digits.length - point, 0));
}

function scientific(decimal: Decimal, places: number): string {
  const { digits, point } = decimal;
  const exponent = digits === '' ? 0 : point - 1;
  const fraction = places > 0 ? `.${digits.slice(1, 1 + places).padEnd(places, '0')}` : '';
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits[0] ?? '0'}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
}

function plain(decimal: Decimal, places: number): string {
  const { digits, point } = decimal;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, '0') : '0';
  if (places === 0) return whole;
  const fraction = '0'.repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0));
  return `${whole}.${fraction.slice(0, places).padEnd(places, '0')}`;
}
