import { isCollection } from './type.ts';
import type { ObjectType, Type } from './type.ts';
import { constraintName, friendlyName, typeEquals } from './type-ops.ts';
import type { IsConvertible } from './unify-types.ts';

const quote = (name: string): string => JSON.stringify(name);

/** Says why a value of one type cannot become one of another, down to the member at fault; no full stop at the end. */
export function mismatchMessage(given: Type, wanted: Type, isConvertible: IsConvertible): string {
  if (given.kind === 'object' && wanted.kind === 'object') {
    return objectMismatch(given, wanted, isConvertible);
  }
  if (given.kind === 'tuple' && wanted.kind === 'tuple') {
    return tupleMismatch(given.elements, wanted.elements, isConvertible);
  }
  if (isCollection(wanted)) {
    const suits = wanted.kind === 'map' ? ['object', 'map'] : ['tuple', 'list', 'set'];
    if (suits.includes(given.kind)) return collectionMismatch(given, wanted, isConvertible);
  }
  return `${constraintName(wanted)} required, but this is ${article(friendlyName(given))}`;
}

function article(name: string): string {
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}

function objectMismatch(given: ObjectType, wanted: ObjectType, isConvertible: IsConvertible): string {
  const missing = [...wanted.attributes.keys()].filter(
    (name) => !given.attributes.has(name) && wanted.optional?.has(name) !== true,
  );
  if (missing.length === 1) return `attribute ${quote(missing[0]!)} is required`;
  if (missing.length > 1) {
    const names = missing.toSorted().map(quote);
    return `attributes ${names.slice(0, -1).join(', ')} and ${names.at(-1)!} are required`;
  }
  for (const [name, type] of wanted.attributes) {
    const own = given.attributes.get(name);
    if (own !== undefined && !typeEquals(own, type) && !isConvertible(own, type)) {
      return `attribute ${quote(name)}: ${mismatchMessage(own, type, isConvertible)}`;
    }
  }
  return 'object with other attributes required';
}

function tupleMismatch(
  given: readonly Type[],
  wanted: readonly Type[],
  isConvertible: IsConvertible,
): string {
  if (given.length !== wanted.length) {
    const elements = wanted.length === 1 ? '1 element' : `${wanted.length} elements`;
    return `tuple of exactly ${elements} required, but this one has ${given.length}`;
  }
  const index = given.findIndex((own, at) => !isConvertible(own, wanted[at]!));
  if (index < 0) return 'tuple with other elements required';
  return `element ${index}: ${mismatchMessage(given[index]!, wanted[index]!, isConvertible)}`;
}

function collectionMismatch(
  given: Type,
  wanted: Extract<Type, { kind: 'list' | 'set' | 'map' }>,
  isConvertible: IsConvertible,
): string {
  if (isCollection(given)) {
    const reason = mismatchMessage(given.element, wanted.element, isConvertible);
    return `incorrect ${wanted.kind} element type: ${reason}`;
  }
  if (wanted.element.kind === 'dynamic') return `all ${wanted.kind} elements must have the same type`;
  const members: [string, Type][] =
    given.kind === 'tuple'
      ? given.elements.map((type, index) => [String(index), type])
      : given.kind === 'object'
        ? [...given.attributes].map(([name, type]) => [quote(name), type])
        : [];
  for (const [name, type] of members) {
    if (!typeEquals(type, wanted.element) && !isConvertible(type, wanted.element)) {
      return `element ${name}: ${mismatchMessage(type, wanted.element, isConvertible)}`;
    }
  }
  return `all elements must be ${constraintName(wanted.element)}`;
}
