import { asString, isKnown, isWhollyKnown } from '../value/access.ts';
import { parseNumber } from '../value/big-float-text.ts';
import {
  boolValue,
  NULL,
  numberValue,
  objectValue,
  stringValue,
  tupleValue,
  unknownValue,
} from '../value/construct.ts';
import { DYNAMIC, STRING } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { attempt, defineFunction, nested, parameter } from './define.ts';
import { jsonText } from './json-text.ts';
import type { FunctionSpec } from './spec.ts';

/** Strings and numbers, the parts of JSON that JSON.parse is told apart by here. */
const SCALARS = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** Deeper nesting than this is an error instead of an exhausted stack. */
const DEEPEST_NESTING = 2000;

/**
 * Reads JSON into a value: objects, tuples, and exact numbers.
 * @throws Error telling the place of a mistake, but nothing of the text, which may be secret
 */
export function parseJson(text: string): Value {
  checkSyntax(text);
  // JSON.parse makes doubles of numbers. So they are given to it as strings that say what they are.
  const tagged = text.replace(SCALARS, (scalar) =>
    scalar.startsWith('"') ? `"s${scalar.slice(1)}` : `"n${scalar}"`,
  );
  return toValue(JSON.parse(tagged), 0);
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
    if (json.startsWith('s')) return stringValue(wellFormed(json.slice(1)));
    const number = parseNumber(json.slice(1));
    if (number === undefined) throw new Error('a number is too large');
    return numberValue(number);
  }
  if (Array.isArray(json)) return tupleValue(json.map((element) => toValue(element, depth + 1)));
  const entries = Object.entries(json as Record<string, unknown>).map(([tagged, value]) => {
    const key = wellFormed(tagged.slice(1));
    // Attribute names are in this form, and Packer does not find any other among them.
    if (key.normalize('NFC') !== key)
      throw new Error('a key of the JSON is not in Unicode normalization form C');
    return [key, toValue(value, depth + 1)] as const;
  });
  return objectValue(new Map(entries));
}

/** Halves of surrogate pairs, which escapes can make, become U+FFFD. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

const jsondecode = defineFunction({
  name: 'jsondecode',
  description: 'Reads a string as JSON. Objects become objects and arrays tuples; numbers are exact.',
  parameters: [parameter('str', STRING, 'The JSON text.')],
  result: ([text]) => (isKnown(text!) ? attempt(() => parseJson(asString(text!))).type : DYNAMIC),
  call: ([text]) => attempt(() => parseJson(asString(text!))),
});

const jsonencode = defineFunction({
  name: 'jsonencode',
  description: 'Writes a value as JSON, without blanks and with the keys in order.',
  parameters: [
    parameter('val', DYNAMIC, 'Any value.', { allowUnknown: true, allowDynamic: true, allowNull: true }),
  ],
  result: STRING,
  call: ([value]) => {
    if (!isWhollyKnown(value!)) return unknownValue(STRING);
    return stringValue(nested(() => jsonText(value!)));
  },
});

/** Functions that read and write JSON. */
export const jsonFunctions: readonly FunctionSpec[] = [jsondecode, jsonencode];
