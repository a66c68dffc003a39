import { childrenOf } from './marks.ts';
import type { BigFloat } from './big-float.ts';
import { conforms, hasDynamic, typeEquals } from './type-ops.ts';
import { UNKNOWN } from './value.ts';
import type { Value } from './value.ts';

/**
 * Equality as `==` has it, without regard to marks: never converts, null equals null of any type, and undefined where an
 * unknown part decides.
 */
export function valuesEqual(a: Value, b: Value): boolean | undefined {
  if (a.content === UNKNOWN || b.content === UNKNOWN) {
    if (a.content === b.content || a.content === null || b.content === null) return undefined;
    const unknown = a.content === UNKNOWN ? a : b;
    if (hasDynamic(unknown.type) || typeEquals(a.type, b.type)) return undefined;
    return false;
  }
  if (a.content === null || b.content === null) return a.content === b.content;
  if (!hasKnownType(a) || !hasKnownType(b)) {
    return conforms(a.type, b.type) || conforms(b.type, a.type) ? undefined : false;
  }
  if (!typeEquals(a.type, b.type)) return false;
  return contentsEqual(a, b);
}

/** Exact sameness: type, content at every depth, unknown equal to unknown. Marks are not looked at. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (!typeEquals(a.type, b.type)) return false;
  if (a.content === UNKNOWN || b.content === UNKNOWN || a.content === null || b.content === null) {
    return a.content === b.content;
  }
  if (Array.isArray(a.content)) {
    const other = b.content as readonly Value[];
    const own = a.content as readonly Value[];
    return own.length === other.length && own.every((element, index) => sameValue(element, other[index]!));
  }
  if (a.content instanceof Map) {
    const own = a.content as ReadonlyMap<string, Value>;
    const other = b.content as ReadonlyMap<string, Value>;
    if (own.size !== other.size) return false;
    for (const [key, child] of own) {
      const match = other.get(key);
      if (match === undefined || !sameValue(child, match)) return false;
    }
    return true;
  }
  return primitivesEqual(a, b);
}

/** True unless some unknown part has a type that is not known either. */
function hasKnownType(value: Value): boolean {
  if (!hasDynamic(value.type)) return true;
  if (value.content === UNKNOWN) return false;
  for (const child of childrenOf(value.content)) if (!hasKnownType(child)) return false;
  return true;
}

function primitivesEqual(a: Value, b: Value): boolean {
  if (a.type.kind === 'number') return (a.content as BigFloat).compare(b.content as BigFloat) === 0;
  return a.content === b.content;
}

function contentsEqual(a: Value, b: Value): boolean | undefined {
  switch (a.type.kind) {
    case 'list':
    case 'tuple': {
      const own = a.content as readonly Value[];
      const other = b.content as readonly Value[];
      if (own.length !== other.length) return false;
      return allEqual(own.map((element, index) => [element, other[index]!]));
    }
    case 'set':
      return setsEqual(a.content as readonly Value[], b.content as readonly Value[]);
    case 'map':
    case 'object': {
      const own = a.content as ReadonlyMap<string, Value>;
      const other = b.content as ReadonlyMap<string, Value>;
      if (own.size !== other.size) return false;
      const pairs: [Value, Value][] = [];
      for (const [key, child] of own) {
        const match = other.get(key);
        if (match === undefined) return false;
        pairs.push([child, match]);
      }
      return allEqual(pairs);
    }
    default:
      return primitivesEqual(a, b);
  }
}

function allEqual(pairs: readonly (readonly [Value, Value])[]): boolean | undefined {
  let result: boolean | undefined = true;
  for (const [left, right] of pairs) {
    const equal = valuesEqual(left, right);
    if (equal === false) return false;
    if (equal === undefined) result = undefined;
  }
  return result;
}

/** Sets are in one order, so equal ones are equal element by element; unknown elements leave it open. */
function setsEqual(own: readonly Value[], other: readonly Value[]): boolean | undefined {
  const isOpen = [...own, ...other].some((element) => valuesEqual(element, element) === undefined);
  if (isOpen) return undefined;
  return own.length === other.length && allEqual(own.map((element, index) => [element, other[index]!]));
}
