import { calendarFields, MONTHS, offsetText, padded, WEEKDAYS } from './go/time.ts';
import type { CalendarFields, Time } from './go/time.ts';

type Part = (at: CalendarFields, time: Time) => string;

const hour12 = (at: CalendarFields): number => (at.hour % 12 === 0 ? 12 : at.hour % 12);
const month = (at: CalendarFields): string => MONTHS[at.month - 1] as string;
const weekday = (at: CalendarFields): string => WEEKDAYS[at.weekday] as string;

/** The sequences of `formatdate`, by their letter and length. */
const SEQUENCES: ReadonlyMap<string, Part> = new Map<string, Part>([
  ['YY', (at) => padded(at.year % 100, 2)],
  ['YYYY', (at) => padded(at.year, 4)],
  ['M', (at) => String(at.month)],
  ['MM', (at) => padded(at.month, 2)],
  ['MMM', (at) => month(at).slice(0, 3)],
  ['MMMM', month],
  ['D', (at) => String(at.day)],
  ['DD', (at) => padded(at.day, 2)],
  ['EEE', (at) => weekday(at).slice(0, 3)],
  ['EEEE', weekday],
  ['h', (at) => String(at.hour)],
  ['hh', (at) => padded(at.hour, 2)],
  ['H', (at) => String(hour12(at))],
  ['HH', (at) => padded(hour12(at), 2)],
  ['AA', (at) => (at.hour < 12 ? 'AM' : 'PM')],
  ['aa', (at) => (at.hour < 12 ? 'am' : 'pm')],
  ['m', (at) => String(at.minute)],
  ['mm', (at) => padded(at.minute, 2)],
  ['s', (at) => String(at.second)],
  ['ss', (at) => padded(at.second, 2)],
  ['Z', (_at, time) => offsetText(time.offsetSeconds, ':', true)],
  ['ZZZ', (_at, time) => zoneText(time)],
  ['ZZZZ', (_at, time) => offsetText(time.offsetSeconds, '', false)],
  ['ZZZZZ', (_at, time) => offsetText(time.offsetSeconds, ':', false)],
]);

function zoneText(time: Time): string {
  return Math.abs(time.offsetSeconds) < 60 ? 'UTC' : offsetText(time.offsetSeconds, '', false);
}

/** A doubled quote, quoted text (maybe without its end), a run of one letter, or anything else up to the next of these. */
const TOKENS = /''|'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+/g;

/**
 * Prints a time by a format of cty's `formatdate`.
 * @throws Error for a sequence that does not exist and for a quote without an end
 */
export function formatDate(format: string, time: Time): string {
  const at = calendarFields(time);
  return format.replace(TOKENS, (token: string, letter: string | undefined) => {
    if (token === "''") return "'";
    if (token.startsWith("'")) return quoted(token);
    if (letter === undefined) return token;
    const part = SEQUENCES.get(token);
    if (part === undefined) throw new Error(unknownSequence(token, letter));
    return part(at, time);
  });
}

function quoted(token: string): string {
  if (token.length === 1 || !token.endsWith("'")) {
    throw new Error(`the quoted text ${JSON.stringify(token)} has no closing quote`);
  }
  // A doubled quote at the end of the format ends the text as well, with the first of the two still in it.
  return token.slice(1, -1).replaceAll("''", "'");
}

function unknownSequence(token: string, letter: string): string {
  const known = [...SEQUENCES.keys()]
    .filter((sequence) => sequence.startsWith(letter))
    .map((own) => `"${own}"`);
  const advice = known.length === 0 ? '' : `; there is ${known.join(', ')}`;
  return `"${token}" is no part of a date${advice}. Write letters that are to be printed as they are in single quotes, such as 'T'`;
}
