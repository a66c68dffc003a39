import { BigFloat } from '../../value/big-float.ts';

/**
 * Logarithm and power as Go's `math` package computes them. The last digit of such results depends on the method, and
 * Packer prints them in full, so V8's own functions (which use other methods) would differ in it.
 */

/** A finite number other than zero as a fraction f, 0.5 <= |f| < 1, and an exponent of two. */
function frexp(x: number): [fraction: number, exponent: number] {
  // A subnormal number has too few bits for the exponent field to tell its size.
  const scaled = Math.abs(x) < 2 ** -1022 ? x * 2 ** 54 : x;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, scaled);
  const high = view.getUint32(0);
  const exponent = ((high >>> 20) & 0x7ff) - 1022;
  view.setUint32(0, (high & 0x800fffff) | (1022 << 20));
  return [view.getFloat64(0), scaled === x ? exponent : exponent - 54];
}

/** f·2^exponent, where the exponent may be out of the range of a double as long as the result is not. */
function ldexp(fraction: number, exponent: number): number {
  let value = fraction;
  let rest = exponent;
  while (rest > 1000 && Number.isFinite(value)) {
    value *= 2 ** 1000;
    rest -= 1000;
  }
  // Down to the subnormal numbers in one multiplication, so as to round only once.
  while (rest < -1000 && Math.abs(value) > 2 ** 900) {
    value *= 2 ** -1000;
    rest += 1000;
  }
  if (rest < -1074) return value * 2 ** (rest + 1074 > -1000 ? rest + 1000 : -1000) * 2 ** -1000;
  return value * 2 ** rest;
}

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const LOG_COEFFICIENTS = [
  6.66666666666673513e-1, 3.999999999940941908e-1, 2.857142874366239149e-1, 2.222219843214978396e-1,
  1.818357216161805012e-1, 1.531383769920937332e-1, 1.479819860511658591e-1,
] as const;

/** The natural logarithm: a series for the fraction, and the exponent times ln 2. */
export function log(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x;
  if (x < 0) return NaN;
  if (x === 0) return -Infinity;
  const [l1, l2, l3, l4, l5, l6, l7] = LOG_COEFFICIENTS;
  let [fraction, k] = frexp(x);
  if (fraction < Math.SQRT2 / 2) {
    fraction *= 2;
    k -= 1;
  }
  const f = fraction - 1;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  const odd = s2 * (l1 + s4 * (l3 + s4 * (l5 + s4 * l7)));
  const even = s4 * (l2 + s4 * (l4 + s4 * l6));
  const half = 0.5 * f * f;
  return k * LN2_HIGH - (half - (s * (half + (odd + even)) + k * LN2_LOW) - f);
}

/** a·b + c, rounded once, as the processor instruction that Go uses here. */
function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const exact = BigFloat.fromDouble(a, EXACT).multiply(BigFloat.fromDouble(b, EXACT));
  return exact.add(BigFloat.fromDouble(c, EXACT)).toNumber();
}

/** Bits enough for a product and a sum of the numbers in `exp`, none of which is far from 1. */
const EXACT = 2200;
/** The inverse factorials 1/8! to 1/2!, and 1. */
const EXP_COEFFICIENTS = [1 / 40320, 1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1] as const;
const LN2_UPPER = 0.69314718055966295651160180568695068359375;
const LN2_LOWER = 0.28235290563031577122588448175013436025525412068e-12;

/**
 * e to the power x for |x| under 700: a Taylor series for a sixteenth of the fraction, then four squarings. Go has this
 * method for amd64 processors, where Packer's published results come from.
 */
function exp(x: number): number {
  const scaled = Math.LOG2E * x;
  const rounded = Math.round(scaled);
  const k = Math.abs(scaled % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
  const reduced = fusedMultiplyAdd(-k, LN2_LOWER, fusedMultiplyAdd(-k, LN2_UPPER, x)) * 0.0625;
  let sum: number = EXP_COEFFICIENTS[0];
  for (const coefficient of EXP_COEFFICIENTS.slice(1)) sum = fusedMultiplyAdd(sum, reduced, coefficient);
  // (1 + v)² - 1 = v·(2 + v)
  let value = sum * reduced;
  for (let round = 0; round < 3; round += 1) value *= value + 2;
  return ldexp(fusedMultiplyAdd(value, value + 2, 1), k);
}

function isOddInteger(y: number): boolean {
  return Math.abs(y) < 2 ** 53 && Math.abs(y % 2) === 1;
}

/** x to the power y. */
export function pow(x: number, y: number): number {
  return specialPower(x, y) ?? generalPower(x, y);
}

/** The cases that need no computation. */
function specialPower(x: number, y: number): number | undefined {
  if (y === 0 || x === 1) return 1;
  if (y === 1) return x;
  if (x === 0) {
    const negative = Object.is(x, -0) && isOddInteger(y);
    const magnitude = y < 0 ? Infinity : 0;
    return negative ? -magnitude : magnitude;
  }
  if (!Number.isFinite(x) || !Number.isFinite(y)) return x === -1 ? 1 : Math.pow(x, y);
  if (y === 0.5) return Math.sqrt(x);
  if (y === -0.5) return 1 / Math.sqrt(x);
  return undefined;
}

/** The whole part of the exponent by repeated squaring of the fraction, with the powers of two counted apart. */
function generalPower(x: number, y: number): number {
  let whole = Math.trunc(Math.abs(y));
  let part = Math.abs(y) - whole;
  if (part !== 0 && x < 0) return NaN;
  if (whole >= 2 ** 63) {
    if (x === -1) return 1;
    return Math.abs(x) < 1 === y > 0 ? 0 : Infinity;
  }
  let result = 1;
  let exponent = 0;
  if (part !== 0) {
    if (part > 0.5) {
      part -= 1;
      whole += 1;
    }
    result = exp(part * log(x));
  }
  let [factor, size] = frexp(x);
  for (let rest = whole; rest !== 0; rest = Math.floor(rest / 2)) {
    if (Math.abs(size) > 4096) {
      exponent += size; // The result is out of range already.
      break;
    }
    if (rest % 2 === 1) {
      result *= factor;
      exponent += size;
    }
    factor *= factor;
    size *= 2;
    if (factor < 0.5) {
      factor += factor;
      size -= 1;
    }
  }
  return y < 0 ? ldexp(1 / result, -exponent) : ldexp(result, exponent);
}
