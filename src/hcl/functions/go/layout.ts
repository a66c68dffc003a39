import { calendarFields, MONTHS, offsetText, padded, WEEKDAYS } from './time.ts';
import type { CalendarFields, Time } from './time.ts';

type Formatter = (at: CalendarFields, time: Time) => string;

const hour12 = (at: CalendarFields): number => (at.hour % 12 === 0 ? 12 : at.hour % 12);

function fraction(time: Time, mark: string, digits: number, dropZeros: boolean): string {
  const text = String(time.nanoseconds).padStart(9, '0').slice(0, digits);
  const kept = dropZeros ? text.replace(/0+$/, '') : text;
  return kept === '' ? '' : mark + kept;
}

function seconds(time: Time): string {
  return padded(Math.abs(time.offsetSeconds) % 60, 2);
}

/**
 * The elements of a layout: parts of Go's reference time, "Mon Jan 2 15:04:05 MST 2006" (package time, constants).
 * Longer spellings come before those that they begin with.
 */
const ELEMENTS: readonly (readonly [string, Formatter])[] = [
  ['January', (at) => MONTHS[at.month - 1] as string],
  ['Jan', (at) => (MONTHS[at.month - 1] as string).slice(0, 3)],
  ['Monday', (at) => WEEKDAYS[at.weekday] as string],
  ['Mon', (at) => (WEEKDAYS[at.weekday] as string).slice(0, 3)],
  ['MST', (_at, time) => zoneName(time)],
  ['002', (at) => padded(at.yearDay, 3)],
  ['01', (at) => padded(at.month, 2)],
  ['02', (at) => padded(at.day, 2)],
  ['03', (at) => padded(hour12(at), 2)],
  ['04', (at) => padded(at.minute, 2)],
  ['05', (at) => padded(at.second, 2)],
  ['06', (at) => padded(Math.abs(at.year) % 100, 2)],
  ['15', (at) => padded(at.hour, 2)],
  ['1', (at) => String(at.month)],
  ['2006', (at) => padded(at.year, 4)],
  ['2', (at) => String(at.day)],
  ['__2', (at) => String(at.yearDay).padStart(3)],
  ['_2006', (at) => `_${padded(at.year, 4)}`],
  ['_2', (at) => String(at.day).padStart(2)],
  ['3', (at) => String(hour12(at))],
  ['4', (at) => String(at.minute)],
  ['5', (at) => String(at.second)],
  ['PM', (at) => (at.hour >= 12 ? 'PM' : 'AM')],
  ['pm', (at) => (at.hour >= 12 ? 'pm' : 'am')],
  ['-07:00:00', (_at, time) => `${offsetText(time.offsetSeconds, ':', false)}:${seconds(time)}`],
  ['-070000', (_at, time) => offsetText(time.offsetSeconds, '', false) + seconds(time)],
  ['-07:00', (_at, time) => offsetText(time.offsetSeconds, ':', false)],
  ['-0700', (_at, time) => offsetText(time.offsetSeconds, '', false)],
  ['-07', (_at, time) => offsetText(time.offsetSeconds, '', false).slice(0, 3)],
  [
    'Z07:00:00',
    (_at, time) => orZulu(time, `${offsetText(time.offsetSeconds, ':', false)}:${seconds(time)}`),
  ],
  ['Z070000', (_at, time) => orZulu(time, offsetText(time.offsetSeconds, '', false) + seconds(time))],
  ['Z07:00', (_at, time) => offsetText(time.offsetSeconds, ':', true)],
  ['Z0700', (_at, time) => offsetText(time.offsetSeconds, '', true)],
  ['Z07', (_at, time) => orZulu(time, offsetText(time.offsetSeconds, '', false).slice(0, 3))],
];

function orZulu(time: Time, text: string): string {
  return time.offsetSeconds === 0 ? 'Z' : text;
}

/** The name of the zone: UTC, or for an offset without a name Go's stand-in such as `+02` or `-0330`. */
function zoneName(time: Time): string {
  if (time.offsetSeconds === 0) return 'UTC';
  return offsetText(time.offsetSeconds, '', false).replace(/00$/, '');
}

/** `.000` prints that many digits of the fraction, `.999` the same without zeros at the end; no digit may follow. */
const FRACTION = /^[.,](?:0+|9+)(?!\d)/;

/** Prints a time by a layout of Go's time.Format. What is no element of a layout is printed as it is. */
export function formatLayout(layout: string, time: Time): string {
  const at = calendarFields(time);
  let result = '';
  let index = 0;
  while (index < layout.length) {
    const rest = layout.slice(index);
    const element = ELEMENTS.find(([text]) => rest.startsWith(text) && !isPartOfWord(text, rest));
    const digits = element === undefined ? FRACTION.exec(rest)?.[0] : undefined;
    if (element !== undefined) {
      result += element[1](at, time);
      index += element[0].length;
    } else if (digits !== undefined) {
      result += fraction(time, digits.charAt(0), digits.length - 1, digits.charAt(1) === '9');
      index += digits.length;
    } else {
      result += rest.charAt(0);
      index += 1;
    }
  }
  return result;
}

/** "Jan" and "Mon" are elements only where no lower-case letter follows, as in "Janet" and "Month". */
function isPartOfWord(element: string, rest: string): boolean {
  return (element === 'Jan' || element === 'Mon') && /^[a-z]/.test(rest.slice(3));
}
