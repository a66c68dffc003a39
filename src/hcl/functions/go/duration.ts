/** The units of time.ParseDuration in nanoseconds. Micro is spelt with either of Unicode's two characters for it. */
const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);

/** The longest duration of Go, 2^63 - 1 nanoseconds; a negative one may be a nanosecond longer. */
const LONGEST = 2n ** 63n - 1n;

/**
 * Reads a duration such as `1.5h` or `-2h45m`, as Go's time.ParseDuration.
 * @returns nanoseconds
 * @throws Error saying what is wrong with it
 */
export function parseDuration(text: string): bigint {
  const negative = text.startsWith('-');
  const body = /^[+-]/.test(text) ? text.slice(1) : text;
  if (body === '0') return 0n;
  if (body === '')
    throw new Error(`${JSON.stringify(text)} is not a duration; write one such as "90s" or "1h30m"`);
  let total = 0n;
  const part = /(\d*)(?:\.(\d*))?([^\d.]*)/y;
  while (part.lastIndex < body.length) {
    const [matched, whole = '', fraction = '', unit = ''] = part.exec(body) ?? [''];
    if (matched === '' || (whole === '' && fraction === '')) {
      throw new Error(`${JSON.stringify(text)} is not a duration; write one such as "90s" or "1h30m"`);
    }
    total += partNanoseconds(text, whole, fraction, unit);
    if (total > LONGEST + (negative ? 1n : 0n)) {
      throw new Error(`the duration ${JSON.stringify(text)} is longer than 292 years`);
    }
  }
  return negative ? -total : total;
}

function partNanoseconds(text: string, whole: string, fraction: string, unit: string): bigint {
  if (unit === '') {
    throw new Error(
      `the duration ${JSON.stringify(text)} lacks a unit; write one of ns, us, ms, s, m, h after each number`,
    );
  }
  const scale = UNITS.get(unit);
  if (scale === undefined) {
    throw new Error(
      `the duration ${JSON.stringify(text)} has the unknown unit ${JSON.stringify(unit)}; there are ns, us, ms, s, m and h`,
    );
  }
  const digits = fraction.slice(0, 18);
  const part = digits === '' ? 0n : (BigInt(digits) * scale) / 10n ** BigInt(digits.length);
  return BigInt(whole === '' ? '0' : whole.slice(0, 40)) * scale + part;
}
