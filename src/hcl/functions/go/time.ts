/**
 * Points in time as Go's `time` package handles them: exact to the nanosecond, with an offset from UTC that calculations
 * keep, in the Gregorian calendar for every year. JavaScript's Date has neither the offset nor the nanoseconds.
 */
export interface Time {
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  readonly epochSeconds: number;
  /** 0 to 999,999,999. */
  readonly nanoseconds: number;
  /** Seconds east of UTC. */
  readonly offsetSeconds: number;
}

/** The fields of a time in its own zone. */
export interface CalendarFields {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 1 to 366. */
  readonly yearDay: number;
  /** Year and week by ISO 8601. */
  readonly isoYear: number;
  readonly isoWeek: number;
}

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const WEEKDAYS = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;

const DAY_SECONDS = 86_400;
const NANOSECONDS = 1_000_000_000n;

/** The time of a JavaScript date, in UTC. */
export function timeOfDate(date: Date): Time {
  const milliseconds = date.getTime();
  const epochSeconds = Math.floor(milliseconds / 1000);
  return { epochSeconds, nanoseconds: (milliseconds - epochSeconds * 1000) * 1_000_000, offsetSeconds: 0 };
}

export function calendarFields(time: Time): CalendarFields {
  const local = time.epochSeconds + time.offsetSeconds;
  const days = Math.floor(local / DAY_SECONDS);
  const seconds = local - days * DAY_SECONDS;
  const date = new Date(days * DAY_SECONDS * 1000);
  const year = date.getUTCFullYear();
  const weekday = date.getUTCDay();
  const yearDay = days - dayNumber(year, 1, 1) + 1;
  // A week belongs to the year that its Thursday lies in.
  const thursday = new Date((days + 4 - (weekday === 0 ? 7 : weekday)) * DAY_SECONDS * 1000);
  const isoYear = thursday.getUTCFullYear();
  const isoWeek = Math.floor((thursday.getTime() / 1000 / DAY_SECONDS - dayNumber(isoYear, 1, 1)) / 7) + 1;
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
    weekday,
    yearDay,
    isoYear,
    isoWeek,
  };
}

/** Days from 1970-01-01 to this date. Date.UTC() takes the years 0 to 99 for 1900 to 1999. */
function dayNumber(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) / 1000 / DAY_SECONDS;
}

/** The time so many nanoseconds later, with the same offset. */
export function addNanoseconds(time: Time, amount: bigint): Time {
  const total = BigInt(time.epochSeconds) * NANOSECONDS + BigInt(time.nanoseconds) + amount;
  const nanoseconds = BigInt.asUintN(64, ((total % NANOSECONDS) + NANOSECONDS) % NANOSECONDS);
  return {
    epochSeconds: Number((total - nanoseconds) / NANOSECONDS),
    nanoseconds: Number(nanoseconds),
    offsetSeconds: time.offsetSeconds,
  };
}

/** A number with at least so many digits; the sign of a negative one comes on top. */
export function padded(value: number, width: number): string {
  return (value < 0 ? '-' : '') + String(Math.abs(value)).padStart(width, '0');
}

/** An offset from UTC such as `-08:00`, with another separator, or with `Z` for UTC. */
export function offsetText(offsetSeconds: number, separator: string, zulu: boolean): string {
  if (zulu && offsetSeconds === 0) return 'Z';
  const minutes = Math.trunc(Math.abs(offsetSeconds) / 60);
  const sign = offsetSeconds < 0 ? '-' : '+';
  return sign + padded(Math.floor(minutes / 60), 2) + separator + padded(minutes % 60, 2);
}

/** RFC 3339 without the fraction of the second: what `timestamp` and `timeadd` return. */
export function rfc3339Text(time: Time): string {
  const at = calendarFields(time);
  const date = `${padded(at.year, 4)}-${padded(at.month, 2)}-${padded(at.day, 2)}`;
  const clock = `${padded(at.hour, 2)}:${padded(at.minute, 2)}:${padded(at.second, 2)}`;
  return `${date}T${clock}${offsetText(time.offsetSeconds, ':', true)}`;
}

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(?:Z|([+-])(\d\d):(\d\d))$/;

/**
 * Reads a timestamp in strict RFC 3339: upper-case `T` and `Z`, two digits each, a zone, no leap second.
 * @throws Error saying what is wrong with it
 */
export function parseRfc3339(text: string): Time {
  const match = RFC3339.exec(text);
  if (match === null) throw new Error(`not a valid RFC 3339 timestamp: ${whyNotRfc3339(text)}`);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as SixNumbers;
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  checkField('month', month, 1, 12);
  checkField('day of the month', day, 1, daysInMonth(year, month));
  checkField('hour', hour, 0, 23);
  checkField('minute', minute, 0, 59);
  checkField('second', second, 0, 59);
  checkField('hour of the UTC offset', offsetHours, 0, 23);
  checkField('minute of the UTC offset', offsetMinutes, 0, 59);
  const offset = (offsetHours * 60 + offsetMinutes) * 60;
  const offsetSeconds = match[8] === '-' && offset > 0 ? -offset : offset;
  return {
    epochSeconds: utcSeconds(year, month, day, hour, minute, second) - offsetSeconds,
    nanoseconds: Number((match[7] ?? '.').slice(1, 10).padEnd(9, '0')),
    offsetSeconds,
  };
}

type SixNumbers = [number, number, number, number, number, number];

/** Seconds from the epoch to this moment in UTC. */
export function utcSeconds(...[year, month, day, hour, minute, second]: SixNumbers): number {
  return dayNumber(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}

/** The number of days of a month from 1 to 12. */
export function daysInMonth(year: number, month: number): number {
  return dayNumber(month === 12 ? year + 1 : year, (month % 12) + 1, 1) - dayNumber(year, month, 1);
}

function checkField(what: string, value: number, low: number, high: number): void {
  if (value < low || value > high) {
    throw new Error(`not a valid RFC 3339 timestamp: the ${what} must be between ${low} and ${high}`);
  }
}

/** The part of the pattern at which the text departs from it, in the order in which the parts come. */
function whyNotRfc3339(text: string): string {
  const parts: readonly (readonly [RegExp, string])[] = [
    [/^\d{4}/, 'it must begin with a year of four digits'],
    [/^-\d\d/, 'after the year there must be "-" and a month of two digits'],
    [/^-\d\d/, 'after the month there must be "-" and a day of two digits'],
    [/^T/, 'between date and time there must be a capital "T"'],
    [/^\d\d/, 'the hour must have two digits'],
    [/^:\d\d/, 'after the hour there must be ":" and minutes of two digits'],
    [/^:\d\d/, 'after the minutes there must be ":" and seconds of two digits'],
    [/^(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/, 'it must end with "Z" or with an offset from UTC such as "+02:00"'],
  ];
  let rest = text;
  for (const [pattern, complaint] of parts) {
    const match = pattern.exec(rest);
    if (match === null) return complaint;
    rest = rest.slice(match[0].length);
  }
  return `${JSON.stringify(rest)} follows after its end`;
}
