/** Durations as Go's time.ParseDuration reads them, the spelling Packer's options use ("1h30m", "1.5s", "100ms"). */
const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const TERM = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
const MAX_NANOSECONDS = 2n ** 63n - 1n;

/**
 * Milliseconds of a Go duration; undefined when `text` is none (Go wants a unit on every number but a lone 0) or when it
 * does not fit Go's 64-bit nanoseconds. The result keeps fractions of a millisecond.
 */
export function parseDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return 0;
  let total = 0n;
  let position = 0;
  while (position < unsigned.length) {
    TERM.lastIndex = position;
    const match = TERM.exec(unsigned);
    if (match === null) return undefined;
    const [term, whole = '', fraction = '', unit = ''] = match;
    if (whole === '' && fraction === '') return undefined;
    total += ((NANOSECONDS[unit] ?? 0n) * BigInt(whole + fraction || '0')) / 10n ** BigInt(fraction.length);
    position += term.length;
  }
  if (unsigned === '' || total > MAX_NANOSECONDS) return undefined;
  return (sign * Number(total)) / 1e6;
}

/** Milliseconds in Go's spelling, as time.Duration.String prints them: "1m30s", "1.5s", "100ms", "0s". */
export function formatDuration(milliseconds: number): string {
  const sign = milliseconds < 0 ? '-' : '';
  const nanoseconds = BigInt(Math.round(Math.abs(milliseconds) * 1e6));
  if (nanoseconds === 0n) return '0s';
  if (nanoseconds < 1_000n) return `${sign}${nanoseconds}ns`;
  if (nanoseconds < 1_000_000n) return `${sign}${decimal(nanoseconds, 3)}µs`;
  if (nanoseconds < 1_000_000_000n) return `${sign}${decimal(nanoseconds, 6)}ms`;
  const minutes = nanoseconds / 60_000_000_000n;
  const seconds = `${decimal(nanoseconds % 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + seconds;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** `value` divided by 10^`digits`, without trailing zeros. */
function decimal(value: bigint, digits: number): string {
  const scale = 10n ** BigInt(digits);
  const fraction = (value % scale).toString().padStart(digits, '0').replace(/0+$/, '');
  return `${value / scale}${fraction === '' ? '' : `.${fraction}`}`;
}
