/*
 * The two ways in which Packer's templates write a time: Go's layouts (an example of the reference time) and strftime(3).
 * Always in UTC, as in Packer.
 */

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const pad = (value: number, width = 2, fill = '0'): string => String(value).padStart(width, fill);
const hour12 = (time: Date): number => time.getUTCHours() % 12 || 12;
const monthName = (time: Date): string => MONTHS[time.getUTCMonth()] ?? '';
const dayName = (time: Date): string => DAYS[time.getUTCDay()] ?? '';
const dayOfYear = (time: Date): number =>
  Math.floor((time.getTime() - Date.UTC(time.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;

/** The parts of Go's reference time; of two that fit at a place the one listed first wins. */
const LAYOUT: readonly (readonly [part: string, write: (time: Date) => string])[] = [
  ['January', monthName],
  ['Jan', (time) => monthName(time).slice(0, 3)],
  ['Monday', dayName],
  ['Mon', (time) => dayName(time).slice(0, 3)],
  ['MST', () => 'UTC'],
  ['2006', (time) => pad(time.getUTCFullYear(), 4)],
  ['-07:00:00', () => '+00:00:00'],
  ['-07:00', () => '+00:00'],
  ['-070000', () => '+000000'],
  ['-0700', () => '+0000'],
  ['-07', () => '+00'],
  ['Z07:00:00', () => 'Z'],
  ['Z07:00', () => 'Z'],
  ['Z070000', () => 'Z'],
  ['Z0700', () => 'Z'],
  ['Z07', () => 'Z'],
  ['__2', (time) => pad(dayOfYear(time), 3, ' ')],
  ['002', (time) => pad(dayOfYear(time), 3)],
  ['_2', (time) => pad(time.getUTCDate(), 2, ' ')],
  ['01', (time) => pad(time.getUTCMonth() + 1)],
  ['02', (time) => pad(time.getUTCDate())],
  ['03', (time) => pad(hour12(time))],
  ['04', (time) => pad(time.getUTCMinutes())],
  ['05', (time) => pad(time.getUTCSeconds())],
  ['06', (time) => pad(time.getUTCFullYear() % 100)],
  ['15', (time) => pad(time.getUTCHours())],
  ['PM', (time) => (time.getUTCHours() < 12 ? 'AM' : 'PM')],
  ['pm', (time) => (time.getUTCHours() < 12 ? 'am' : 'pm')],
  ['1', (time) => String(time.getUTCMonth() + 1)],
  ['2', (time) => String(time.getUTCDate())],
  ['3', (time) => String(hour12(time))],
  ['4', (time) => String(time.getUTCMinutes())],
  ['5', (time) => String(time.getUTCSeconds())],
];

/** Writes a time after a layout of Go's time package, such as "2006-01-02T15:04:05Z07:00". */
export function formatGoLayout(layout: string, time: Date): string {
  let text = '';
  for (let at = 0; at < layout.length;) {
    const fraction = /^[.,](0+|9+)(?!\d)/.exec(layout.slice(at));
    if (fraction?.[1] !== undefined) {
      text += writeFraction(fraction[0], fraction[1], time);
      at += fraction[0].length;
      continue;
    }
    const part = LAYOUT.find(([name]) => fitsLayout(layout, name, at));
    text += part ? part[1](time) : layout[at];
    at += part ? part[0].length : 1;
  }
  return text;
}

function fitsLayout(layout: string, name: string, at: number): boolean {
  if (!layout.startsWith(name, at)) return false;
  // "Janus" and "Month" are words, not a month and a day.
  return !(name === 'Jan' || name === 'Mon') || !/[a-z]/.test(layout[at + 3] ?? '');
}

function writeFraction(written: string, digits: string, time: Date): string {
  const all = pad(time.getUTCMilliseconds(), 3).padEnd(digits.length, '0').slice(0, digits.length);
  if (digits.startsWith('0')) return written.charAt(0) + all;
  const kept = all.replace(/0+$/, '');
  return kept === '' ? '' : written.charAt(0) + kept;
}

const STRFTIME: Readonly<Record<string, (time: Date) => string>> = {
  a: (time) => dayName(time).slice(0, 3),
  A: dayName,
  b: (time) => monthName(time).slice(0, 3),
  B: monthName,
  d: (time) => pad(time.getUTCDate()),
  H: (time) => pad(time.getUTCHours()),
  I: (time) => pad(hour12(time)),
  // With its dot, as Packer has it.
  L: (time) => `.${pad(time.getUTCMilliseconds(), 3)}`,
  m: (time) => pad(time.getUTCMonth() + 1),
  M: (time) => pad(time.getUTCMinutes()),
  p: (time) => (time.getUTCHours() < 12 ? 'AM' : 'PM'),
  S: (time) => pad(time.getUTCSeconds()),
  y: (time) => pad(time.getUTCFullYear() % 100),
  Y: (time) => pad(time.getUTCFullYear(), 4),
  z: () => '+0000',
  Z: () => 'UTC',
  '%': () => '%',
};

/**
 * Writes a time after a format of strftime(3), with the letters that Packer knows.
 * @throws Error for another letter.
 */
export function formatStrftime(format: string, time: Date): string {
  return format.replace(/%([\s\S]?)/g, (whole, letter: string) => {
    const write = STRFTIME[letter];
    if (!write) throw new Error(`strftime does not know "${whole}".`);
    return write(time);
  });
}

/** Seconds only, as Go's RFC3339 layout. */
export function formatRfc3339(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
