import { BigFloat, LITERAL_PRECISION } from './big-float.ts';
import { formatNumber } from './big-float-text.ts';
import { DistinctValues } from './distinct.ts';
import { allMarks, marksDeep, NO_MARKS, unmarkDeep } from './marks.ts';
import type { Marks } from './marks.ts';
import { normalized } from './normalized.ts';
import { compareStrings, sortedByKey } from './order.ts';
import {
  BOOL,
  DYNAMIC,
  isPrimitive,
  listType,
  mapType,
  NUMBER,
  objectType,
  setType,
  STRING,
  tupleType,
} from './type.ts';
import type { Type } from './type.ts';
import { friendlyName, typeEquals, withoutOptional } from './type-ops.ts';
import { UNKNOWN } from './value.ts';
import type { Content, Value } from './value.ts';

export {
  isSensitive,
  markDeepContains,
  marksDeep,
  NO_MARKS,
  SENSITIVE,
  sensitive,
  unionMarks,
  unmark,
  unmarkDeep,
  withMarks,
} from './marks.ts';

function make(type: Type, content: Content, marks: Marks = NO_MARKS): Value {
  return { type, content, marks };
}

export const TRUE: Value = make(BOOL, true);
export const FALSE: Value = make(BOOL, false);
/** The null that fits every type. */
export const NULL: Value = make(DYNAMIC, null);
/** A value of which nothing is known, not even its type. */
export const DYNAMIC_UNKNOWN: Value = make(DYNAMIC, UNKNOWN);

/** A string, normalised to NFC. */
export function stringValue(text: string): Value {
  return make(STRING, normalized(text));
}

/** A number: a BigFloat as it is; a JavaScript integer or bigint with 64 bits of precision, another double with 53. */
export function numberValue(value: BigFloat | number | bigint): Value {
  if (typeof value === 'object') return make(NUMBER, value);
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    return make(NUMBER, BigFloat.fromInteger(value));
  }
  return make(NUMBER, BigFloat.fromDouble(value));
}

/** A whole number with the precision of a literal. */
export function literalNumber(value: number | bigint): Value {
  return make(NUMBER, BigFloat.fromInteger(value, LITERAL_PRECISION));
}

export function boolValue(value: boolean): Value {
  return value ? TRUE : FALSE;
}

export function nullValue(type: Type = DYNAMIC): Value {
  return type.kind === 'dynamic' ? NULL : make(withoutOptional(type), null);
}

export function unknownValue(type: Type = DYNAMIC): Value {
  return type.kind === 'dynamic' ? DYNAMIC_UNKNOWN : make(withoutOptional(type), UNKNOWN);
}

/**
 * The common type of elements that are of one type already; a `dynamic` element (a null or unknown of no type) fits all.
 * @throws TypeError when they are not: the caller should have converted them
 */
function elementType(values: Iterable<Value>, given: Type | undefined): Type {
  let type = given ?? DYNAMIC;
  for (const value of values) {
    if (type.kind === 'dynamic') type = value.type;
    else if (type !== value.type && value.type.kind !== 'dynamic' && !typeEquals(type, value.type)) {
      throw new TypeError(
        `elements of different types: ${friendlyName(type)} and ${friendlyName(value.type)}`,
      );
    }
  }
  return type;
}

/** Gives a null or unknown of no type the type of its fellows. */
function adopt(value: Value, type: Type): Value {
  if (value.type.kind !== 'dynamic' || type.kind === 'dynamic') return value;
  return make(type, value.content, value.marks);
}

/**
 * A list. The type of its elements is theirs unless given; an empty list without one is of `dynamic`.
 * @throws TypeError if the elements are not of one type
 */
export function listValue(elements: readonly Value[], element?: Type): Value {
  const type = elementType(elements, element);
  return make(
    listType(type),
    elements.map((value) => adopt(value, type)),
  );
}

/**
 * A set: without duplicates, in cty's order (numbers ascending, strings by bytes, false first, nulls and then unknown
 * ones last). Marks of elements go to the set, whose elements cannot have any.
 * @throws TypeError if the elements are not of one type
 */
export function setValue(elements: readonly Value[], element?: Type): Value {
  const type = elementType(elements, element);
  const marks = allMarks(elements.map(marksDeep));
  const distinct = new DistinctValues();
  const unique = elements
    .map((marked) => unmarkDeep(adopt(marked, type))[0])
    .filter((value) => distinct.add(value));
  return make(
    setType(type),
    isPrimitive(type) ? unique.sort(comparePrimitives) : sortedByText(unique),
    marks,
  );
}

/** Nulls go last, and before them what is unknown. */
function rankOf({ content }: Value): number {
  return content === null ? 2 : content === UNKNOWN ? 1 : 0;
}

function comparePrimitives(a: Value, b: Value): number {
  const ranks = rankOf(a) - rankOf(b);
  if (ranks !== 0 || rankOf(a) !== 0) return ranks;
  if (typeof a.content === 'string') return compareStrings(a.content, b.content as string);
  if (typeof a.content === 'boolean') return Number(a.content) - Number(b.content);
  return (a.content as BigFloat).compare(b.content as BigFloat);
}

/** Values that have no order of their own are in that of their texts in cty. */
function sortedByText(values: readonly Value[]): Value[] {
  return values
    .map((value) => ({ value, rank: rankOf(value), text: orderText(value) }))
    .sort((a, b) => a.rank - b.rank || (a.rank === 0 ? compareStrings(a.text, b.text) : 0))
    .map(({ value }) => value);
}

/** The text of a value that cty sorts the elements of sets by. Numbers are rounded in it. */
function orderText(value: Value): string {
  const { type, content } = value;
  if (content === UNKNOWN) return '?';
  if (content === null) return '~';
  switch (type.kind) {
    case 'number':
      return formatNumber(content as BigFloat, 'g', 10);
    case 'bool':
      return content === true ? 'T' : 'F';
    case 'string':
      return JSON.stringify(content);
    case 'map': {
      const entries = [...(content as ReadonlyMap<string, Value>)];
      return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${orderText(child)};`).join('')}}`;
    }
    case 'object':
      return `<${[...(content as ReadonlyMap<string, Value>).values()].map((child) => `${orderText(child)};`).join('')}>`;
    case 'tuple':
      return `<${(content as readonly Value[]).map((child) => `${orderText(child)};`).join('')}>`;
    default:
      return `[${(content as readonly Value[]).map((child) => `${orderText(child)};`).join('')}]`;
  }
}

/**
 * A map, in byte order of its keys, which are normalised to NFC.
 * @throws TypeError if the elements are not of one type
 */
export function mapValue(entries: ReadonlyMap<string, Value>, element?: Type): Value {
  const type = elementType(entries.values(), element);
  const content = new Map<string, Value>();
  for (const [key, value] of sortedByKey(normalizedKeys(entries))) content.set(key, adopt(value, type));
  return make(mapType(type), content);
}

export function tupleValue(elements: readonly Value[]): Value {
  return make(tupleType(elements.map((element) => element.type)), elements);
}

/** An object, in byte order of its attribute names, which are normalised to NFC. */
export function objectValue(attributes: ReadonlyMap<string, Value>): Value {
  const content = sortedByKey(normalizedKeys(attributes));
  const types = new Map<string, Type>();
  for (const [name, value] of content) types.set(name, value.type);
  return make(objectType(types), content);
}

function normalizedKeys(entries: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  for (const key of entries.keys()) {
    if (normalized(key) !== key) {
      return new Map([...entries].map(([name, value]) => [normalized(name), value]));
    }
  }
  return entries;
}
