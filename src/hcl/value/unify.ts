import { convert, unify } from './convert.ts';
import type { Value } from './value.ts';

export { unify, unifySafely } from './convert.ts';

/**
 * The values converted to the one type that fits all of them; undefined if there is none. Without a type that is known
 * (nulls of no type among collections, unknown values) they stay as they are.
 * @throws ConversionError when a value has the right type and a wrong content: "x" among numbers
 */
export function unifyValues(values: readonly Value[]): readonly Value[] | undefined {
  const type = unify(values.map((value) => value.type));
  if (type === undefined) return undefined;
  if (type.kind === 'dynamic') return values;
  return values.map((value) => convert(value, type));
}
