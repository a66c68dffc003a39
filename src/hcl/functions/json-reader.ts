import { asElements, asEntries, asString, isNull } from '../value/access.ts';
import { parseNumber } from '../value/big-float-text.ts';
import { boolValue, NULL, numberValue, objectValue, stringValue, tupleValue } from '../value/construct.ts';
import { normalized } from '../value/normalized.ts';
import { isPrimitive } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';

/** The beginning of a string, or a number. */
const SCALAR = /"|-?\d[\d.eE+-]*/g;

/** Deeper nesting than this is an error instead of an exhausted stack. */
const DEEPEST_NESTING = 2000;

/**
 * Reads JSON into a value: objects, tuples, and exact numbers.
 * @throws Error telling the place of a mistake, but nothing of the text, which may be secret
 */
export function parseJson(text: string): Value {
  checkSyntax(text);
  // JSON.parse makes doubles of numbers, and keeps the last only of several equal keys. So numbers are given to it as
  // strings that say what they are, and all strings, keys among them, are made different.
  return toValue(JSON.parse(tagScalars(text)), 0);
}

function tagScalars(text: string): string {
  const parts: string[] = [];
  let count = 0;
  let done = 0;
  for (const { 0: scalar, index } of text.matchAll(SCALAR)) {
    // Inside of a string.
    if (index < done) continue;
    parts.push(text.slice(done, index));
    done = scalar === '"' ? stringEnd(text, index) : index + scalar.length;
    parts.push(scalar === '"' ? `"s${count++}:${text.slice(index + 1, done)}` : `"n${scalar}"`);
  }
  parts.push(text.slice(done));
  return parts.join('');
}

/** Where the string that starts at an offset ends. A pattern for all of it exhausts the stack of the engine on long ones. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let escapes = quote;
    while (text.charAt(escapes - 1) === '\\') escapes -= 1;
    if ((quote - escapes) % 2 === 0) return quote + 1;
  }
}

function checkSyntax(text: string): void {
  if (isJsonBeginning(text, true)) return;
  if (isJsonBeginning(text, false)) throw new Error('the JSON ends too early');
  // The mistake is at the end of the shortest beginning that no text can complete to valid JSON.
  let [valid, invalid] = [0, text.length];
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isJsonBeginning(text.slice(0, middle), false)) valid = middle;
    else invalid = middle;
  }
  const lines = text.slice(0, valid).split('\n');
  throw new Error(`the text is not valid JSON at line ${lines.length}, column ${lines.at(-1)!.length + 1}`);
}

/** True if the text is valid JSON or, unless it has to be complete, the beginning of such a text. */
function isJsonBeginning(text: string, complete: boolean): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (complete) return false;
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message)?.[1];
    return /end of JSON|Unterminated string/.test(message) || Number(position) === text.length;
  }
}

function toValue(json: unknown, depth: number): Value {
  if (depth > DEEPEST_NESTING) throw new Error(`the JSON is nested deeper than ${DEEPEST_NESTING} levels`);
  if (json === null) return NULL;
  if (typeof json === 'boolean') return boolValue(json);
  if (typeof json === 'string') {
    if (json.startsWith('s')) return stringValue(untagged(json));
    const number = parseNumber(json.slice(1));
    if (number === undefined) throw new Error('a number is too large');
    return numberValue(number);
  }
  if (Array.isArray(json)) return tupleValue(json.map((element) => toValue(element, depth + 1)));
  return toObject(json as Record<string, unknown>, depth);
}

function toObject(json: Record<string, unknown>, depth: number): Value {
  const attributes = new Map<string, Value>();
  const replaced: (readonly [key: string, value: Value])[] = [];
  for (const [tagged, member] of Object.entries(json)) {
    const key = untagged(tagged);
    // Attribute names are in this form, and Packer does not find any other among them.
    if (normalized(key) !== key) throw new Error('a key of the JSON is not in Unicode normalization form C');
    const earlier = attributes.get(key);
    if (earlier !== undefined) replaced.push([key, earlier]);
    attributes.set(key, toValue(member, depth + 1));
  }
  // Of equal keys the last one counts; but Packer reads all of them as what the last one is.
  if (!replaced.every(([key, earlier]) => reads(earlier, attributes.get(key)!.type))) {
    throw new Error(
      'a key occurs several times in an object of the JSON, with values that do not go together',
    );
  }
  return objectValue(attributes);
}

/** True if JSON that means `value` can be read as a value of the type. */
function reads(value: Value, type: Type): boolean {
  const { kind } = value.type;
  if (isNull(value)) return true;
  switch (type.kind) {
    case 'string':
      return isPrimitive(value.type);
    case 'number':
      return kind === 'number' || (kind === 'string' && parseNumber(asString(value)) !== undefined);
    case 'bool':
      return kind === 'bool' || (kind === 'string' && /^(?:true|false|1|0)$/.test(asString(value)));
    case 'tuple':
      return (
        kind === 'tuple' &&
        asElements(value).length === type.elements.length &&
        asElements(value).every((element, index) => reads(element, type.elements[index]!))
      );
    case 'object':
      return (
        kind === 'object' &&
        Array.from(asEntries(value)).every(([name, member]) => {
          const wanted = type.attributes.get(name);
          return wanted !== undefined && reads(member, wanted);
        })
      );
    default:
      return false;
  }
}

/** The text of a tagged string. Halves of surrogate pairs, which escapes can make, become U+FFFD. */
function untagged(tagged: string): string {
  return Buffer.from(tagged.slice(tagged.indexOf(':') + 1)).toString();
}
