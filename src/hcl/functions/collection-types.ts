import { asElements, isKnown, isWhollyKnown } from '../value/access.ts';
import { DYNAMIC } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { FunctionError } from './spec.ts';

/** True for the types whose values have a first, a second and so on. */
export function isSequenceType(type: Type): boolean {
  return type.kind === 'list' || type.kind === 'set' || type.kind === 'tuple';
}

/** The number of elements if it is certain: unknown elements of a set may turn out to be the same. */
export function certainLength(value: Value): number | undefined {
  if (value.type.kind === 'tuple') return value.type.elements.length;
  if (!isKnown(value)) return undefined;
  const elements = asElements(value);
  return value.type.kind === 'set' && elements.length > 1 && !isWhollyKnown(value)
    ? undefined
    : elements.length;
}

/** The element type of a list, set or map type. */
export function elementOf(type: Type): Type {
  return type.kind === 'list' || type.kind === 'set' || type.kind === 'map' ? type.element : DYNAMIC;
}

/**
 * Makes a collection. Elements of a collection with an unknown element type can have types that do not go together.
 * @throws FunctionError then
 */
export function collect(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (error instanceof TypeError) throw new FunctionError('the elements are not of one type');
    throw error;
  }
}
