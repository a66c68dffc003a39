import { asElements, isKnown, isWhollyKnown } from '../value/access.ts';
import { listValue, setValue, tupleValue, unknownValue, unmark, withMarks } from '../value/construct.ts';
import { unify } from '../value/convert.ts';
import { DistinctValues } from '../value/distinct.ts';
import type { Marks } from '../value/marks.ts';
import { friendlyName, typeEquals } from '../value/type-ops.ts';
import { DYNAMIC, listType, setType, tupleType } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { certainLength, collect, elementOf } from './collection-types.ts';
import { convertTo } from './conversion.ts';
import { defineFunction, parameter } from './define.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

/** A set with the type that the elements of all given sets fit. Empty ones without a type fit any. */
function commonSetType(args: readonly Value[]): Type {
  const elements = args
    .filter(
      (arg) => !(isKnown(arg) && asElements(arg).length === 0 && elementOf(arg.type).kind === 'dynamic'),
    )
    .map((arg) => elementOf(arg.type));
  if (elements.length === 0) return setType(DYNAMIC);
  const common = unify(elements);
  if (common === undefined) throw new FunctionError('the elements of the sets have no type in common');
  return setType(common);
}

function setOperation(
  name: string,
  description: string,
  needsAll: boolean,
  combine: (sets: readonly (readonly Value[])[]) => readonly Value[],
): FunctionSpec {
  const sets = setType(DYNAMIC);
  return defineFunction({
    name,
    description,
    parameters: [
      parameter('first_set', sets, 'A set, or a list to be taken as one.', { allowDynamic: true }),
    ],
    variadic: parameter('other_sets', sets, 'More sets.', { allowDynamic: true }),
    result: commonSetType,
    call: (args, type) => {
      const converted = args.map((arg, index) => convertTo(arg, type, index));
      if (needsAll && !converted.every(isWhollyKnown)) return unknownValue(type);
      // Where one set has elements without a type, conversion leaves the types of the others as they are.
      if (converted.some((set) => !typeEquals(set.type, converted[0]!.type))) {
        throw new FunctionError('the elements of the sets have no type in common');
      }
      return setValue(combine(converted.map(asElements)), elementOf(converted[0]!.type));
    },
  });
}

function inAll([first = [], ...others]: readonly (readonly Value[])[]): readonly Value[] {
  const sets = others.map((other) => new DistinctValues(other));
  return first.filter((candidate) => sets.every((other) => other.has(candidate)));
}

/** So many combinations `setproduct` makes at most; more would fill the memory. */
const LARGEST_PRODUCT = 1_000_000;

const setproduct = () =>
  defineFunction({
    name: 'setproduct',
    description:
      'Returns all combinations of one element from each argument, as tuples: a list if all arguments are lists or tuples, else a set.',
    variadic: parameter('sets', DYNAMIC, 'The lists, tuples and sets; at least two.', {
      allowMarked: true,
      allowUnknown: true,
    }),
    result: (args) => {
      if (args.length < 2) throw new FunctionError('give at least two lists or sets');
      let ordered = true;
      const elements = args.map((arg, index) => {
        const { type } = arg;
        if (type.kind === 'set') ordered = false;
        if (type.kind === 'set' || type.kind === 'list') return type.element;
        if (type.kind !== 'tuple') {
          throw argumentError(index, `a list, tuple or set is required, not a ${friendlyName(type)}`);
        }
        const common = type.elements.length === 0 ? DYNAMIC : unify(type.elements);
        if (common === undefined) throw argumentError(index, 'all elements must fit one type');
        return common;
      });
      return ordered ? listType(tupleType(elements)) : setType(tupleType(elements));
    },
    call: (args, type) => {
      const row = elementOf(type);
      const wanted = row.kind === 'tuple' ? row.elements : [];
      const marks: Marks[] = [];
      const lists = args.map((arg) => {
        const [list, own] = unmark(arg);
        marks.push(own);
        return list;
      });
      if (lists.some((list) => !isKnown(list) || certainLength(list) === undefined)) {
        return withMarks(unknownValue(type), ...marks);
      }
      const columns = lists.map((list, index) =>
        asElements(list).map((value) => convertTo(value, wanted[index]!)),
      );
      if (columns.reduce((product, column) => product * column.length, 1) > LARGEST_PRODUCT) {
        throw new FunctionError(`there would be more than ${LARGEST_PRODUCT} combinations`);
      }
      const rows = columns
        .reduce<Value[][]>(
          (lead, column) => lead.flatMap((head) => column.map((value) => [...head, value])),
          [[]],
        )
        .map(tupleValue);
      return withMarks(
        collect(() => (type.kind === 'list' ? listValue(rows, row) : setValue(rows, row))),
        ...marks,
      );
    },
  });

/** Functions of sets. */
export const setFunctions = (): readonly FunctionSpec[] => [
  setOperation('setunion', 'Returns the set of all elements of all given sets.', false, (sets) =>
    sets.flat(),
  ),
  setOperation('setintersection', 'Returns the set of the elements that all given sets have.', true, inAll),
  setproduct(),
];
