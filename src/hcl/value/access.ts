import type { BigFloat } from './big-float.ts';
import { numberValue, stringValue } from './construct.ts';
import { measure } from './measure.ts';
import { UNKNOWN } from './value.ts';
import type { Value } from './value.ts';

/** False for an unknown value; parts of a known one may be unknown. */
export function isKnown(value: Value): boolean {
  return value.content !== UNKNOWN;
}

export function isNull(value: Value): boolean {
  return value.content === null;
}

/** True if neither the value nor anything in it is unknown. */
export function isWhollyKnown(value: Value): boolean {
  return measure(value).isWhollyKnown;
}

function mismatch(value: Value, wanted: string): TypeError {
  const state = value.content === null ? 'null ' : value.content === UNKNOWN ? 'unknown ' : '';
  return new TypeError(`expected a known ${wanted}, got ${state}${value.type.kind}`);
}

/** The text of a string. @throws TypeError for another value */
export function asString(value: Value): string {
  if (typeof value.content !== 'string') throw mismatch(value, 'string');
  return value.content;
}

/** The number of a number. @throws TypeError for another value */
export function asNumber(value: Value): BigFloat {
  if (value.type.kind !== 'number' || value.content === null || value.content === UNKNOWN) {
    throw mismatch(value, 'number');
  }
  return value.content as BigFloat;
}

/** The truth of a bool. @throws TypeError for another value */
export function asBool(value: Value): boolean {
  if (typeof value.content !== 'boolean') throw mismatch(value, 'bool');
  return value.content;
}

/**
 * The elements of a list, set or tuple, or of a map or object in the order of its keys.
 * @throws TypeError for another value
 */
export function asElements(value: Value): readonly Value[] {
  if (Array.isArray(value.content)) return value.content as readonly Value[];
  if (value.content instanceof Map) return [...(value.content as ReadonlyMap<string, Value>).values()];
  throw mismatch(value, 'collection');
}

/** The entries of a map or object, in byte order of their keys. @throws TypeError for another value */
export function asEntries(value: Value): ReadonlyMap<string, Value> {
  if (!(value.content instanceof Map)) throw mismatch(value, 'map or object');
  return value.content as ReadonlyMap<string, Value>;
}

/** True for values of a type that `for` and `[*]` can go through. */
export function canIterate(value: Value): boolean {
  switch (value.type.kind) {
    case 'list':
    case 'set':
    case 'map':
    case 'tuple':
    case 'object':
      return true;
    default:
      return false;
  }
}

/**
 * Key and value of each element: index (of 64 bits) and element of lists and tuples, name and element of maps and
 * objects, the element twice for sets.
 * @throws TypeError for values that are unknown, null, or not iterable
 */
export function* iterate(value: Value): Generator<[key: Value, value: Value]> {
  if (value.content instanceof Map) {
    for (const [key, child] of value.content as ReadonlyMap<string, Value>) yield [stringValue(key), child];
    return;
  }
  const elements = asElements(value);
  if (value.type.kind === 'set') {
    for (const element of elements) yield [element, element];
    return;
  }
  for (const [index, element] of elements.entries()) yield [numberValue(index), element];
}
