import type { BigFloat } from './big-float.ts';
import type { Type } from './type.ts';

/** Stands in `Value.content` for a value that is only known later, such as `build.Host` while validating. */
export const UNKNOWN: unique symbol = Symbol('unknown');

/**
 * What a value holds. By type: string -> string (NFC), number -> BigFloat, bool -> boolean,
 * list, set and tuple -> array (sets without duplicates, in cty's order), map and object -> Map in byte order of keys.
 */
export type Content =
  null | typeof UNKNOWN | string | boolean | BigFloat | readonly Value[] | ReadonlyMap<string, Value>;

/** A value of the language, as in cty: a type, a content, and marks. Immutable. */
export interface Value {
  readonly type: Type;
  readonly content: Content;
  /** Marks on this value itself (not on its elements). The only mark of the dialect is "sensitive". */
  readonly marks: ReadonlySet<string>;
}
