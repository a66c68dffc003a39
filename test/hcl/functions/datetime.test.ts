// Functions of dates and times.
import { tables } from './rows.ts';

const context = {
  baseDirectory: '.',
  now: () => new Date('2024-02-29T23:59:58.987Z'),
  startedAt: new Date('2020-01-01T03:04:05.678Z'),
};

tables(
  {
    'formatdate: sequences': [
      ['formatdate("YYYY-MM-DD hh:mm:ss", "2024-03-05T04:07:09.999Z")', '"2024-03-05 04:07:09"', 'string'],
      ['formatdate("YY M D h m s", "2004-03-05T04:07:09Z")', '"04 3 5 4 7 9"'],
      ['formatdate("EEE EEEE MMM MMMM", "2024-02-29T00:00:00Z")', '"Thu Thursday Feb February"'],
      ['formatdate("HH AA H aa", "2024-03-05T00:07:09Z")', '"12 AM 12 am"'],
      ['formatdate("HH AA", "2024-03-05T13:07:09Z")', '"01 PM"'],
      ['formatdate("Z ZZZ ZZZZ ZZZZZ", "2024-03-05T00:00:00+00:00")', '"Z UTC +0000 +00:00"'],
      ['formatdate("Z ZZZ ZZZZ ZZZZZ", "2024-03-05T00:00:00-08:30")', '"-08:30 -0830 -0830 -08:30"'],
      ['formatdate("h \'o\'\'clock\'", "2024-03-05T14:00:00Z")', '"14 o\'clock"'],
      ['formatdate("YYYY年\'\'", "2024-03-05T14:00:00Z")', '"2024年\'"'],
    ],
    'formatdate: failures': [
      ['formatdate("YYY", "2024-03-05T00:00:00Z")', /argument "format".*"YY", "YYYY"/],
      ['formatdate("T", "2024-03-05T00:00:00Z")', /argument "format".*single quotes/],
      ['formatdate("\'abc", "2024-03-05T00:00:00Z")', /argument "format".*no closing quote/],
      ['formatdate("YYYY", "2024-03-05")', /argument "timestamp".*capital "T"/],
      ['formatdate("YYYY", "2024-03-05t14:07:09Z")', /capital "T"/],
      ['formatdate("YYYY", "2024-03-05T4:07:09Z")', /hour must have two digits/],
      ['formatdate("YYYY", "2023-02-29T14:07:09Z")', /day of the month must be between 1 and 28/],
      ['formatdate("YYYY", "2024-03-05T23:59:60Z")', /second must be between/],
      ['formatdate("YYYY", "2024-03-05T14:07:09")', /end with "Z" or with an offset/],
      ['formatdate("YYYY", "2024-03-05T14:07:09+24:00")', /UTC offset/],
      ['formatdate("YYYY", "2024-03-05T14:07:09Zx")', /follows after its end/],
    ],
    timeadd: [
      ['timeadd("2024-02-28T23:00:00Z", "1h30m")', '"2024-02-29T00:30:00Z"', 'string'],
      ['timeadd("2024-03-01T00:00:00-05:00", "-24h")', '"2024-02-29T00:00:00-05:00"'],
      ['timeadd("2024-03-05T14:00:00+00:00", "1500ms")', '"2024-03-05T14:00:01Z"'],
      ['timeadd("2024-03-05T14:00:00.9Z", "100ms")', '"2024-03-05T14:00:01Z"'],
      ['timeadd("0001-01-01T00:00:00Z", "1000000us")', '"0001-01-01T00:00:01Z"'],
      ['timeadd("2024-03-05T14:00:00Z", "0")', '"2024-03-05T14:00:00Z"'],
      ['timeadd("2024-03-05T14:00:00Z", "1d")', /unknown unit "d"/],
      ['timeadd("2024-03-05T14:00:00Z", 10)', /lacks a unit/],
      ['timeadd("2024-03-05T14:00:00Z", "1h 30m")', /unknown unit "h "/],
      ['timeadd("2024-03-05T14:00:00Z", "")', /not a duration/],
      ['timeadd("2024-03-05T14:00:00Z", "9999999h")', /292 years/],
      ['timeadd("x", "1h")', /timeadd\(…\) failed: not a valid RFC 3339/],
    ],
    'timestamp, legacy_isotime, legacy_strftime': [
      ['timestamp()', '"2024-02-29T23:59:58Z"', 'string'],
      ['legacy_isotime()', '"2020-01-01T03:04:05Z"'],
      ['legacy_isotime("Monday, 02-Jan-06 15:04:05 MST")', '"Wednesday, 01-Jan-20 03:04:05 UTC"'],
      [
        'legacy_isotime("2006-01-02 03:04 PM pm .000 _2 __2 002 Z07:00 -0700")',
        '"2020-01-01 03:04 AM am .678  1   1 001 Z +0000"',
      ],
      ['legacy_isotime("20060102150405 Janet Month")', '"20200101030405 Janet Month"'],
      ['legacy_isotime("a", "b")', /at most one/],
      ['legacy_strftime()', '"2020-01-01T03:04:05Z"'],
      [
        'legacy_strftime("%Y-%m-%d %H:%M:%S%L %A %a %B %b %I%p %y %z %Z %% %q")',
        '"2020-01-01 03:04:05.678 Wednesday Wed January Jan 03AM 20 +0000 UTC % %q"',
      ],
    ],
    'rfc3339_parse, unix_timestamp_parse': [
      [
        'rfc3339_parse("2021-01-03T04:05:06+01:00")',
        '{"day":3,"hour":4,"iso_week":53,"iso_year":2020,"minute":5,"month":1,"month_name":"January","second":6,"unix":1609643106,"weekday":0,"weekday_name":"Sunday","year":2021,"year_day":3}',
      ],
      ['rfc3339_parse("x")', /argument "timestamp"/],
      ['rfc3339_parse(unknown).year', { unknown: 'number' }],
      [
        'unix_timestamp_parse(-1)',
        '{"day":31,"hour":23,"iso_week":1,"iso_year":1970,"minute":59,"month":12,"month_name":"December","rfc3339":"1969-12-31T23:59:59Z","second":59,"weekday":3,"weekday_name":"Wednesday","year":1969,"year_day":365}',
      ],
      ['unix_timestamp_parse(1.5)', /argument "unix_timestamp".*whole number/],
      ['unix_timestamp_parse(1e15)', /after the year 9999/],
    ],
  },
  context,
);
