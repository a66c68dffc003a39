import type { Datum } from './value.ts';
import { textOf } from './value.ts';

const VERB = /%([-+# 0]*)(\d+)?(?:\.(\d+))?([\s\S]?)/g;

/** Go's fmt.Sprintf for the values that templates have: verbs %v %s %q %d %x %X %o %b %c %t %f %e %g %%. */
export function sprintf(format: string, values: readonly Datum[]): string {
  let next = 0;
  const text = format.replace(VERB, (whole: string, flags: string, width, precision, verb: string) => {
    if (verb === '%') return '%';
    if (verb === '') return '%!(NOVERB)';
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const value = values[next++];
    const digits = precision === undefined ? undefined : Number(precision);
    return padded(convert(verb, value, flags, digits), flags, Number(width ?? 0), typeof value === 'number');
  });
  const extra = values.slice(next).map((value) => `${goType(value)}=${textOf(value)}`);
  return extra.length > 0 ? `${text}%!(EXTRA ${extra.join(', ')})` : text;
}

function convert(verb: string, value: Datum, flags: string, precision: number | undefined): string {
  const sign = (text: string) => (flags.includes('+') && !text.startsWith('-') ? `+${text}` : text);
  if (verb === 'v') return typeof value === 'number' ? sign(String(value)) : textOf(value);
  if (verb === 't' && typeof value === 'boolean') return String(value);
  if (verb === 's' && typeof value === 'string') return truncate(value, precision);
  if (verb === 'q' && typeof value === 'string') return JSON.stringify(truncate(value, precision));
  if ((verb === 'x' || verb === 'X') && typeof value === 'string') {
    const hex = Buffer.from(value, 'utf8').toString('hex');
    return verb === 'x' ? hex : hex.toUpperCase();
  }
  if (typeof value === 'number') {
    if (verb === 'c') return String.fromCodePoint(value);
    const radix = { d: 10, x: 16, X: 16, o: 8, b: 2 }[verb];
    if (radix !== undefined && Number.isInteger(value)) {
      const digits = Math.abs(value).toString(radix);
      return sign((value < 0 ? '-' : '') + (verb === 'X' ? digits.toUpperCase() : digits));
    }
    if (verb === 'f' || verb === 'F') return sign(value.toFixed(precision ?? 6));
    if (verb === 'e') return sign(value.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2'));
    if (verb === 'g') return sign(String(precision ? Number(value.toPrecision(precision)) : value));
  }
  if (verb === 's' && value !== null && typeof value === 'object') return textOf(value);
  return `%!${verb}(${goType(value)}=${textOf(value)})`;
}

function truncate(text: string, precision: number | undefined): string {
  return precision === undefined ? text : [...text].slice(0, precision).join('');
}

function padded(text: string, flags: string, width: number, isNumber: boolean): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0') || !isNumber) return ' '.repeat(missing) + text;
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

function goType(value: Datum): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}
