import { asBool, asElements, asEntries, asNumber, asString, isNull } from '../value/access.ts';
import { numberText } from '../value/big-float-text.ts';
import type { Value } from '../value/value.ts';
import { FunctionError } from './spec.ts';

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** A JSON string as Go's encoding/json writes it: also `<`, `>` and `&` escaped, and the separators U+2028 and U+2029. */
export function jsonString(text: string): string {
  const body = text.replace(
    /[\x00-\x1f"\\<>&\u2028\u2029]/g,
    (char) => ESCAPES.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `"${body}"`;
}

/**
 * A value as JSON without blanks: keys in byte order, numbers in full without exponents, sets as arrays.
 * @param value a wholly known value without marks
 * @throws FunctionError for an infinite number
 */
export function jsonText(value: Value): string {
  if (isNull(value)) return 'null';
  switch (value.type.kind) {
    case 'string':
      return jsonString(asString(value));
    case 'bool':
      return String(asBool(value));
    case 'number':
      if (asNumber(value).isInfinite) throw new FunctionError('JSON has no infinite numbers');
      return numberText(asNumber(value));
    case 'map':
    case 'object': {
      const entries = [...asEntries(value)].map(([key, child]) => `${jsonString(key)}:${jsonText(child)}`);
      return `{${entries.join(',')}}`;
    }
    default:
      return `[${asElements(value).map(jsonText).join(',')}]`;
  }
}
