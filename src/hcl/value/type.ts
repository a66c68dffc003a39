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
