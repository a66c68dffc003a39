import {
  listValue,
  mapValue,
  nullValue,
  objectValue,
  setValue,
  tupleValue,
  unknownValue,
} from './construct.ts';
import { ConversionError } from './conversion-error.ts';
import { primitiveConversion } from './convert-primitive.ts';
import type { Conversion } from './convert-primitive.ts';
import { unmark, withMarks } from './marks.ts';
import { fillDynamic } from './fill-dynamic.ts';
import { LARGEST_VALUE, measure } from './measure.ts';
import { mismatchMessage } from './mismatch.ts';
import { DYNAMIC, isCollection, isPrimitive, listType } from './type.ts';
import type { ObjectType, Type } from './type.ts';
import { typeEquals, withoutOptional } from './type-ops.ts';
import { unifyTypes } from './unify-types.ts';
import { UNKNOWN } from './value.ts';
import type { Value } from './value.ts';

export { ConversionError } from './conversion-error.ts';

/**
 * Converts a value to a type by cty's rules: number and bool to string; string to number or bool where the text says
 * one; between list, set and tuple; between map and object; structures member by member. `dynamic` leaves a value as it
 * is, and a list, set or map of it finds the one type that fits all elements. Object types may have optional attributes,
 * which get their default, or null, where they are absent. Null and unknown convert to everything; marks are kept.
 * @throws ConversionError
 */
export function convert(value: Value, wanted: Type): Value {
  if (wanted.kind === 'dynamic') return value;
  if (measure(value).size > LARGEST_VALUE)
    throw new ConversionError('the value is too large to be converted');
  if (typeEquals(value.type, wanted) && !hasDefaults(wanted)) return value;
  const conversion = findConversion(value.type, wanted, true);
  if (conversion === undefined) {
    throw new ConversionError(mismatchMessage(value.type, wanted, isConvertible));
  }
  return apply(conversion, value, wanted);
}

/** True if values of the type can be converted, as far as their type tells: "x" is a string that is no number. */
export function isConvertible(from: Type, to: Type): boolean {
  return findConversion(from, to, true) !== undefined;
}

/** True if every value of the type can be converted and nothing of it gets lost. */
function isSafelyConvertible(from: Type, to: Type): boolean {
  return findConversion(from, to, false) !== undefined;
}

/** The type that all the types can be converted to (see `unifyTypes`), or undefined. */
export function unify(types: readonly Type[]): Type | undefined {
  return unifyTypes(types, isConvertible);
}

/** As `unify`, but with safe conversions only. */
export function unifySafely(types: readonly Type[]): Type | undefined {
  return unifyTypes(types, isSafelyConvertible);
}

function apply(conversion: Conversion, marked: Value, wanted: Type): Value {
  if (wanted.kind === 'dynamic') return marked;
  const [value, marks] = unmark(marked);
  if (value.content === UNKNOWN) {
    return withMarks(unknownValue(fillDynamic(value.type, withoutOptional(wanted), unify)), marks);
  }
  if (value.content === null) {
    return withMarks(nullValue(fillDynamic(value.type, withoutOptional(wanted), unify)), marks);
  }
  return withMarks(conversion(value), marks);
}

function findConversion(from: Type, to: Type, unsafe: boolean): Conversion | undefined {
  if (to.kind === 'dynamic') return (value) => value;
  // A value of this type can only be null or unknown, which `apply` deals with.
  if (unsafe && from.kind === 'dynamic') return (value) => convert(value, to);
  if (isPrimitive(from) && isPrimitive(to)) return primitiveConversion(from, to, unsafe);
  switch (to.kind) {
    case 'object':
      if (from.kind === 'object') return objectConversion(from, to, unsafe);
      if (from.kind === 'map' && unsafe) return mapToObject(from.element, to);
      return undefined;
    case 'tuple':
      return from.kind === 'tuple' ? tupleConversion(from.elements, to.elements, unsafe) : undefined;
    case 'list':
    case 'set':
      if (from.kind === 'tuple') return tupleToSequence(from.elements, to, unsafe);
      if (from.kind === 'set') return sequenceConversion(from.element, to, unsafe);
      // A list that becomes a set loses its order and what it has twice.
      if (from.kind === 'list' && (to.kind === 'list' || unsafe)) {
        return sequenceConversion(from.element, to, unsafe);
      }
      return undefined;
    case 'map':
      if (from.kind === 'map') return mapConversion(from.element, to.element, unsafe);
      if (from.kind === 'object') return objectToMap(from, to.element, unsafe);
      return undefined;
    default:
      return undefined;
  }
}

/** A conversion of elements: one that does nothing for equal types; undefined if there is none. */
function memberConversion(from: Type, to: Type, unsafe: boolean): Conversion | undefined {
  if (typeEquals(from, to) && !hasDefaults(to)) return (value) => value;
  const conversion = findConversion(from, to, unsafe);
  return conversion && ((value) => apply(conversion, value, to));
}

/** Runs a member's conversion, so that an error tells the place. */
function at(step: string, conversion: Conversion, value: Value): Value {
  try {
    return conversion(value);
  } catch (error) {
    throw error instanceof ConversionError ? error.within(step) : error;
  }
}

function objectConversion(from: ObjectType, to: ObjectType, unsafe: boolean): Conversion | undefined {
  const members = new Map<string, Conversion>();
  for (const [name, wanted] of to.attributes) {
    const own = from.attributes.get(name);
    if (own === undefined) {
      if (to.optional?.has(name) === true) continue;
      return undefined;
    }
    const conversion = memberConversion(own, wanted, unsafe);
    if (conversion === undefined) return undefined;
    members.set(name, conversion);
  }
  return (value) => {
    const own = value.content as ReadonlyMap<string, Value>;
    const attributes = new Map<string, Value>();
    for (const name of to.attributes.keys()) {
      const conversion = members.get(name);
      const member = own.get(name);
      attributes.set(
        name,
        conversion === undefined || member === undefined || (member.content === null && hasDefault(to, name))
          ? absentAttribute(to, name)
          : at(`.${name}`, conversion, member),
      );
    }
    return objectValue(attributes);
  };
}

function hasDefault(type: ObjectType, name: string): boolean {
  return type.optional?.get(name) !== undefined;
}

/** What an optional attribute is when it is not given: its default, itself converted, or null. */
function absentAttribute(type: ObjectType, name: string): Value {
  const wanted = type.attributes.get(name)!;
  const fallback = type.optional?.get(name);
  return fallback === undefined ? nullValue(wanted) : convert(fallback, wanted);
}

/** True if converting to the type may do more than its equality with the value's own type tells. */
function hasDefaults(type: Type): boolean {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return hasDefaults(type.element);
    case 'tuple':
      return type.elements.some(hasDefaults);
    case 'object':
      return type.optional !== undefined || [...type.attributes.values()].some(hasDefaults);
    default:
      return false;
  }
}

function mapToObject(element: Type, to: ObjectType): Conversion | undefined {
  const members = new Map<string, Conversion>();
  for (const [name, wanted] of to.attributes) {
    const conversion = memberConversion(element, wanted, true);
    // An optional attribute that could not take the map's elements is no obstacle while the map has no such key.
    if (conversion !== undefined) members.set(name, conversion);
    else if (to.optional?.has(name) !== true) return undefined;
  }
  return (value) => {
    const own = value.content as ReadonlyMap<string, Value>;
    const attributes = new Map<string, Value>();
    for (const [name, wanted] of to.attributes) {
      const member = own.get(name);
      const conversion = members.get(name);
      if (member === undefined || (member.content === null && hasDefault(to, name))) {
        if (to.optional?.has(name) !== true) {
          throw new ConversionError(`the map has no element ${JSON.stringify(name)}, which is required`);
        }
        attributes.set(name, absentAttribute(to, name));
      } else if (conversion === undefined) {
        throw new ConversionError(mismatchMessage(element, wanted, isConvertible), `.${name}`);
      } else {
        attributes.set(name, at(`[${JSON.stringify(name)}]`, conversion, member));
      }
    }
    return objectValue(attributes);
  };
}

function tupleConversion(
  from: readonly Type[],
  to: readonly Type[],
  unsafe: boolean,
): Conversion | undefined {
  if (from.length !== to.length) return undefined;
  const members = from.map((own, index) => memberConversion(own, to[index]!, unsafe));
  if (members.includes(undefined)) return undefined;
  return (value) =>
    tupleValue(
      (value.content as readonly Value[]).map((member, index) => at(`[${index}]`, members[index]!, member)),
    );
}

type SequenceType = Extract<Type, { kind: 'list' | 'set' }>;

function makeSequence(kind: SequenceType['kind'], elements: readonly Value[], element: Type): Value {
  if (elements.length === 0) return kind === 'list' ? listValue([], element) : setValue([], element);
  checkSameType(elements, kind);
  return kind === 'list' ? listValue(elements) : setValue(elements);
}

/**
 * Elements that were converted to `dynamic`, or to something with `dynamic` in it, may have kept different types there. In
 * some conversions, as in cty, they are then unified once more; in all of them they must be of one type in the end.
 */
function unifyElements(elements: readonly Value[], isUnsafe = true): readonly Value[] {
  const unified = (isUnsafe ? unify : unifySafely)(elements.map((element) => element.type));
  if (unified === undefined || unified.kind === 'dynamic') return elements;
  return elements.map((element) => convert(element, unified));
}

function checkSameType(elements: readonly Value[], kind: string): void {
  const typed = elements.filter((element) => element.type.kind !== 'dynamic');
  if (typed.every((element) => typeEquals(element.type, typed[0]!.type))) return;
  throw new ConversionError(`all elements of a ${kind} must be of the same type`);
}

function sequenceConversion(from: Type, to: SequenceType, unsafe: boolean): Conversion | undefined {
  const member = memberConversion(from, to.element, unsafe);
  if (member === undefined) return undefined;
  const empty = to.element.kind === 'dynamic' ? from : withoutOptional(to.element);
  return (value) => {
    const own = value.content as readonly Value[];
    const isOpen = value.type.kind === 'set' && own.some((element) => element.content === UNKNOWN);
    // Unknown elements of a set may turn out to be equal, so how many there are is not known.
    if (isOpen && to.kind === 'list') return unknownValue(listType(empty));
    const elements = own.map((element, index) => at(`[${index}]`, member, element));
    return makeSequence(to.kind, elements, empty);
  };
}

function tupleToSequence(from: readonly Type[], to: SequenceType, unsafe: boolean): Conversion | undefined {
  const wanted = commonElement(from, to.element, unsafe);
  if (wanted === undefined) return undefined;
  const members = from.map((own) => memberConversion(own, wanted, unsafe));
  if (members.includes(undefined)) return undefined;
  return (value) => {
    const elements = (value.content as readonly Value[]).map((element, index) =>
      at(`[${index}]`, members[index]!, element),
    );
    const unified = to.kind === 'list' ? unifyElements(elements) : elements;
    return makeSequence(to.kind, unified, withoutOptional(wanted));
  };
}

/** The element type of a collection made of members of several types; undefined if there is none. */
function commonElement(from: readonly Type[], wanted: Type, unsafe: boolean): Type | undefined {
  if (wanted.kind !== 'dynamic' || from.length === 0) return wanted;
  const common = unsafe ? unify(from) : unifySafely(from);
  if (common?.kind === 'dynamic') {
    // Values of unknown type among others: a list of them is possible only where all others have one type.
    const known = from.filter((type) => type.kind !== 'dynamic');
    return known.length === 0 ? DYNAMIC : undefined;
  }
  return common;
}

function mapConversion(from: Type, to: Type, unsafe: boolean): Conversion | undefined {
  const member = memberConversion(from, to, unsafe);
  if (member === undefined) return undefined;
  const empty = to.kind === 'dynamic' ? from : withoutOptional(to);
  const isStructured = isCollection(to) || to.kind === 'object';
  const unifyThem = (elements: readonly Value[]): readonly Value[] =>
    isStructured ? unifyElements(elements, false) : elements;
  return (value) => makeMap(value, () => member, empty, unifyThem);
}

function objectToMap(from: ObjectType, element: Type, unsafe: boolean): Conversion | undefined {
  const types = [...from.attributes.values()];
  // Whether attributes of which only some have a known type have one in common is left to their values.
  const isOpen = element.kind === 'dynamic' && types.length > 0;
  const wanted = isOpen ? (unsafe ? unify : unifySafely)(types) : element;
  if (wanted === undefined) return undefined;
  const members = new Map<string, Conversion>();
  for (const [name, own] of from.attributes) {
    const conversion = memberConversion(own, wanted, unsafe);
    if (conversion === undefined) return undefined;
    members.set(name, conversion);
  }
  const isStructured = isCollection(wanted) || wanted.kind === 'object';
  const unifyThem = (elements: readonly Value[]): readonly Value[] =>
    isStructured ? unifyElements(elements) : elements;
  return (value) => makeMap(value, (name) => members.get(name)!, withoutOptional(wanted), unifyThem);
}

function makeMap(
  value: Value,
  conversionOf: (name: string) => Conversion,
  element: Type,
  unifyThem: (elements: readonly Value[]) => readonly Value[],
): Value {
  const own = [...(value.content as ReadonlyMap<string, Value>)];
  if (own.length === 0) return mapValue(new Map(), element);
  const elements = unifyThem(
    own.map(([name, member]) => at(`[${JSON.stringify(name)}]`, conversionOf(name), member)),
  );
  checkSameType(elements, 'map');
  return mapValue(new Map(own.map(([name], index) => [name, elements[index]!])));
}
