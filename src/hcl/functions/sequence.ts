import { graphemeCount } from '../graphemes.ts';
import { asElements, asEntries, asNumber, asString, isKnown } from '../value/access.ts';
import {
  FALSE,
  listValue,
  numberValue,
  TRUE,
  tupleValue,
  unknownValue,
  unmark,
  withMarks,
} from '../value/construct.ts';
import { valuesEqual } from '../value/equal.ts';
import { friendlyName } from '../value/type-ops.ts';
import { BOOL, DYNAMIC, listType, NUMBER, tupleType } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { certainLength, elementOf, isSequenceType } from './collection-types.ts';
import { defineFunction, parameter, sizeNumber, wholeNumber } from './define.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { FunctionSpec } from './spec.ts';

const keepsMarks = { allowMarked: true };

const length = () =>
  defineFunction({
    name: 'length',
    description:
      'Returns the number of elements of a collection, of attributes of an object, or of characters of a string.',
    parameters: [
      parameter('value', DYNAMIC, 'The collection, object or string to measure.', {
        allowDynamic: true,
        allowUnknown: true,
      }),
    ],
    result: ([value]) => {
      const { kind } = value!.type;
      if (kind === 'number' || kind === 'bool') {
        throw argumentError(0, `a ${kind} has no length; a collection, an object or a string is required`);
      }
      return NUMBER;
    },
    call: ([value]) => {
      const { type } = value!;
      if (type.kind === 'object') return numberValue(type.attributes.size);
      if (type.kind === 'tuple') return numberValue(type.elements.length);
      if (!isKnown(value!)) return unknownValue(NUMBER);
      if (type.kind === 'string') return numberValue(graphemeCount(asString(value!)));
      if (type.kind === 'map') return numberValue(asEntries(value!).size);
      const count = certainLength(value!);
      return count === undefined ? unknownValue(NUMBER) : numberValue(count);
    },
  });

const element = () =>
  defineFunction({
    name: 'element',
    description:
      'Returns the element of a list or tuple with an index; beyond the end it goes on from the beginning, so that any index finds an element.',
    parameters: [
      parameter('list', DYNAMIC, 'A list or tuple, not empty.', keepsMarks),
      parameter('index', NUMBER, 'The index, from 0; not negative.'),
    ],
    result: ([list, index]) => {
      const { type } = list!;
      if (isKnown(index!) && asNumber(index!).sign < 0)
        throw new FunctionError('the index must not be negative');
      if (type.kind === 'list') return type.element;
      if (type.kind !== 'tuple')
        throw new FunctionError(`a list or tuple is required, not a ${friendlyName(type)}`);
      if (!isKnown(index!)) return DYNAMIC;
      return type.elements[wrapped(index!, type.elements.length)]!;
    },
    call: ([marked, index], type) => {
      const [list, marks] = unmark(marked!);
      if (!isKnown(list)) return withMarks(unknownValue(type), marks);
      const elements = asElements(list);
      return withMarks(elements[wrapped(index!, elements.length)]!, marks);
    },
  });

function wrapped(index: Value, count: number): number {
  const position = wholeNumber(index);
  if (count === 0) throw new FunctionError('an empty list has no elements');
  return Number(position % BigInt(count));
}

const indexFunction = () =>
  defineFunction({
    name: 'index',
    description: 'Returns the position, from 0, of the first element of a list that equals a value.',
    parameters: [
      parameter('list', DYNAMIC, 'A list or tuple to look in.'),
      parameter('value', DYNAMIC, 'The value to look for; it is compared as by `==`, without conversion.'),
    ],
    result: ([list]) => {
      const { type } = list!;
      if (type.kind === 'list' || type.kind === 'tuple') return NUMBER;
      throw argumentError(0, `a list or tuple is required, not a ${friendlyName(type)}`);
    },
    call: ([list, wanted]) => {
      const elements = asElements(list!);
      if (elements.length === 0) throw new FunctionError('an empty list has no elements to find');
      for (const [position, candidate] of elements.entries()) {
        const equal = valuesEqual(candidate, wanted!);
        if (equal === undefined) return unknownValue(NUMBER);
        if (equal) return numberValue(position);
      }
      throw new FunctionError('no element of the list equals the value');
    },
  });

const contains = () =>
  defineFunction({
    name: 'contains',
    description: 'Tells whether an element of a list, tuple or set equals a value.',
    parameters: [
      parameter('list', DYNAMIC, 'A list, tuple or set to look in.'),
      parameter('value', DYNAMIC, 'The value to look for; it is compared as by `==`, without conversion.'),
    ],
    result: BOOL,
    call: ([list, wanted]) => {
      if (!isSequenceType(list!.type)) {
        throw new FunctionError(`a list, tuple or set is required, not a ${friendlyName(list!.type)}`);
      }
      const results = asElements(list!).map((candidate) => valuesEqual(wanted!, candidate));
      if (results.includes(true)) return TRUE;
      return results.includes(undefined) ? unknownValue(BOOL) : FALSE;
    },
  });

const reverse = () =>
  defineFunction({
    name: 'reverse',
    description:
      'Returns a list, tuple or set in the opposite order; a set becomes a list. For strings there is `strrev`.',
    parameters: [parameter('list', DYNAMIC, 'The list, tuple or set to turn round.', keepsMarks)],
    result: ([list]) => {
      const { type } = list!;
      if (type.kind === 'tuple') return tupleType(type.elements.toReversed());
      if (type.kind === 'list' || type.kind === 'set') return listType(type.element);
      throw argumentError(0, `a list, tuple or set is required, not a ${friendlyName(type)}`);
    },
    call: ([marked], type) => {
      const [list, marks] = unmark(marked!);
      const elements = asElements(list).toReversed();
      return withMarks(
        type.kind === 'tuple' ? tupleValue(elements) : listValue(elements, elementOf(type)),
        marks,
      );
    },
  });

interface SliceBounds {
  readonly start: number | undefined;
  readonly end: number | undefined;
}

function sliceBounds(list: Value, startValue: Value, endValue: Value): SliceBounds {
  const count = certainLength(list);
  const bound = (value: Value, argument: number): number | undefined => {
    if (!isKnown(value)) return undefined;
    const index = sizeNumber(value, argument);
    if (index < 0) throw argumentError(argument, 'the index must not be negative');
    if (count !== undefined && index > count) {
      throw argumentError(argument, `the index must not be above ${count}, the length of the list`);
    }
    return index;
  };
  const start = bound(startValue, 1);
  const end = bound(endValue, 2);
  if (start !== undefined && end !== undefined && start > end) {
    throw argumentError(1, 'the start must not be above the end');
  }
  return { start, end };
}

const slice = () =>
  defineFunction({
    name: 'slice',
    description: 'Returns the elements of a list or tuple from one index up to, but without, another.',
    parameters: [
      parameter('list', DYNAMIC, 'The list or tuple to take a part of.', keepsMarks),
      parameter('start_index', NUMBER, 'The index of the first element to take, from 0.'),
      parameter('end_index', NUMBER, 'The index after the last element to take.'),
    ],
    result: ([list, start, end]) => {
      const { type } = list!;
      if (type.kind === 'set') {
        throw argumentError(0, 'the elements of a set have no order; convert it to a list first');
      }
      if (type.kind !== 'list' && type.kind !== 'tuple') {
        throw argumentError(0, `a list or tuple is required, not a ${friendlyName(type)}`);
      }
      const bounds = sliceBounds(list!, start!, end!);
      if (type.kind === 'list') return type;
      if (bounds.start === undefined || bounds.end === undefined) return DYNAMIC;
      return tupleType(type.elements.slice(bounds.start, bounds.end));
    },
    call: ([marked, start, end], type) => {
      const [list, marks] = unmark(marked!);
      const bounds = sliceBounds(list, start!, end!);
      const elements = asElements(list).slice(bounds.start, bounds.end);
      return withMarks(
        type.kind === 'tuple' ? tupleValue(elements) : listValue(elements, elementOf(type)),
        marks,
      );
    },
  });

/** Functions that look into lists and tuples, or take parts of them. */
export const sequenceFunctions = (): readonly FunctionSpec[] => [
  contains(),
  element(),
  indexFunction(),
  length(),
  reverse(),
  slice(),
];
