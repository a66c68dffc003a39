import { asBool, asElements, asEntries, asNumber, asString } from './access.ts';
import { parseNumber, numberText } from './big-float-text.ts';
import {
  boolValue,
  listValue,
  mapValue,
  NULL,
  nullValue,
  numberValue,
  objectValue,
  setValue,
  stringValue,
  tupleValue,
} from './construct.ts';
import { compareStrings } from './order.ts';
import { typeToJson } from './type-ops.ts';
import type { TypeJson } from './type-ops.ts';
import type { Type } from './type.ts';
import { UNKNOWN } from './value.ts';
import type { Value } from './value.ts';

/** A number in JSON as it is written: a double would not hold it. */
export interface JsonNumber {
  readonly number: string;
}

/** JSON with its numbers as text. */
export type ExactJson =
  null | boolean | string | JsonNumber | readonly ExactJson[] | ReadonlyMap<string, ExactJson>;

/**
 * A value as JSON in cty's form: numbers in full, sets as arrays in their order, maps and objects with their keys in byte
 * order. With the type (`typeToJson`) it can be read back. No blanks.
 * @throws TypeError for a value that is unknown in whole or in part; marks are not looked at
 */
export function valueToJson(value: Value): string {
  if (value.content === null) return 'null';
  if (value.content === UNKNOWN) throw new TypeError('an unknown value has no JSON form');
  switch (value.type.kind) {
    case 'string':
      return JSON.stringify(asString(value));
    case 'number':
      return numberText(asNumber(value));
    case 'bool':
      return String(asBool(value));
    case 'map':
    case 'object': {
      const members = [...asEntries(value)].map(
        ([key, child]) => `${JSON.stringify(key)}:${valueToJson(child)}`,
      );
      return `{${members.join(',')}}`;
    }
    default:
      return `[${asElements(value).map(valueToJson).join(',')}]`;
  }
}

/** A value with its type, as `{"type":…,"value":…}`; an untyped null is just `null`. */
export function typedValueToJson(value: Value): string {
  if (value.content === null && value.type.kind === 'dynamic') return 'null';
  return `{"type":${typeJsonText(typeToJson(value.type))},"value":${valueToJson(value)}}`;
}

/** The JSON form of a type as text, with attribute names in byte order. */
export function typeJsonText(json: TypeJson): string {
  return JSON.stringify(json, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    // Names like "10" would go first in an object whatever the order of insertion; those are rare and do no harm.
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => compareStrings(a, b)));
  });
}

/**
 * Reads a value of a known type in cty's JSON form.
 * @throws TypeError if the JSON is not of that type
 */
export function valueFromJson(json: ExactJson, type: Type): Value {
  if (json === null) return nullValue(type);
  const wrong = (): TypeError => new TypeError(`JSON that is not a ${type.kind}: ${exactJsonText(json)}`);
  switch (type.kind) {
    case 'string':
      if (typeof json !== 'string') throw wrong();
      return stringValue(json);
    case 'bool':
      if (typeof json !== 'boolean') throw wrong();
      return boolValue(json);
    case 'number': {
      const number = isJsonNumber(json) ? parseNumber(json.number) : undefined;
      if (number === undefined) throw wrong();
      return numberValue(number);
    }
    case 'list':
    case 'set': {
      if (!isArray(json)) throw wrong();
      const elements = json.map((child) => valueFromJson(child, type.element));
      return type.kind === 'list' ? listValue(elements, type.element) : setValue(elements, type.element);
    }
    case 'tuple':
      if (!isArray(json) || json.length !== type.elements.length) throw wrong();
      return tupleValue(json.map((child, index) => valueFromJson(child, type.elements[index]!)));
    case 'map':
      if (!isMap(json)) throw wrong();
      return mapValue(
        mapEntries(json, (child) => valueFromJson(child, type.element)),
        type.element,
      );
    case 'object':
      if (!isMap(json) || json.size !== type.attributes.size) throw wrong();
      return objectValue(
        mapEntries(json, (child, name) => {
          const own = type.attributes.get(name);
          if (own === undefined) throw wrong();
          return valueFromJson(child, own);
        }),
      );
    case 'dynamic':
      return valueOfJson(json);
  }
}

/** The value that JSON stands for by itself: objects, tuples, strings, numbers, bools and null, as `jsondecode` has it. */
function valueOfJson(json: ExactJson): Value {
  if (json === null) return NULL;
  if (typeof json === 'string') return stringValue(json);
  if (typeof json === 'boolean') return boolValue(json);
  if (isArray(json)) return tupleValue(json.map(valueOfJson));
  if (isMap(json)) return objectValue(mapEntries(json, valueOfJson));
  const number = parseNumber(json.number);
  if (number === undefined) throw new TypeError(`not a number: ${json.number}`);
  return numberValue(number);
}

/** What JavaScript makes of JSON, for values that others use: numbers are the nearest doubles. */
export type PlainJson = null | boolean | string | number | PlainJson[] | { [key: string]: PlainJson };

/**
 * A value as plain JavaScript data; sets are arrays, and numbers become the nearest double.
 * @throws TypeError for a value that is unknown in whole or in part
 */
export function valueToPlain(value: Value): PlainJson {
  if (value.content === null) return null;
  if (value.content === UNKNOWN) throw new TypeError('an unknown value has no JSON form');
  switch (value.type.kind) {
    case 'string':
      return asString(value);
    case 'number':
      return asNumber(value).toNumber();
    case 'bool':
      return asBool(value);
    case 'map':
    case 'object': {
      const result: { [key: string]: PlainJson } = {};
      for (const [key, child] of asEntries(value)) {
        // A key such as "__proto__" must become a property like any other.
        Object.defineProperty(result, key, {
          value: valueToPlain(child),
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
      return result;
    }
    default:
      return asElements(value).map(valueToPlain);
  }
}

/** The value that plain JavaScript data stands for: objects and tuples, as from JSON. */
export function valueOfPlain(plain: unknown): Value {
  if (plain === null || plain === undefined) return NULL;
  if (typeof plain === 'string') return stringValue(plain);
  if (typeof plain === 'boolean') return boolValue(plain);
  if (typeof plain === 'number') {
    const number = parseNumber(String(plain));
    if (number === undefined) throw new TypeError(`not a number: ${plain}`);
    return numberValue(number);
  }
  if (typeof plain === 'bigint') return numberValue(plain);
  if (Array.isArray(plain)) return tupleValue(plain.map(valueOfPlain));
  if (typeof plain === 'object') {
    return objectValue(new Map(Object.entries(plain).map(([key, child]) => [key, valueOfPlain(child)])));
  }
  throw new TypeError(`no value of the language: ${typeof plain}`);
}

function isArray(json: ExactJson): json is readonly ExactJson[] {
  return Array.isArray(json);
}

function isMap(json: ExactJson): json is ReadonlyMap<string, ExactJson> {
  return json instanceof Map;
}

function isJsonNumber(json: ExactJson): json is JsonNumber {
  return typeof json === 'object' && json !== null && 'number' in json;
}

function mapEntries<T, U>(
  entries: ReadonlyMap<string, T>,
  change: (value: T, key: string) => U,
): Map<string, U> {
  return new Map([...entries].map(([key, value]) => [key, change(value, key)]));
}

/** JSON text of exact JSON, without blanks. */
function exactJsonText(json: ExactJson): string {
  if (isArray(json)) return `[${json.map(exactJsonText).join(',')}]`;
  if (isMap(json)) {
    return `{${[...json].map(([key, child]) => `${JSON.stringify(key)}:${exactJsonText(child)}`).join(',')}}`;
  }
  return isJsonNumber(json) ? json.number : JSON.stringify(json);
}
