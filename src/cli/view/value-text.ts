import type { Value } from '../../hcl/value/value.ts';
import { formatDouble } from '../../hcl/value/big-float-text.ts';
import { BigFloat } from '../../hcl/value/big-float.ts';
import { UNKNOWN } from '../../hcl/value/value.ts';

/** Whole numbers beyond this are shown as floats. */
const MAX_INT64 = 2 ** 63;

/**
 * A value as Packer's console prints it: a string as it is, collections with one element per line, null attributes left out,
 * numbers as 64-bit integers or floats.
 */
export function valueText(value: Value): string {
  return typeof value.content === 'string' && value.marks.size === 0 ? value.content : nested(value, '');
}

/** The same for a place inside another text: a string in quotes. */
export function quotedValueText(value: Value): string {
  const text = valueText(value);
  return JSON.stringify(text);
}

function nested(value: Value, indent: string): string {
  const { content } = value;
  if (value.marks.has('sensitive')) return '<sensitive>';
  if (content === UNKNOWN) return '<unknown>';
  if (content === null) return 'null';
  if (typeof content === 'string') return JSON.stringify(content);
  if (typeof content === 'boolean') return String(content);
  if (content instanceof BigFloat) return numberText(content);
  const inner = `${indent}  `;
  if (content instanceof Map) {
    const entries = [...(content as ReadonlyMap<string, Value>)].filter(([, item]) => item.content !== null);
    if (entries.length === 0) return '{}';
    const lines = entries.map(([key, item]) => `${inner}${JSON.stringify(key)} = ${nested(item, inner)}\n`);
    return `{\n${lines.join('')}${indent}}`;
  }
  const items = content as readonly Value[];
  if (items.length === 0) return '[]';
  return `[\n${items.map((item) => `${inner}${nested(item, inner)},\n`).join('')}${indent}]`;
}

function numberText(number: BigFloat): string {
  const double = number.toNumber();
  if (number.isInteger && Math.abs(double) <= MAX_INT64) {
    const integer = number.toBigInt();
    if (integer >= -(2n ** 63n) && integer < 2n ** 63n) return String(integer);
  }
  return formatDouble(double);
}
