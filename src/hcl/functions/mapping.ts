import { asElements, asEntries, asString, isKnown, isNull, isWhollyKnown } from '../value/access.ts';
import {
  listValue,
  mapValue,
  objectValue,
  stringValue,
  tupleValue,
  unknownValue,
  unmark,
  unmarkDeep,
  withMarks,
} from '../value/construct.ts';
import { allMarks } from '../value/marks.ts';
import type { Marks } from '../value/marks.ts';
import { compareStrings } from '../value/order.ts';
import { friendlyName, typeEquals } from '../value/type-ops.ts';
import { DYNAMIC, listType, mapType, objectType, STRING, tupleType } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { elementOf } from './collection-types.ts';
import { convertTo } from './conversion.ts';
import { defineFunction, parameter } from './define.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const keepsMarks = { allowMarked: true };

/** A map or an object of these entries, as the type says. */
function mappingOf(type: Type, entries: ReadonlyMap<string, Value>): Value {
  return type.kind === 'map' ? mapValue(entries, type.element) : objectValue(entries);
}

const keys = () =>
  defineFunction({
    name: 'keys',
    description: 'Returns the keys of a map, or the attribute names of an object, in order.',
    parameters: [
      parameter('inputMap', DYNAMIC, 'The map or object.', { allowUnknown: true, allowMarked: true }),
    ],
    result: ([map]) => {
      const { type } = map!;
      if (type.kind === 'map') return listType(STRING);
      if (type.kind === 'object') return tupleType(Array.from(type.attributes, () => STRING));
      throw argumentError(0, `a map or an object is required, not a ${friendlyName(type)}`);
    },
    call: ([marked], result) => {
      const [map, marks] = unmark(marked!);
      if (map.type.kind === 'object') {
        const names = [...map.type.attributes.keys()].sort(compareStrings);
        return withMarks(tupleValue(names.map(stringValue)), marks);
      }
      if (!isKnown(map)) return withMarks(unknownValue(result), marks);
      return withMarks(listValue([...asEntries(map).keys()].map(stringValue), STRING), marks);
    },
  });

const values = () =>
  defineFunction({
    name: 'values',
    description: 'Returns the elements of a map, or the attributes of an object, in the order of their keys.',
    parameters: [parameter('mapping', DYNAMIC, 'The map or object.', keepsMarks)],
    result: ([map]) => {
      const { type } = map!;
      if (type.kind === 'map') return listType(type.element);
      if (type.kind === 'object') {
        const names = [...type.attributes.keys()].sort(compareStrings);
        return tupleType(names.map((name) => type.attributes.get(name)!));
      }
      throw new FunctionError(`a map or an object is required, not a ${friendlyName(type)}`);
    },
    call: ([marked], result) => {
      const [map, marks] = unmark(marked!);
      const elements = [...asEntries(map).values()];
      return withMarks(
        result.kind === 'tuple' ? tupleValue(elements) : listValue(elements, elementOf(result)),
        marks,
      );
    },
  });

const lookup = () =>
  defineFunction({
    name: 'lookup',
    description:
      'Returns the element of a map, or the attribute of an object, with a key, or a default where there is none.',
    parameters: [
      parameter('inputMap', DYNAMIC, 'The map or object to look in.', keepsMarks),
      parameter('key', STRING, 'The key to look for.', keepsMarks),
      parameter(
        'default',
        DYNAMIC,
        'What to return without the key; it must fit the elements of a map.',
        keepsMarks,
      ),
    ],
    result: ([map, key, fallback]) => {
      const { type } = map!;
      if (type.kind === 'object') {
        if (!isKnown(key!)) return DYNAMIC;
        return type.attributes.get(asString(key!)) ?? fallback!.type;
      }
      if (type.kind !== 'map')
        throw argumentError(0, `a map or an object is required, not a ${friendlyName(type)}`);
      convertTo(fallback!, type.element, 2);
      return type.element;
    },
    call: ([markedMap, markedKey, fallback], result) => {
      const [map, mapMarks] = unmark(markedMap!);
      const [key, keyMarks] = unmark(markedKey!);
      const found = isWhollyKnown(map)
        ? (asEntries(map).get(asString(key)) ?? convertTo(fallback!, result, 2))
        : unknownValue(result);
      return withMarks(found, mapMarks, keyMarks);
    },
  });

const merge = () =>
  defineFunction({
    name: 'merge',
    description:
      'Returns a map or an object with the entries of all its arguments; of entries with the same key the last one counts. Arguments that are null add nothing.',
    variadic: parameter('maps', DYNAMIC, 'The maps and objects to put together.', {
      allowDynamic: true,
      allowNull: true,
      allowMarked: true,
    }),
    result: (args) => {
      const attributes = new Map<string, Type>();
      let allNamed = true;
      for (const arg of args) {
        const { type } = arg;
        if (type.kind === 'dynamic') return DYNAMIC;
        if (type.kind !== 'map' && type.kind !== 'object') {
          throw new FunctionError(
            `all arguments must be maps or objects, and one is a ${friendlyName(type)}`,
          );
        }
        if (isNull(arg)) continue;
        if (type.kind === 'object') for (const [name, own] of type.attributes) attributes.set(name, own);
        else if (!isKnown(arg)) allNamed = false;
        else for (const name of asEntries(arg).keys()) attributes.set(name, type.element);
      }
      const [first] = args;
      if (first !== undefined && args.every((arg) => typeEquals(arg.type, first.type))) return first.type;
      return allNamed ? objectType(attributes) : DYNAMIC;
    },
    call: (args, result) => {
      const entries = new Map<string, Value>();
      const marks: Marks[] = [];
      for (const arg of args) {
        if (isNull(arg)) continue;
        const [map, own] = unmark(arg);
        marks.push(own);
        if (!(map.content instanceof Map)) throw new FunctionError('only maps and objects can be merged');
        for (const [key, value] of asEntries(map)) entries.set(key, value);
      }
      return withMarks(mappingOf(result, entries), allMarks(marks));
    },
  });

const zipmap = () =>
  defineFunction({
    name: 'zipmap',
    description:
      'Makes a map, or an object if the values are a tuple, from a list of keys and one of as many values.',
    parameters: [
      parameter('keys', listType(STRING), 'The keys.', keepsMarks),
      parameter('values', DYNAMIC, 'The values, a list or a tuple.', keepsMarks),
    ],
    result: ([keyList, valueList]) => {
      const { type } = valueList!;
      if (type.kind === 'list') return mapType(type.element);
      if (type.kind !== 'tuple') {
        throw new FunctionError(`the values must be a list or a tuple, not a ${friendlyName(type)}`);
      }
      if (!isWhollyKnown(keyList!)) return DYNAMIC;
      const names = keyNames(keyList!);
      checkCounts(names.length, type.elements.length);
      return objectType(new Map(names.map((name, index) => [name, type.elements[index]!])));
    },
    call: ([keyList, markedValues], result) => {
      // Keys cannot be marked in the result, so their marks go to the whole of it.
      const [plainKeys, keyMarks] = unmarkDeep(keyList!);
      const [valueList, valueMarks] = unmark(markedValues!);
      if (!isWhollyKnown(plainKeys)) return withMarks(unknownValue(result), keyMarks, valueMarks);
      const names = keyNames(plainKeys);
      const elements = asElements(valueList);
      checkCounts(names.length, elements.length);
      const entries = new Map(names.map((name, index) => [name, elements[index]!]));
      return withMarks(mappingOf(result, entries), keyMarks, valueMarks);
    },
  });

function keyNames(list: Value): string[] {
  return asElements(list).map((key, index) => {
    if (isNull(key)) throw new FunctionError(`key ${index} is null`);
    return asString(key);
  });
}

function checkCounts(keyCount: number, valueCount: number): void {
  if (keyCount !== valueCount) {
    throw new FunctionError(`there are ${keyCount} keys and ${valueCount} values, which must be as many`);
  }
}

/** Functions of maps and objects. */
export const mappingFunctions = (): readonly FunctionSpec[] => [
  keys(),
  lookup(),
  merge(),
  values(),
  zipmap(),
];
