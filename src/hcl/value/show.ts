import { isIdentifier } from '../syntax/characters.ts';
import type { BigFloat } from './big-float.ts';
import { numberText } from './big-float-text.ts';
import { SENSITIVE } from './marks.ts';
import { friendlyName } from './type-ops.ts';
import { UNKNOWN } from './value.ts';
import type { Value } from './value.ts';

/**
 * A value as an expression of the language, on one line: `{ name = "x", ports = [22, 80] }`. What is sensitive is written
 * as `(sensitive)` and what is unknown as `(unknown)`; without those the text evaluates to the value again, lists and sets
 * as tuples, maps as objects.
 */
export function valueText(value: Value): string {
  const { content } = value;
  if (value.marks.has(SENSITIVE)) return '(sensitive)';
  if (content === UNKNOWN) return '(unknown)';
  if (content === null) return 'null';
  switch (value.type.kind) {
    case 'string':
      return quoted(content as string);
    case 'number':
      return numberText(content as BigFloat);
    case 'bool':
      return String(content);
    case 'map':
    case 'object': {
      const entries = [...(content as ReadonlyMap<string, Value>)];
      if (entries.length === 0) return '{}';
      const items = entries.map(([key, child]) => `${keyText(key)} = ${valueText(child)}`);
      return `{ ${items.join(', ')} }`;
    }
    default:
      return `[${(content as readonly Value[]).map(valueText).join(', ')}]`;
  }
}

function keyText(key: string): string {
  // A first key called "for" would begin a for expression.
  return isIdentifier(key) && key !== 'for' ? key : quoted(key);
}

/** How much of a value a message shows. */
const LONGEST_SHOWN = 60;

/** More elements than this are only counted; their text would be longer than any message. */
const MOST_SHOWN = 30;

/**
 * A value for a message: as `valueText` if that is short, else what it is and how large. Nothing of a sensitive value, not
 * even its size.
 */
export function describeValue(value: Value, longest: number = LONGEST_SHOWN): string {
  const { content, type } = value;
  if (value.marks.has(SENSITIVE)) return '(sensitive)';
  if (content === UNKNOWN) return type.kind === 'dynamic' ? '(unknown)' : `(unknown ${friendlyName(type)})`;
  if (typeof content === 'string') {
    const text = quoted(content.slice(0, longest));
    return content.length <= longest && text.length <= longest + 2 ? text : `${text.slice(0, longest)}…"`;
  }
  if (content === null || typeof content !== 'object' || type.kind === 'number') {
    const text = valueText(value);
    return text.length <= longest ? text : `${text.slice(0, longest)}…`;
  }
  const size = content instanceof Map ? content.size : (content as readonly Value[]).length;
  if (size <= MOST_SHOWN) {
    const text = valueText(value);
    if (text.length <= longest) return text;
  }
  const noun = type.kind === 'object' ? 'attribute' : 'element';
  return `${friendlyName(type)} with ${size} ${noun}${size === 1 ? '' : 's'}`;
}

/** A quoted string of the language. */
export function quoted(text: string): string {
  const escaped = text.replace(/["\\\n\r\t]|[$%](?=\{)|[\u0000-\u001f\u007f]/g, (part) => {
    const escape = ESCAPES[part];
    if (escape !== undefined) return escape;
    if (part === '$' || part === '%') return part + part;
    return `\\u${part.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};
