import { formatGoLayout, formatRfc3339, formatStrftime } from './go-time.ts';
import { sprintf } from './printf.ts';
import { entry, isMap, isTrue, textOf } from './value.ts';
import type { Datum } from './value.ts';

/** A function for `{{ }}`. A piped value arrives as the last argument. Throws an Error with a sentence for wrong use. */
export interface TemplateFunction {
  /** Fewest and most arguments. */
  readonly arity: readonly [least: number, most: number];
  readonly call: (...values: Datum[]) => Datum;
}

export type TemplateFunctions = Readonly<Record<string, TemplateFunction>>;

/** All uses of one run agree on the time: the start of the process, as in Packer. */
// Not performance.timeOrigin: loading that module, and node:crypto, takes longer than checking a template.
const startTime = new Date(Date.now() - process.uptime() * 1000);

const make = (least: number, most: number, call: (...values: Datum[]) => Datum): TemplateFunction => ({
  arity: [least, most],
  call,
});

const text = (value: Datum): string => {
  if (typeof value === 'string') return value;
  throw new Error(`A string is needed where ${describe(value)} is given.`);
};

const integer = (value: Datum): number => {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new Error(`A whole number is needed where ${describe(value)} is given.`);
};

function describe(value: Datum): string {
  if (value === undefined || value === null) return 'a value that does not exist';
  return typeof value === 'string' ? JSON.stringify(value) : textOf(value);
}

/** The functions of Go's text/template. */
const goFunctions: TemplateFunctions = {
  and: make(1, Infinity, (...values) => firstOrLast(values, (value) => !isTrue(value))),
  or: make(1, Infinity, (...values) => firstOrLast(values, isTrue)),
  not: make(1, 1, (value) => !isTrue(value)),
  eq: make(2, Infinity, (first, ...others) => others.some((other) => isEqual(first, other))),
  ne: make(2, 2, (first, second) => !isEqual(first, second)),
  lt: make(2, 2, (first, second) => compare(first, second) < 0),
  le: make(2, 2, (first, second) => compare(first, second) <= 0),
  gt: make(2, 2, (first, second) => compare(first, second) > 0),
  ge: make(2, 2, (first, second) => compare(first, second) >= 0),
  len: make(1, 1, lengthOf),
  index: make(1, Infinity, (value, ...keys) => keys.reduce(elementAt, value)),
  slice: make(1, 4, sliceOf),
  print: make(0, Infinity, (...values) =>
    // Blanks stand between two values when neither is a string.
    values.reduce<string>((printed, value, at) => {
      const apart = at > 0 && typeof value !== 'string' && typeof values[at - 1] !== 'string';
      return printed + (apart ? ' ' : '') + textOf(value);
    }, ''),
  ),
  println: make(0, Infinity, (...values) => `${values.map(textOf).join(' ')}\n`),
  printf: make(1, Infinity, (format, ...values) => sprintf(text(format), values)),
  urlquery: make(1, Infinity, (...values) =>
    encodeURIComponent(values.map(textOf).join(''))
      .replaceAll('%20', '+')
      .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`),
  ),
};

/** The functions of Packer's templates that need to know nothing of the build. */
const packerFunctions: TemplateFunctions = {
  timestamp: make(0, 0, () => String(Math.floor(startTime.getTime() / 1000))),
  isotime: make(0, 1, (layout) =>
    layout === undefined ? formatRfc3339(startTime) : formatGoLayout(text(layout), startTime),
  ),
  strftime: make(1, 1, (format) => formatStrftime(text(format), startTime)),
  uuid: make(0, 0, timeOrderedUuid),
  // As Go's, letter by letter: "ß" has no single capital and stays, and the capital dotted I becomes a plain "i".
  upper: make(1, 1, (value) =>
    Array.from(text(value), (letter) => {
      const upper = Array.from(letter.toUpperCase());
      return upper.length === 1 ? upper[0] : letter;
    }).join(''),
  ),
  lower: make(1, 1, (value) => Array.from(text(value), (letter) => [...letter.toLowerCase()][0]).join('')),
  replace: make(4, 4, (old, replacement, count, value) =>
    replaceFirst(text(value), text(old), text(replacement), integer(count)),
  ),
  replace_all: make(3, 3, (old, replacement, value) =>
    text(value).replaceAll(text(old), () => text(replacement)),
  ),
  split: make(3, 3, (value, separator, at) => {
    const parts = text(value).split(text(separator));
    const part = parts[integer(at)];
    if (part === undefined) {
      throw new Error(
        `split finds ${parts.length} parts, so there is no part ${textOf(at)} (they count from 0).`,
      );
    }
    return part;
  }),
};

export const standardFunctions: TemplateFunctions = { ...goFunctions, ...packerFunctions };

/** What to write instead of a function that works elsewhere only. */
export const functionAdvice: Readonly<Record<string, string>> = {
  var: 'The value of a variable is written ${var.NAME} in HCL, and {{ user `NAME` }} in legacy JSON templates.',
  local: 'A local value is written ${local.NAME}.',
  user: 'It belongs to legacy JSON templates; in HCL write ${var.NAME}.',
  env: 'It belongs to the variables of legacy JSON templates; in HCL declare a variable with default = env("NAME") and write ${var.VARIABLE}.',
  build: 'It belongs to legacy JSON templates; in HCL write ${build.NAME}.',
  template_dir: 'It belongs to legacy JSON templates; in HCL write ${path.root}.',
  vault: 'It belongs to the variables of legacy JSON templates; in HCL set a variable from the environment.',
  consul_key:
    'It belongs to the variables of legacy JSON templates; in HCL set a variable from the environment.',
  aws_secretsmanager:
    'It belongs to the variables of legacy JSON templates; in HCL set a variable from the environment.',
  sed: 'Packer removed it; in HCL use regex_replace() in ${ }.',
  clean_resource_name:
    'It exists for the sources of clouds only; use replace_all or the HCL function regex_replace().',
};

function firstOrLast(values: readonly Datum[], decides: (value: Datum) => boolean): Datum {
  const at = values.findIndex(decides);
  return at === -1 ? values.at(-1) : values[at];
}

function isEqual(first: Datum, second: Datum): boolean {
  if (typeof first === 'object' && first !== null)
    throw new Error('Only plain values can be compared, not lists or maps.');
  if (first !== null && second !== null && first !== undefined && second !== undefined) {
    if (typeof first !== typeof second) {
      throw new Error(
        `${describe(first)} and ${describe(second)} are of different types and cannot be compared.`,
      );
    }
  }
  return (first ?? undefined) === (second ?? undefined);
}

function compare(first: Datum, second: Datum): number {
  if (typeof first === 'number' && typeof second === 'number') return first - second;
  if (typeof first === 'string' && typeof second === 'string') {
    return Buffer.compare(Buffer.from(first), Buffer.from(second));
  }
  throw new Error(
    `${describe(first)} and ${describe(second)} have no order: two numbers or two strings are needed.`,
  );
}

function lengthOf(value: Datum): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  throw new Error(`len needs a string, a list or a map, not ${describe(value)}.`);
}

function elementAt(value: Datum, key: Datum): Datum {
  if (isMap(value)) return entry(value, text(key));
  if (typeof value === 'string' || Array.isArray(value)) {
    const elements: readonly Datum[] = typeof value === 'string' ? [...Buffer.from(value)] : value;
    const at = integer(key);
    if (at >= 0 && at < elements.length) return elements[at];
    throw new Error(`index ${at} is out of range: there are ${elements.length} elements, from 0.`);
  }
  throw new Error(`index needs a list or a map, not ${describe(value)}.`);
}

function sliceOf(value: Datum, ...bounds: Datum[]): Datum {
  if (typeof value !== 'string' && !Array.isArray(value)) {
    throw new Error(`slice needs a string or a list, not ${describe(value)}.`);
  }
  const elements: Buffer | Datum[] = typeof value === 'string' ? Buffer.from(value) : [...(value as Datum[])];
  const [start = 0, end = elements.length] = bounds.map(integer);
  if (start < 0 || end > elements.length || start > end) {
    throw new Error(`slice ${start} ${end} is out of range: there are ${elements.length} elements.`);
  }
  return Buffer.isBuffer(elements)
    ? elements.subarray(start, end).toString('utf8')
    : elements.slice(start, end);
}

/** Go's strings.Replace: a negative count means all. */
function replaceFirst(value: string, old: string, replacement: string, count: number): string {
  const parts = value.split(old);
  if (count < 0) return parts.join(replacement);
  const head = parts.slice(0, count + 1).join(replacement);
  return [head, ...parts.slice(count + 1)].join(old);
}

/** As Packer's: the time in seconds first, the rest random. */
function timeOrderedUuid(): string {
  const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(16)));
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000), 0);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
