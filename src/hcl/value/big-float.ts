/**
 * Numbers as in cty: binary floating point of arbitrary, fixed precision, rounding to nearest with ties to even, with
 * signed zero and signed infinity, as Go's math/big.Float has them. A number carries its own precision, and the
 * precision of a result is the larger one of its operands'.
 */

/** The precision in bits of literals, of numeric strings and of numbers in JSON. */
export const LITERAL_PRECISION = 512;
/** The precision in bits of whole numbers that the program makes: loop indexes, `parseint`, lengths. */
export const INTEGER_PRECISION = 64;
/** The precision in bits of numbers that come from a 64-bit float: `pow`, `log`. */
export const DOUBLE_PRECISION = 53;

/** Largest and smallest exponent of a number written as 0.5 <= m < 1 times 2^e; beyond are infinity and zero. */
const MAX_EXPONENT = 2 ** 31 - 1;
const MIN_EXPONENT = -(2 ** 31);

/** An operation without a numeric result: Inf - Inf, 0 * Inf, 0 / 0, Inf / Inf. */
export class NotANumberError extends Error {
  constructor(operation: string) {
    super(`${operation} has no numeric result`);
    this.name = 'NotANumberError';
  }
}

/**
 * A number. Immutable, and in one form for each value and precision: a whole number that a double holds exactly (but not
 * -0) lives in `small` alone; another finite one is ±mantissa·2^exponent with an odd mantissa.
 */
export class BigFloat {
  /** The number of mantissa bits that results are rounded to. */
  readonly precision: number;
  /** The value if it is a safe integer other than -0; else NaN. */
  readonly small: number;
  readonly negative: boolean;
  /** Odd; or 0 for zero and infinity, which have the exponents 0 and Infinity. */
  readonly #mantissa: bigint;
  readonly #exponent: number;

  private constructor(
    precision: number,
    small: number,
    negative: boolean,
    mantissa: bigint,
    exponent: number,
  ) {
    this.precision = precision;
    this.small = small;
    this.negative = negative;
    this.#mantissa = mantissa;
    this.#exponent = exponent;
  }

  /** A whole number. Its precision is 64 bits, or as many as a bigger number needs, unless given. */
  static fromInteger(value: number | bigint, precision?: number): BigFloat {
    if (typeof value === 'number' && Number.isSafeInteger(value)) {
      return BigFloat.#ofSmall(value, precision ?? INTEGER_PRECISION);
    }
    const whole = BigInt(value);
    const magnitude = whole < 0n ? -whole : whole;
    const bits = precision ?? Math.max(bitLength(magnitude), INTEGER_PRECISION);
    return BigFloat.fromParts(whole < 0n, magnitude, 0, bits);
  }

  /**
   * A 64-bit float, exactly.
   * @throws NotANumberError for NaN
   */
  static fromDouble(value: number, precision: number = DOUBLE_PRECISION): BigFloat {
    if (Number.isNaN(value)) throw new NotANumberError('the operation');
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) return BigFloat.#ofSmall(value, precision);
    if (value === 0) return BigFloat.zero(true, precision);
    if (!Number.isFinite(value)) return BigFloat.infinity(value < 0, precision);
    let mantissa = Math.abs(value);
    let exponent = 0;
    while (!Number.isInteger(mantissa)) {
      mantissa *= 2;
      exponent -= 1;
    }
    return BigFloat.fromParts(value < 0, BigInt(mantissa), exponent, precision);
  }

  /**
   * ±mantissa·2^exponent, rounded to `precision` bits.
   * @param sticky true if the true value lies a little above the given magnitude, by less than its last bit
   */
  static fromParts(
    negative: boolean,
    mantissa: bigint,
    exponent: number,
    precision: number,
    sticky = false,
  ): BigFloat {
    if (mantissa === 0n) return BigFloat.zero(negative, precision);
    let [rounded, scale] = roundBits(mantissa, exponent, precision, sticky);
    const shift = trailingZeros(rounded);
    rounded >>= BigInt(shift);
    scale += shift;
    const size = bitLength(rounded) + scale;
    if (size > MAX_EXPONENT) return BigFloat.infinity(negative, precision);
    if (size < MIN_EXPONENT) return BigFloat.zero(negative, precision);
    if (scale >= 0 && size <= DOUBLE_PRECISION) {
      const value = Number(rounded << BigInt(scale));
      return new BigFloat(precision, negative ? -value : value, negative, 0n, 0);
    }
    return new BigFloat(precision, NaN, negative, rounded, scale);
  }

  static zero(negative: boolean, precision: number): BigFloat {
    return new BigFloat(precision, negative ? NaN : 0, negative, 0n, 0);
  }

  static infinity(negative: boolean, precision: number = LITERAL_PRECISION): BigFloat {
    return new BigFloat(precision, NaN, negative, 0n, Infinity);
  }

  static #ofSmall(value: number, precision: number): BigFloat {
    const whole = value === 0 ? 0 : value;
    // A short precision is possible only on request, and then the number may not fit it.
    if (precision < DOUBLE_PRECISION) {
      return BigFloat.fromParts(whole < 0, BigInt(Math.abs(whole)), 0, precision);
    }
    return new BigFloat(precision, whole, whole < 0, 0n, 0);
  }

  /** The magnitude of a finite number is mantissa·2^exponent; the mantissa of infinity is 0 and its exponent Infinity. */
  get mantissa(): bigint {
    return Number.isNaN(this.small) ? this.#mantissa : BigInt(Math.abs(this.small));
  }

  get exponent(): number {
    return this.#exponent;
  }

  get isInfinite(): boolean {
    return this.#exponent === Infinity;
  }

  get isZero(): boolean {
    return this.small === 0 || (Number.isNaN(this.small) && this.#mantissa === 0n && !this.isInfinite);
  }

  /** True for whole numbers; infinity is none. */
  get isInteger(): boolean {
    return !Number.isNaN(this.small) || (!this.isInfinite && this.#exponent >= 0);
  }

  /** -1, 0 or 1. */
  get sign(): -1 | 0 | 1 {
    return this.isZero ? 0 : this.negative ? -1 : 1;
  }

  negate(): BigFloat {
    if (!Number.isNaN(this.small) && this.small !== 0) return BigFloat.#ofSmall(-this.small, this.precision);
    if (this.isZero) return BigFloat.zero(!this.negative, this.precision);
    return new BigFloat(this.precision, NaN, !this.negative, this.#mantissa, this.#exponent);
  }

  abs(): BigFloat {
    return this.negative ? this.negate() : this;
  }

  /** The same number rounded to another precision. */
  withPrecision(precision: number): BigFloat {
    if (precision === this.precision) return this;
    if (this.isInfinite) return BigFloat.infinity(this.negative, precision);
    if (this.isZero) return BigFloat.zero(this.negative, precision);
    return BigFloat.fromParts(this.negative, this.mantissa, this.exponent, precision);
  }

  /** Negative, zero or positive as this number is below, equal to or above the other; -0 equals 0. */
  compare(other: BigFloat): -1 | 0 | 1 {
    const difference = this.small - other.small;
    if (!Number.isNaN(difference)) return Math.sign(difference) as -1 | 0 | 1;
    if (this.sign !== other.sign) return this.sign < other.sign ? -1 : 1;
    const magnitude = compareMagnitudes(this, other);
    return (this.negative ? -magnitude : magnitude) as -1 | 0 | 1;
  }

  /** @throws NotANumberError for infinities of opposite sign */
  add(other: BigFloat): BigFloat {
    const precision = Math.max(this.precision, other.precision);
    const quick = this.small + other.small;
    if (Number.isSafeInteger(quick)) return BigFloat.#ofSmall(quick, precision);
    if (this.isInfinite || other.isInfinite) {
      if (this.isInfinite && other.isInfinite && this.negative !== other.negative) {
        throw new NotANumberError('the sum of infinities of opposite signs');
      }
      return BigFloat.infinity(this.isInfinite ? this.negative : other.negative, precision);
    }
    if (this.isZero && other.isZero) return BigFloat.zero(this.negative && other.negative, precision);
    if (other.isZero) return this.withPrecision(precision);
    if (this.isZero) return other.withPrecision(precision);
    const [high, low] = magnitudeSize(this) >= magnitudeSize(other) ? [this, other] : [other, this];
    return addAligned(high, low, precision);
  }

  /** @throws NotANumberError for infinities of equal sign */
  subtract(other: BigFloat): BigFloat {
    const quick = this.small - other.small;
    if (Number.isSafeInteger(quick)) {
      return BigFloat.#ofSmall(quick, Math.max(this.precision, other.precision));
    }
    return this.add(other.negate());
  }

  /**
   * The product. As in cty it is rounded to 512 bits whatever the precision of the operands, and its precision is theirs or
   * as many bits as it has.
   * @throws NotANumberError for zero times infinity
   */
  multiply(other: BigFloat): BigFloat {
    const precision = Math.max(this.precision, other.precision);
    const quick = this.small * other.small;
    if (quick !== 0 && Number.isSafeInteger(quick)) return BigFloat.#ofSmall(quick, precision);
    const product = this.multiplyTo(LITERAL_PRECISION, other);
    return product.withPrecision(Math.max(precision, bitLength(product.mantissa)));
  }

  /**
   * The product rounded to so many bits, which are its precision.
   * @throws NotANumberError for zero times infinity
   */
  multiplyTo(precision: number, other: BigFloat): BigFloat {
    const negative = this.negative !== other.negative;
    if (this.isInfinite || other.isInfinite) {
      if (this.isZero || other.isZero) throw new NotANumberError('the product of zero and infinity');
      return BigFloat.infinity(negative, precision);
    }
    if (this.isZero || other.isZero) return BigFloat.zero(negative, precision);
    return BigFloat.fromParts(
      negative,
      this.mantissa * other.mantissa,
      this.exponent + other.exponent,
      precision,
    );
  }

  /**
   * The quotient. A number other than zero divided by zero is infinity.
   * @throws NotANumberError for 0/0 and Inf/Inf
   */
  divide(other: BigFloat): BigFloat {
    const precision = Math.max(this.precision, other.precision);
    const quick = this.small / other.small;
    if (quick !== 0 && Number.isSafeInteger(quick) && quick * other.small === this.small) {
      return BigFloat.#ofSmall(quick, precision);
    }
    return this.divideTo(precision, other);
  }

  /**
   * The quotient rounded to so many bits, which are its precision.
   * @throws NotANumberError for 0/0 and Inf/Inf
   */
  divideTo(precision: number, other: BigFloat): BigFloat {
    const negative = this.negative !== other.negative;
    if ((this.isZero && other.isZero) || (this.isInfinite && other.isInfinite)) {
      throw new NotANumberError(this.isZero ? 'zero divided by zero' : 'an infinity divided by an infinity');
    }
    if (this.isInfinite || other.isZero) return BigFloat.infinity(negative, precision);
    if (this.isZero || other.isInfinite) return BigFloat.zero(negative, precision);
    return divideFinite(this, other, negative, precision);
  }

  /**
   * The remainder with the sign of the dividend, for fractions too, as cty's Modulo: the quotient is rounded to its
   * precision before its fraction is dropped. The remainder by zero is the dividend itself.
   * @throws NotANumberError for a remainder of or by infinity
   */
  remainder(other: BigFloat): BigFloat {
    if (other.isZero) return this;
    if (this.isInfinite || other.isInfinite) throw new NotANumberError('a remainder of or by infinity');
    const quick = this.small % other.small;
    if (!Number.isNaN(quick) && Math.max(this.precision, other.precision) > DOUBLE_PRECISION) {
      return BigFloat.#ofSmall(quick, this.precision);
    }
    const quotient = this.divide(other).truncate();
    // Without its fraction it has no sign either when nothing is left of it.
    const whole = quotient.isZero
      ? BigFloat.zero(false, this.precision)
      : quotient.withPrecision(this.precision);
    return this.subtract(other.multiplyTo(this.precision, whole)).withPrecision(this.precision);
  }

  /** The number without its fraction; an infinity is itself. */
  truncate(): BigFloat {
    if (this.isInteger || this.isInfinite || this.isZero) return this;
    const whole = this.mantissa >> BigInt(-this.exponent);
    return BigFloat.fromParts(this.negative && whole !== 0n, whole, 0, this.precision);
  }

  /** The largest whole number that is not above this one; an infinity is itself. */
  floor(): BigFloat {
    if (this.isInteger || this.isInfinite) return this;
    const whole = this.truncate();
    if (!this.negative || this.isZero) return whole;
    return whole.subtract(BigFloat.fromInteger(1, this.precision));
  }

  /** The nearest 64-bit float, which may be an infinity or zero. */
  toNumber(): number {
    if (!Number.isNaN(this.small)) return this.small;
    if (this.isInfinite) return this.negative ? -Infinity : Infinity;
    if (this.isZero) return -0;
    const size = magnitudeSize(this);
    // Below 2^-1021 a double has fewer than 53 bits, down to none under 2^-1074.
    const bits = Math.min(DOUBLE_PRECISION, size + 1074);
    if (bits < 0) return this.negative ? -0 : 0;
    const [mantissa, exponent] = roundBits(this.mantissa, this.exponent, bits, false);
    const half = Math.trunc(exponent / 2);
    const magnitude = Number(mantissa) * 2 ** half * 2 ** (exponent - half);
    return this.negative ? -magnitude : magnitude;
  }

  /**
   * The whole part.
   * @throws RangeError for an infinity and for numbers beyond what a bigint holds
   */
  toBigInt(): bigint {
    if (!Number.isNaN(this.small)) return BigInt(this.small);
    if (this.isInfinite) throw new RangeError('an infinite number has no integer value');
    const exponent = BigInt(this.exponent);
    const magnitude = exponent >= 0n ? this.mantissa << exponent : this.mantissa >> -exponent;
    return this.negative ? -magnitude : magnitude;
  }
}

/** The number of binary digits of a positive number. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const hex = value.toString(16);
  return hex.length * 4 - Math.clz32(parseInt(hex[0]!, 16)) + 28;
}

function trailingZeros(value: bigint): number {
  let count = 0;
  let rest = value;
  for (;;) {
    const low = Number(BigInt.asUintN(32, rest));
    if (low !== 0) return count + 31 - Math.clz32(low & -low);
    rest >>= 32n;
    count += 32;
  }
}

/** Rounds mantissa·2^exponent to so many bits, to nearest with ties to even. */
function roundBits(mantissa: bigint, exponent: number, bits: number, sticky: boolean): [bigint, number] {
  const surplus = bitLength(mantissa) - bits;
  if (surplus <= 0) return [mantissa, exponent];
  const shift = BigInt(surplus);
  const kept = mantissa >> shift;
  const rest = mantissa - (kept << shift);
  const half = 1n << (shift - 1n);
  const up = rest > half || (rest === half && (sticky || (kept & 1n) === 1n));
  return [up ? kept + 1n : kept, exponent + surplus];
}

/** The exponent e of the magnitude written as m·2^e with 0.5 <= m < 1. */
function magnitudeSize(value: BigFloat): number {
  return bitLength(value.mantissa) + value.exponent;
}

function compareMagnitudes(left: BigFloat, right: BigFloat): -1 | 0 | 1 {
  if (left.isInfinite || right.isInfinite) {
    return left.isInfinite === right.isInfinite ? 0 : left.isInfinite ? 1 : -1;
  }
  if (left.isZero) return 0; // The signs are equal, so both are zero.
  const sizes = magnitudeSize(left) - magnitudeSize(right);
  if (sizes !== 0) return sizes < 0 ? -1 : 1;
  const shift = left.exponent - right.exponent;
  const a = shift > 0 ? left.mantissa << BigInt(shift) : left.mantissa;
  const b = shift < 0 ? right.mantissa << BigInt(-shift) : right.mantissa;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The sum of two finite numbers other than zero, the one with the higher leading bit first. */
function addAligned(high: BigFloat, low: BigFloat, precision: number): BigFloat {
  const opposite = high.negative !== low.negative;
  // A summand far below the last bit only tells on which side of the other one the sum lies.
  const gap = magnitudeSize(high) - magnitudeSize(low);
  if (gap > precision + 3 && high.exponent > magnitudeSize(low)) {
    const room = BigInt(precision + 3);
    const nudged = (high.mantissa << room) + (opposite ? -1n : 1n);
    return BigFloat.fromParts(high.negative, nudged, high.exponent - precision - 3, precision);
  }
  const exponent = Math.min(high.exponent, low.exponent);
  const a = high.mantissa << BigInt(high.exponent - exponent);
  const b = low.mantissa << BigInt(low.exponent - exponent);
  const sum = opposite ? a - b : a + b;
  if (sum === 0n) return BigFloat.zero(false, precision);
  const magnitude = sum < 0n ? -sum : sum;
  return BigFloat.fromParts(high.negative !== sum < 0n, magnitude, exponent, precision);
}

function divideFinite(left: BigFloat, right: BigFloat, negative: boolean, precision: number): BigFloat {
  // Two bits more than wanted, and a last one that says whether something is left over, round correctly.
  const shift = Math.max(0, precision + 2 - bitLength(left.mantissa) + bitLength(right.mantissa));
  const numerator = left.mantissa << BigInt(shift);
  const quotient = numerator / right.mantissa;
  const exact = quotient * right.mantissa === numerator;
  const exponent = left.exponent - right.exponent - shift;
  return BigFloat.fromParts(negative, quotient, exponent, precision, !exact);
}
