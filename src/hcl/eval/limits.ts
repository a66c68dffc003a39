import type { Range } from '../source.ts';
import { LARGEST_VALUE, measure } from '../value/measure.ts';
import type { Value } from '../value/value.ts';
import type { Frame } from './frame.ts';

/** True, with a diagnostic, if the values together are too large to be gone through. */
export function isTooLarge(values: readonly Value[], subject: Range, frame: Frame): boolean {
  let size = 0;
  for (const value of values) size += measure(value).size;
  if (size <= LARGEST_VALUE) return false;
  const limit = LARGEST_VALUE.toLocaleString('en');
  frame.fail('value-too-large', {
    detail: `There are more than ${limit} values in this, nested ones included; nothing can be done with so many.`,
    subject,
  });
  return true;
}
