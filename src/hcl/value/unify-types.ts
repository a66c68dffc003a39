import {
  DYNAMIC,
  isCollection,
  isPrimitive,
  listType,
  mapType,
  objectType,
  setType,
  tupleType,
} from './type.ts';
import type { ObjectType, Type } from './type.ts';
import { typeEquals } from './type-ops.ts';

/** Tells whether values of one type can be converted to another; passed in, as conversion itself unifies. */
export type IsConvertible = (from: Type, to: Type) => boolean;

type TupleType = Extract<Type, { kind: 'tuple' }>;

/**
 * The type that all the types can be converted to, preferring what keeps most of their structure, by cty's rules:
 * tuples of equal length stay a tuple and others become a list, objects with the same names stay an object and others
 * become a map, primitives become a string if one is. Undefined if there is none, or no type is given.
 */
export function unifyTypes(types: readonly Type[], isConvertible: IsConvertible): Type | undefined {
  const distinct: Type[] = [];
  for (const type of types) {
    if (!distinct.some((other) => typeEquals(type, other))) distinct.push(type);
  }
  if (distinct.length <= 1) return distinct[0];
  const structural = unifyKinds(distinct, isConvertible);
  if (structural !== 'undecided') return structural;
  return sortByGenerality(distinct).find((wanted) =>
    distinct.every((type) => typeEquals(type, wanted) || isConvertible(type, wanted)),
  );
}

/** Unification of types that are all of one kind, or of a collection kind and the structural kind that resembles it. */
function unifyKinds(types: readonly Type[], isConvertible: IsConvertible): Type | undefined | 'undecided' {
  const kinds = new Set(types.map((type) => type.kind));
  const someDynamic = kinds.delete('dynamic');
  const only = kinds.size === 1 ? types.find((type) => type.kind !== 'dynamic') : undefined;
  if (only !== undefined && !isPrimitive(only)) {
    // What a value of unknown type will turn out to be cannot be told, and so neither can the result.
    if (someDynamic) return DYNAMIC;
    if (only.kind === 'object') return unifyObjects(types as readonly ObjectType[], isConvertible);
    if (only.kind === 'tuple') return unifyTuples(types as readonly TupleType[], isConvertible);
    if (isCollection(only)) return unifyCollections(types, only.kind, isConvertible);
  }
  if (kinds.size === 2 && kinds.has('map') && kinds.has('object')) {
    return unifyAs(types, 'object', objectsToMap, isConvertible);
  }
  if (kinds.size === 2 && kinds.has('list') && kinds.has('tuple')) {
    return unifyAs(types, 'tuple', tuplesToList, isConvertible);
  }
  return kinds.has('object') && kinds.has('tuple') ? undefined : 'undecided';
}

function unifyCollections(
  types: readonly Type[],
  kind: 'list' | 'set' | 'map',
  isConvertible: IsConvertible,
): Type | undefined {
  const elements = types.map((type) => (type as { element: Type }).element);
  const element = unifyTypes(elements, isConvertible);
  if (element === undefined) return undefined;
  const make = { list: listType, set: setType, map: mapType }[kind];
  return ifReachable(types, make(element), isConvertible);
}

/** Objects among maps become a map, tuples among lists a list, which then unifies with the rest. */
function unifyAs(
  types: readonly Type[],
  kind: 'object' | 'tuple',
  toCollection: (types: readonly never[], isConvertible: IsConvertible) => Type | undefined,
  isConvertible: IsConvertible,
): Type | 'undecided' {
  const collection = toCollection(types.filter((type) => type.kind === kind) as never[], isConvertible);
  if (collection === undefined) return 'undecided';
  const unified = unifyTypes(
    types.map((type) => (type.kind === kind ? collection : type)),
    isConvertible,
  );
  return unified?.kind === collection.kind ? unified : 'undecided';
}

function unifyObjects(types: readonly ObjectType[], isConvertible: IsConvertible): Type | undefined {
  const names = [...types[0]!.attributes.keys()];
  const haveSameNames = types.every(
    ({ attributes }) => attributes.size === names.length && names.every((name) => attributes.has(name)),
  );
  if (!haveSameNames) return objectsToMap(types, isConvertible);
  const attributes = new Map<string, Type>();
  for (const name of names) {
    const unified = unifyTypes(
      types.map((type) => type.attributes.get(name)!),
      isConvertible,
    );
    // What does not unify for one name would not unify in a map of all of them.
    if (unified === undefined) return undefined;
    attributes.set(name, unified);
  }
  return ifReachable(types, objectType(attributes), isConvertible) ?? objectsToMap(types, isConvertible);
}

function objectsToMap(types: readonly ObjectType[], isConvertible: IsConvertible): Type | undefined {
  const element = unifyTypes(
    types.flatMap((type) => [...type.attributes.values()]),
    isConvertible,
  );
  return element === undefined ? undefined : ifReachable(types, mapType(element), isConvertible);
}

function unifyTuples(types: readonly TupleType[], isConvertible: IsConvertible): Type | undefined {
  const { length } = types[0]!.elements;
  if (types.some((type) => type.elements.length !== length)) return tuplesToList(types, isConvertible);
  const elements: Type[] = [];
  for (let index = 0; index < length; index += 1) {
    const unified = unifyTypes(
      types.map((type) => type.elements[index]!),
      isConvertible,
    );
    if (unified === undefined) return undefined;
    elements.push(unified);
  }
  return ifReachable(types, tupleType(elements), isConvertible) ?? tuplesToList(types, isConvertible);
}

function tuplesToList(types: readonly TupleType[], isConvertible: IsConvertible): Type | undefined {
  const element = unifyTypes(
    types.flatMap((type) => type.elements),
    isConvertible,
  );
  return element === undefined ? undefined : ifReachable(types, listType(element), isConvertible);
}

function ifReachable(types: readonly Type[], wanted: Type, isConvertible: IsConvertible): Type | undefined {
  const reachable = types.every((type) => typeEquals(type, wanted) || isConvertible(type, wanted));
  return reachable ? wanted : undefined;
}

/** The types from general to special; those that do not compare keep their order. */
function sortByGenerality(types: readonly Type[]): readonly Type[] {
  const below = types.map((): number[] => []);
  const above = types.map(() => 0);
  for (let i = 0; i < types.length; i += 1) {
    for (let j = i + 1; j < types.length; j += 1) {
      const order = compareGenerality(types[i]!, types[j]!);
      if (order === 0) continue;
      const [general, special] = order < 0 ? [i, j] : [j, i];
      below[general]!.push(special);
      above[special]! += 1;
    }
  }
  const queue = types.map((_, index) => index).filter((index) => above[index] === 0);
  // The queue grows while it is gone through: a type follows when all more general ones have been.
  for (const index of queue) {
    for (const next of below[index]!) {
      above[next]! -= 1;
      if (above[next] === 0) queue.push(next);
    }
  }
  return queue.map((index) => types[index]!);
}

/** Negative if `a` is the more general type of the two, positive if `b` is, 0 if neither. */
function compareGenerality(a: Type, b: Type): number {
  if (a.kind === 'dynamic' || b.kind === 'dynamic') {
    // Nothing is told by it, so it is what is left when there is nothing else.
    return a.kind === b.kind ? 0 : a.kind === 'dynamic' ? 1 : -1;
  }
  if (isPrimitive(a) && isPrimitive(b)) {
    if (a.kind === b.kind) return 0;
    return a.kind === 'string' ? -1 : b.kind === 'string' ? 1 : 0;
  }
  if (a.kind === b.kind && (a.kind === 'list' || a.kind === 'set' || a.kind === 'map')) {
    return compareGenerality(a.element, (b as typeof a).element);
  }
  if (a.kind === 'object' && b.kind === 'object') {
    if (a.attributes.size !== b.attributes.size) return 0;
    const pairs: [Type, Type][] = [];
    for (const [name, type] of a.attributes) {
      const other = b.attributes.get(name);
      if (other === undefined) return 0;
      pairs.push([type, other]);
    }
    return compareMembers(pairs);
  }
  if (a.kind === 'tuple' && b.kind === 'tuple') {
    if (a.elements.length !== b.elements.length) return 0;
    return compareMembers(a.elements.map((type, index) => [type, b.elements[index]!]));
  }
  return GENERAL_KINDS[a.kind]?.includes(b.kind) === true
    ? -1
    : GENERAL_KINDS[b.kind]?.includes(a.kind) === true
      ? 1
      : 0;
}

/** The kinds that each kind is preferred to when a common type is looked for. */
const GENERAL_KINDS: Partial<Record<Type['kind'], readonly Type['kind'][]>> = {
  list: ['tuple', 'set'],
  tuple: ['set'],
  map: ['object'],
};

function compareMembers(pairs: readonly (readonly [Type, Type])[]): number {
  const orders = pairs.map(([left, right]) => compareGenerality(left, right));
  const firstIsGeneral = orders.some((order) => order < 0);
  const secondIsGeneral = orders.some((order) => order > 0);
  if (firstIsGeneral === secondIsGeneral) return 0;
  return firstIsGeneral ? -1 : 1;
}
