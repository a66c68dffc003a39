import type { Expression, IndexStep, TraversalStep } from '../ast.ts';
import type { Range } from '../source.ts';
import { didYouMean } from '../suggestion.ts';
import type { BigFloat } from '../value/big-float.ts';
import { parseNumber } from '../value/big-float-text.ts';
import {
  boolValue,
  DYNAMIC_UNKNOWN,
  NULL,
  numberValue,
  stringValue,
  unknownValue,
} from '../value/construct.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { unmark, withMarks } from '../value/marks.ts';
import type { Marks } from '../value/marks.ts';
import { NUMBER, STRING } from '../value/type.ts';
import { normalized } from '../value/normalized.ts';
import type { Type } from '../value/type.ts';
import { friendlyName } from '../value/type-ops.ts';
import { UNKNOWN } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import type { Frame } from './frame.ts';

/** Where an access is, for its diagnostics. */
export interface AccessPlace {
  readonly frame: Frame;
  readonly subject: Range;
  /** The whole expression, whose variables are shown. */
  readonly expression: Expression;
}

/** Follows the steps of a traversal, up to the first that fails. */
export function traverse(
  frame: Frame,
  start: Value,
  steps: readonly TraversalStep[],
  whole: Expression,
): Value {
  let value = start;
  for (const step of steps) {
    const before = frame.diagnostics.length;
    const place: AccessPlace = { frame, subject: step.range, expression: whole };
    value =
      step.kind === 'AttributeStep'
        ? getAttribute(value, step.name, place)
        : getIndex(value, literalKey(step), place);
    if (frame.diagnostics.length > before) return DYNAMIC_UNKNOWN;
  }
  return value;
}

function literalKey({ keyType, key }: IndexStep): Value {
  switch (keyType) {
    case 'string':
      return stringValue(key);
    case 'bool':
      return boolValue(key === 'true');
    case 'null':
      return NULL;
    case 'number':
      // The parser has let only numbers through; one beyond all bounds is no index of anything.
      return numberValue(parseNumber(key) ?? Infinity);
  }
}

/** `value.name` */
function getAttribute(marked: Value, name: string, place: AccessPlace): Value {
  const [value, marks] = unmark(marked);
  const { type, content } = value;
  const fail = (code: 'unsupported-attribute' | 'missing-map-element', detail: string): Value =>
    place.frame.fail(code, { detail, ...at(place) });
  if (content === null) {
    return place.frame.fail('null-attribute-access', {
      detail: `This value is null, so it has no attribute ${JSON.stringify(name)}.`,
      ...at(place),
    });
  }
  const key = normalized(name);
  switch (type.kind) {
    case 'dynamic':
      return marked;
    case 'object': {
      const own = type.attributes.get(key);
      if (own === undefined)
        return fail('unsupported-attribute', missing('object', key, shown(marks, type.attributes)));
      if (content === UNKNOWN) return withMarks(unknownValue(own), marks);
      return withMarks((content as ReadonlyMap<string, Value>).get(key)!, marks);
    }
    case 'map': {
      if (content === UNKNOWN) return withMarks(unknownValue(type.element), marks);
      const entries = content as ReadonlyMap<string, Value>;
      const element = entries.get(key);
      if (element === undefined)
        return fail('missing-map-element', missing('map', key, shown(marks, entries)));
      return withMarks(element, marks);
    }
    default:
      return fail('unsupported-attribute', whyNoAttributes(type, key));
  }
}

function at(place: AccessPlace): { subject: Range; expression: Expression } {
  return { subject: place.subject, expression: place.expression };
}

/** The names that a message may tell: none of a sensitive collection, where they may be secrets themselves. */
function shown(marks: Marks, entries: ReadonlyMap<string, unknown>): readonly string[] | undefined {
  return marks.size > 0 ? undefined : [...entries.keys()];
}

/**
 * Says that an object or map has no member of a name, and what it has instead.
 * @param name undefined if the name is secret
 * @param names undefined if the names of the members are
 */
function missing(
  kind: 'object' | 'map',
  name: string | undefined,
  names: readonly string[] | undefined,
): string {
  const what = kind === 'object' ? 'attribute' : 'element';
  if (name === undefined || name.length > LONGEST_NAME) return `This ${kind} has no ${what} of that name.`;
  const sentence = `This ${kind} has no ${what} ${JSON.stringify(name)}.`;
  if (names === undefined) return sentence;
  if (names.length === 0) return `${sentence} It is empty.`;
  const suggestion = didYouMean(name, names);
  if (suggestion !== '' || names.length > MOST_NAMES) return sentence + suggestion;
  return `${sentence} It has: ${names.map((other) => JSON.stringify(other)).join(', ')}.`;
}

/** A name that is longer is no misspelling that anybody could see. */
const LONGEST_NAME = 100;

/** So many names are listed where none is near to the wanted one. */
const MOST_NAMES = 8;

function whyNoAttributes(type: Type, name: string): string {
  if ((type.kind === 'list' || type.kind === 'set') && type.element.kind === 'object') {
    const one = type.kind === 'list' ? `of one element, as [0].${name}, or ` : '';
    return `This is a ${type.kind} of objects, which has no attributes itself. Ask for the attribute ${one}of all elements, as [*].${name}.`;
  }
  if (type.kind === 'tuple' || type.kind === 'list') {
    return `This is a ${friendlyName(type)}, whose elements have numbers and no names. Select one with an index, as [0].`;
  }
  if (type.kind === 'set') return 'This is a set, whose elements have no names.';
  return `This is a ${friendlyName(type)}, which has no attributes.`;
}

/** `value[key]` */
export function getIndex(marked: Value, key: Value, place: AccessPlace): Value {
  const [collection, marks] = unmark(marked);
  if (collection.content === null) {
    return place.frame.fail('null-index-access', {
      detail: 'This value is null, so it has no elements to select from.',
      ...at(place),
    });
  }
  if (key.content === null) return invalidIndex(place, 'The key is null, which selects nothing.');
  if (key.type.kind === 'dynamic' || collection.type.kind === 'dynamic') {
    return withMarks(DYNAMIC_UNKNOWN, marks);
  }
  const [plainKey, keyMarks] = unmark(key);
  switch (collection.type.kind) {
    case 'list':
    case 'tuple': {
      const number = convertKey(plainKey, NUMBER, place);
      const secrets = { size: marks.size > 0, index: keyMarks.size > 0 };
      return withMarks(indexSequence(collection, number, secrets, place), marks, keyMarks);
    }
    case 'map':
    case 'object': {
      // The reference drops the marks of the key of an object. They are kept: what was chosen may tell what the key is.
      const text = convertKey(plainKey, STRING, place);
      const names = { isNumber: key.type.kind === 'number', isSecret: keyMarks.size > 0, marks };
      return withMarks(indexByName(collection, text, names, place), marks, keyMarks);
    }
    case 'set':
      return invalidIndex(
        place,
        'The elements of a set have no order and no keys. Go through them with a for expression, or sort them into a list first.',
      );
    default:
      return invalidIndex(
        place,
        `This is a ${friendlyName(collection.type)}, which has no elements to select.`,
      );
  }
}

function invalidIndex(place: AccessPlace, detail: string): Value {
  return place.frame.fail('invalid-index', { detail, ...at(place) });
}

/** The key in the type that the collection has for its keys, or the result of the failure. */
function convertKey(key: Value, wanted: Type, place: AccessPlace): Value {
  try {
    return convert(key, wanted);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    invalidIndex(place, `The key does not select an element of this value: ${error.describe()}.`);
    return DYNAMIC_UNKNOWN;
  }
}

/** What a message may not tell about a sequence and the index of an element. */
interface Secrets {
  readonly size: boolean;
  readonly index: boolean;
}

function indexSequence(collection: Value, key: Value, secrets: Secrets, place: AccessPlace): Value {
  const { type, content } = collection;
  // A key that did not convert is reported already.
  if (key.type.kind === 'dynamic' || (type.kind !== 'list' && type.kind !== 'tuple')) return DYNAMIC_UNKNOWN;
  const unknown = type.kind === 'list' ? unknownValue(type.element) : DYNAMIC_UNKNOWN;
  if (key.content === UNKNOWN) return unknown;
  const index = key.content as BigFloat;
  const elements = content === UNKNOWN ? undefined : (content as readonly Value[]);
  const length = type.kind === 'tuple' ? type.elements.length : elements?.length;
  // The number of elements tells whether there is such an element at all, and nothing is said before it is known.
  if (length === undefined) return unknown;
  if (index.sign < 0) {
    return invalidIndex(
      place,
      'An index must not be negative. Elements are counted from 0; the last one is at length(…) - 1.',
    );
  }
  if (!index.isInteger) {
    return invalidIndex(place, 'An index must be a whole number, but this one has a fraction.');
  }
  const position = index.toNumber();
  if (position >= length) return invalidIndex(place, outOfRange(type.kind, length, index, secrets));
  if (elements !== undefined) return elements[position]!;
  return type.kind === 'tuple' ? unknownValue(type.elements[position]) : unknown;
}

function outOfRange(kind: string, length: number, index: BigFloat, secrets: Secrets): string {
  if (secrets.size) return `The ${kind}, which is sensitive, has no element with this index.`;
  if (length === 0) return `The ${kind} is empty, so there is nothing to select.`;
  const range = length === 1 ? 'only index 0 exists' : `the indexes are 0 to ${length - 1}`;
  const asked = secrets.index || Number.isNaN(index.small) ? '' : `, but this asks for ${index.small}`;
  return `The ${kind} has ${length} element${length === 1 ? '' : 's'}: ${range}${asked}.`;
}

/** What a message may tell about a key and its collection. */
interface Names {
  readonly isNumber: boolean;
  readonly isSecret: boolean;
  readonly marks: Marks;
}

function indexByName(collection: Value, key: Value, names: Names, place: AccessPlace): Value {
  const { type, content } = collection;
  if (key.type.kind === 'dynamic') return DYNAMIC_UNKNOWN;
  if (type.kind === 'map') {
    if (key.content === UNKNOWN || content === UNKNOWN) return unknownValue(type.element);
    const entries = content as ReadonlyMap<string, Value>;
    return entries.get(key.content as string) ?? failName('map', key, entries, names, place);
  }
  if (type.kind !== 'object' || key.content === UNKNOWN) return DYNAMIC_UNKNOWN;
  const own = type.attributes.get(key.content as string);
  if (own === undefined) return failName('object', key, type.attributes, names, place);
  return content === UNKNOWN
    ? unknownValue(own)
    : (content as ReadonlyMap<string, Value>).get(key.content as string)!;
}

function failName(
  kind: 'object' | 'map',
  key: Value,
  entries: ReadonlyMap<string, unknown>,
  { isNumber, isSecret, marks }: Names,
  place: AccessPlace,
): Value {
  const name = isSecret ? undefined : (key.content as string);
  const hint =
    kind === 'object' && isNumber ? ' Attributes of an object are selected by name, not by number.' : '';
  return invalidIndex(place, missing(kind, name, shown(marks, entries)) + hint);
}
