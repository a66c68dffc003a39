import { childrenOf } from './marks.ts';
import type { Value } from './value.ts';

const sizes = new WeakMap<Value, number>();

/**
 * How many values there are in a value, itself included, counting shared parts as often as they occur: what going through
 * it would cost. It is cheap to ask even where that is not, as each part is counted once and remembered.
 */
export function sizeOf(value: Value): number {
  const { content } = value;
  if (content === null || typeof content !== 'object') return 1;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  let size = 1;
  for (const child of childrenOf(content)) size += sizeOf(child);
  sizes.set(value, size);
  return size;
}
