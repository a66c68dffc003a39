import type { Value } from './value.ts';

/**
 * Types as in cty. `dynamic` is the type of a value whose type is not known yet, and the constraint `any`.
 */
export type Type =
  | { readonly kind: 'string' }
  | { readonly kind: 'number' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'dynamic' }
  | { readonly kind: 'list'; readonly element: Type }
  | { readonly kind: 'set'; readonly element: Type }
  | { readonly kind: 'map'; readonly element: Type }
  | { readonly kind: 'tuple'; readonly elements: readonly Type[] }
  | ObjectType;

export interface ObjectType {
  readonly kind: 'object';
  readonly attributes: ReadonlyMap<string, Type>;
  /** Only in type constraints: the attributes declared with `optional()`, each with its default if it has one. */
  readonly optional?: ReadonlyMap<string, Value | undefined>;
}

/** Types whose values have any number of elements of one type. */
export type CollectionType = Extract<Type, { kind: 'list' | 'set' | 'map' }>;

export const STRING: Type = { kind: 'string' };
export const NUMBER: Type = { kind: 'number' };
export const BOOL: Type = { kind: 'bool' };
export const DYNAMIC: Type = { kind: 'dynamic' };

export function listType(element: Type): Extract<Type, { kind: 'list' }> {
  return { kind: 'list', element };
}

export function setType(element: Type): Extract<Type, { kind: 'set' }> {
  return { kind: 'set', element };
}

export function mapType(element: Type): Extract<Type, { kind: 'map' }> {
  return { kind: 'map', element };
}

export function tupleType(elements: readonly Type[]): Extract<Type, { kind: 'tuple' }> {
  return { kind: 'tuple', elements };
}

/** @param optional only for type constraints: the optional attributes, with their defaults */
export function objectType(
  attributes: ReadonlyMap<string, Type>,
  optional?: ReadonlyMap<string, Value | undefined>,
): ObjectType {
  return optional === undefined || optional.size === 0
    ? { kind: 'object', attributes }
    : { kind: 'object', attributes, optional };
}

export function isPrimitive(type: Type): boolean {
  return type.kind === 'string' || type.kind === 'number' || type.kind === 'bool';
}

/** True for list, set and map types. */
export function isCollection(type: Type): type is CollectionType {
  return type.kind === 'list' || type.kind === 'set' || type.kind === 'map';
}
