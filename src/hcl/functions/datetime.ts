import { numberValue, objectValue, stringValue } from '../value/construct.ts';
import { NUMBER, objectType, STRING } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { formatDate } from './date-format.ts';
import { attempt, defineFunction, defineTextFunction, parameter, wholeNumber } from './define.ts';
import { parseDuration } from './go/duration.ts';
import { formatLayout } from './go/layout.ts';
import {
  addNanoseconds,
  calendarFields,
  MONTHS,
  parseRfc3339,
  rfc3339Text,
  timeOfDate,
  WEEKDAYS,
} from './go/time.ts';
import type { Time } from './go/time.ts';
import { FunctionError } from './spec.ts';
import type { CallContext, FunctionSpec } from './spec.ts';

/** Both functions with a fixed time print the same one, so that all names of a build agree. */
const PROCESS_START = new Date(Date.now() - Math.round(process.uptime() * 1000));

function startTime(context: CallContext): Time {
  return timeOfDate(context.startedAt ?? PROCESS_START);
}

const timestampParameter = parameter(
  'timestamp',
  STRING,
  'A time in RFC 3339 form, such as `2024-03-05T14:07:09Z`.',
);

const formatdate = () =>
  defineTextFunction({
    name: 'formatdate',
    description:
      "Prints a timestamp by a format of `YY YYYY M MM MMM MMMM D DD EEE EEEE h hh H HH AA aa m mm s ss Z ZZZ ZZZZ ZZZZZ`. Other letters must stand in single quotes, as in `'T'`; a quote itself is written twice.",
    parameters: [parameter('format', STRING, 'The form to print.'), timestampParameter],
    result: STRING,
    run: ([format = '', text = '']) => {
      const time = attempt(() => parseRfc3339(text), 1);
      return stringValue(attempt(() => formatDate(format, time), 0));
    },
  });

const timeadd = () =>
  defineTextFunction({
    name: 'timeadd',
    description:
      'Returns the timestamp that lies a duration after another, or before it if the duration is negative.',
    parameters: [
      timestampParameter,
      parameter('duration', STRING, 'A duration with units, such as `1.5h` or `-2h45m`.'),
    ],
    result: STRING,
    run: ([text = '', duration = '']) => {
      const time = attempt(() => parseRfc3339(text));
      return stringValue(
        rfc3339Text(
          addNanoseconds(
            time,
            attempt(() => parseDuration(duration)),
          ),
        ),
      );
    },
  });

const timestamp = () =>
  defineFunction({
    name: 'timestamp',
    description: 'Returns the current time in UTC, in RFC 3339 form. Each call may return another one.',
    result: STRING,
    call: (_args, _type, context) => stringValue(rfc3339Text(timeOfDate(context.now?.() ?? new Date()))),
  });

/** The optional argument of the two functions that print the time of the start. */
function optionalFormat(texts: readonly string[]): string | undefined {
  if (texts.length > 1) throw new FunctionError('give at most one format');
  return texts[0];
}

const legacyIsotime = () =>
  defineTextFunction({
    name: 'legacy_isotime',
    description:
      'Prints the time at which the program started, in UTC: by a layout of the Go language, which is what `Mon Jan 2 15:04:05 MST 2006` would look like, or without one in RFC 3339 form. For old templates; new ones have `formatdate` and `timestamp`.',
    parameters: [],
    variadic: parameter('format', STRING, 'The layout; at most one.'),
    result: STRING,
    run: (texts, context) => {
      const layout = optionalFormat(texts);
      const time = startTime(context);
      return stringValue(layout === undefined ? rfc3339Text(time) : formatLayout(layout, time));
    },
  });

/** The directives of `legacy_strftime` as Go layouts. */
const STRFTIME: ReadonlyMap<string, string> = new Map([
  ['a', 'Mon'],
  ['A', 'Monday'],
  ['b', 'Jan'],
  ['B', 'January'],
  ['d', '02'],
  ['H', '15'],
  ['I', '03'],
  ['L', '.000'],
  ['m', '01'],
  ['M', '04'],
  ['p', 'PM'],
  ['S', '05'],
  ['y', '06'],
  ['Y', '2006'],
  ['z', '-0700'],
  ['Z', 'MST'],
]);

const legacyStrftime = () =>
  defineTextFunction({
    name: 'legacy_strftime',
    description:
      'Prints the time at which the program started, in UTC, by a format with the directives `%a %A %b %B %d %H %I %L %m %M %p %S %y %Y %z %Z %%`; `%L` is a point and milliseconds. Without a format it is RFC 3339. For old templates; new ones have `formatdate` and `timestamp`.',
    parameters: [],
    variadic: parameter('format', STRING, 'The format; at most one.'),
    result: STRING,
    run: (texts, context) => {
      const format = optionalFormat(texts);
      const time = startTime(context);
      if (format === undefined) return stringValue(rfc3339Text(time));
      return stringValue(
        format.replace(/%([\s\S])/gu, (directive, letter: string) => {
          const layout = STRFTIME.get(letter);
          if (layout !== undefined) return formatLayout(layout, time);
          return letter === '%' ? '%' : directive;
        }),
      );
    },
  });

const NUMBER_FIELDS = [
  'year',
  'year_day',
  'day',
  'month',
  'weekday',
  'hour',
  'minute',
  'second',
  'iso_year',
  'iso_week',
] as const;

/** The type of a time taken apart, with one more attribute. */
function partsType(extra: string, extraType: Type): Type {
  const attributes = new Map<string, Type>(NUMBER_FIELDS.map((name) => [name, NUMBER]));
  return objectType(
    new Map<string, Type>(
      [
        ...attributes,
        ['month_name', STRING] as const,
        ['weekday_name', STRING] as const,
        [extra, extraType] as const,
      ].sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  );
}

function partsOf(time: Time, extra: string, extraValue: Value): Value {
  const at = calendarFields(time);
  const numbers = { ...at, year_day: at.yearDay, iso_year: at.isoYear, iso_week: at.isoWeek };
  return objectValue(
    new Map([
      ...NUMBER_FIELDS.map((name) => [name, numberValue(numbers[name])] as const),
      ['month_name', stringValue(MONTHS[at.month - 1] as string)],
      ['weekday_name', stringValue(WEEKDAYS[at.weekday] as string)],
      [extra, extraValue],
    ]),
  );
}

const rfc3339Parse = () =>
  defineTextFunction({
    name: 'rfc3339_parse',
    description:
      'Takes a timestamp apart into an object with year, year_day, day, month, month_name, weekday (0 is Sunday), weekday_name, hour, minute, second, iso_year, iso_week, and unix, the seconds since 1970.',
    parameters: [timestampParameter],
    result: partsType('unix', NUMBER),
    run: ([text = '']) => {
      const time = attempt(() => parseRfc3339(text), 0);
      return partsOf(time, 'unix', numberValue(time.epochSeconds));
    },
  });

/** The seconds of the years 0 to 9999, which RFC 3339 can write. */
const FIRST_SECOND = -62_167_219_200n;
const LAST_SECOND = 253_402_300_799n;

const unixTimestampParse = () =>
  defineFunction({
    name: 'unix_timestamp_parse',
    description:
      'Takes a time, given as seconds since 1970, apart into an object in UTC as `rfc3339_parse` does, with rfc3339 for the time in that form.',
    parameters: [parameter('unix_timestamp', NUMBER, 'Whole seconds since 1970-01-01T00:00:00Z.')],
    result: partsType('rfc3339', STRING),
    call: ([seconds]) => {
      const whole = wholeNumber(seconds!, 0);
      if (whole < FIRST_SECOND || whole > LAST_SECOND) {
        throw new FunctionError('the time is before the year 0 or after the year 9999', 0);
      }
      const time: Time = { epochSeconds: Number(whole), nanoseconds: 0, offsetSeconds: 0 };
      return partsOf(time, 'rfc3339', stringValue(rfc3339Text(time)));
    },
  });

/** Functions of dates and times. */
export const datetimeFunctions = (): readonly FunctionSpec[] => [
  formatdate(),
  legacyIsotime(),
  legacyStrftime(),
  rfc3339Parse(),
  timeadd(),
  timestamp(),
  unixTimestampParse(),
];
