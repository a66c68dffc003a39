import { asElements, asString, isKnown, isNull, isWhollyKnown } from '../value/access.ts';
import {
  boolValue,
  DYNAMIC_UNKNOWN,
  listValue,
  tupleValue,
  unknownValue,
  unmark,
  withMarks,
} from '../value/construct.ts';
import { unify } from '../value/convert.ts';
import { DistinctValues } from '../value/distinct.ts';
import { allMarks } from '../value/marks.ts';
import type { Marks } from '../value/marks.ts';
import { friendlyName, typeEquals } from '../value/type-ops.ts';
import { BOOL, DYNAMIC, listType, NUMBER, STRING, tupleType } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { certainLength, collect, elementOf, isSequenceType } from './collection-types.ts';
import { convertTo } from './conversion.ts';
import { defineFunction, parameter, sizeNumber } from './define.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const anyList = listType(DYNAMIC);
const keepsMarks = { allowMarked: true };

const distinct = () =>
  defineFunction({
    name: 'distinct',
    description:
      'Returns a list without the elements that equal an earlier one. The elements are converted to one type first.',
    parameters: [parameter('list', anyList, 'The list to thin out.')],
    result: ([list]) => list!.type,
    call: ([list], type) => {
      if (!isWhollyKnown(list!)) return unknownValue(type);
      const found = new DistinctValues();
      const kept = asElements(list!).filter((candidate) => found.add(candidate));
      return listValue(kept, elementOf(type));
    },
  });

const chunklist = () =>
  defineFunction({
    name: 'chunklist',
    description:
      'Splits a list into lists of a size; the last one may be shorter. With the size 0 there is one list of all.',
    parameters: [
      parameter('list', anyList, 'The list to split.', keepsMarks),
      parameter('size', NUMBER, 'The number of elements of each part.', keepsMarks),
    ],
    result: ([list]) => listType(list!.type),
    call: ([markedList, markedSize]) => {
      const [list, listMarks] = unmark(markedList!);
      const [sizeValue, sizeMarks] = unmark(markedSize!);
      const size = sizeNumber(sizeValue);
      if (size < 0) throw new FunctionError('the size must not be negative');
      const elements = asElements(list);
      const parts: Value[] = [];
      const step = size === 0 ? elements.length : size;
      for (let start = 0; start < elements.length; start += step) {
        parts.push(listValue(elements.slice(start, start + step), elementOf(list.type)));
      }
      return withMarks(listValue(parts, list.type), listMarks, sizeMarks);
    },
  });

/** What flattening gives: the elements, the marks of the lists that are gone, and whether the number is certain. */
interface Flattened {
  readonly elements: Value[];
  readonly marks: Marks[];
  known: boolean;
}

function flattenInto(marked: Value, found: Flattened): Flattened {
  const [list, marks] = unmark(marked);
  found.marks.push(marks);
  if (!isKnown(list) || certainLength(list) === undefined) {
    found.known = false;
    return found;
  }
  for (const child of asElements(list)) {
    if (child.type.kind === 'dynamic' && !isKnown(child)) found.known = false;
    if (isSequenceType(child.type) && !isNull(child)) flattenInto(child, found);
    else found.elements.push(child);
  }
  return found;
}

function flattened(list: Value): Flattened {
  return flattenInto(list, { elements: [], marks: [], known: true });
}

const flatten = () =>
  defineFunction({
    name: 'flatten',
    description:
      'Replaces the lists, sets and tuples in a list by their elements, at every depth. Maps and objects stay.',
    parameters: [parameter('list', DYNAMIC, 'The list, set or tuple to flatten.', keepsMarks)],
    result: ([list]) => {
      if (!isWhollyKnown(list!)) return DYNAMIC;
      if (!isSequenceType(list!.type)) {
        throw new FunctionError(`a list, set or tuple is required, not a ${friendlyName(list!.type)}`);
      }
      return tupleType(flattened(list!).elements.map((child) => child.type));
    },
    call: ([list]) => {
      const { elements, marks, known } = flattened(list!);
      return withMarks(known ? tupleValue(elements) : DYNAMIC_UNKNOWN, allMarks(marks));
    },
  });

const concat = () =>
  defineFunction({
    name: 'concat',
    description:
      'Puts lists and tuples one after the other. Lists whose elements fit one type give a list, others a tuple.',
    variadic: parameter('seqs', DYNAMIC, 'The lists and tuples to put together; at least one.', keepsMarks),
    result: (args) => {
      if (args.length === 0) throw new FunctionError('give at least one list');
      const types = args.map((arg) => arg.type);
      const common = types.every((type) => type.kind === 'list') ? unify(types) : undefined;
      if (common !== undefined) return common;
      const elements: Type[] = [];
      for (const [index, arg] of args.entries()) {
        const { type } = arg;
        if (type.kind === 'tuple') for (const own of type.elements) elements.push(own);
        else if (type.kind !== 'list') {
          throw argumentError(index, `a list or tuple is required, not a ${friendlyName(type)}`);
        } else if (!isKnown(arg)) return DYNAMIC;
        else asElements(arg).forEach(() => elements.push(type.element));
      }
      return tupleType(elements);
    },
    call: (args, type) => {
      const marks: Marks[] = [];
      const elements = args.flatMap((arg, index) => {
        const [list, own] = unmark(type.kind === 'list' ? convertTo(arg, type, index) : arg);
        marks.push(own);
        return asElements(list);
      });
      return withMarks(
        type.kind === 'list' ? collect(() => listValue(elements, type.element)) : tupleValue(elements),
        allMarks(marks),
      );
    },
  });

const compact = () =>
  defineFunction({
    name: 'compact',
    description: 'Returns a list of strings without the empty ones and the nulls.',
    parameters: [parameter('list', listType(STRING), 'The strings to choose from.')],
    result: listType(STRING),
    call: ([list], type) => {
      if (!isWhollyKnown(list!)) return unknownValue(type);
      const kept = asElements(list!).filter((child) => !isNull(child) && asString(child) !== '');
      return listValue(kept, STRING);
    },
  });

const coalescelist = () =>
  defineFunction({
    name: 'coalescelist',
    description: 'Returns the first of its arguments, which are lists or tuples, that is not empty.',
    variadic: parameter('vals', DYNAMIC, 'The lists and tuples, the preferred one first.', {
      allowUnknown: true,
      allowDynamic: true,
      allowNull: true,
    }),
    result: (args) => {
      const [first] = args;
      if (first === undefined) throw new FunctionError('give at least one list');
      for (const arg of args) {
        if (!isKnown(arg)) return DYNAMIC;
        if (arg.type.kind !== 'list' && arg.type.kind !== 'tuple') {
          throw new FunctionError(
            `all arguments must be lists or tuples, and one is a ${friendlyName(arg.type)}`,
          );
        }
      }
      return args.every((arg) => typeEquals(arg.type, first.type)) ? first.type : DYNAMIC;
    },
    call: (args, type) => {
      for (const arg of args) {
        if (!isKnown(arg)) return unknownValue(type);
        if (!isNull(arg) && asElements(arg).length > 0) return arg;
      }
      throw new FunctionError('all of the lists are null or empty');
    },
  });

/** True if all, or any, of the bools in a list are true; a null counts as false. */
function overBools(name: string, description: string, decisive: boolean): FunctionSpec {
  return defineFunction({
    name,
    description,
    parameters: [parameter('list', listType(BOOL), 'The bools to look at.')],
    result: BOOL,
    call: ([list]) => {
      const elements = asElements(list!);
      const counts = elements.map((child) => (isKnown(child) ? child.content === true : undefined));
      if (counts.includes(decisive)) return boolValue(decisive);
      return counts.includes(undefined) ? unknownValue(BOOL) : boolValue(!decisive);
    },
  });
}

/** Functions that make lists of other lists, or judge one as a whole. */
export const listFunctions = (): readonly FunctionSpec[] => [
  overBools('alltrue', 'Tells whether all bools in a list are true; of an empty list they are.', false),
  overBools('anytrue', 'Tells whether any bool in a list is true; of an empty list none is.', true),
  chunklist(),
  coalescelist(),
  compact(),
  concat(),
  distinct(),
  flatten(),
];
