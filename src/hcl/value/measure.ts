import { UNKNOWN } from './value.ts';
import type { Content, Value } from './value.ts';

/** What going through a value would find. */
export interface Measures {
  /** How many values there are in it, itself included; shared parts count as often as they occur. */
  readonly size: number;
  readonly isWhollyKnown: boolean;
  readonly hasMarks: boolean;
}

/**
 * Larger values are not compared, converted or given to functions. A few locals that each hold the one before twice are
 * such a value, though they take no memory to speak of: going through it would never end.
 */
export const LARGEST_VALUE = 10_000_000;

const NO_CHILDREN: readonly Value[] = [];

/** The values directly inside a content. */
export function childrenOf(content: Content): Iterable<Value> {
  if (content === null || content === UNKNOWN || typeof content !== 'object') return NO_CHILDREN;
  if (Array.isArray(content)) return content as readonly Value[];
  if (content instanceof Map) return (content as ReadonlyMap<string, Value>).values();
  return NO_CHILDREN;
}

const remembered = new WeakMap<Value, Measures>();

/**
 * Measures a value. That is cheap even where parts are shared so often that going through all of it would never end, as
 * each part is measured once and remembered.
 */
export function measure(value: Value): Measures {
  const known = remembered.get(value);
  if (known !== undefined) return known;
  let size = 1;
  let isWhollyKnown = value.content !== UNKNOWN;
  let hasMarks = value.marks.size > 0;
  for (const child of childrenOf(value.content)) {
    if (isLeaf(child)) {
      size += 1;
      isWhollyKnown &&= child.content !== UNKNOWN;
      hasMarks ||= child.marks.size > 0;
      continue;
    }
    const measures = measure(child);
    size += measures.size;
    isWhollyKnown &&= measures.isWhollyKnown;
    hasMarks ||= measures.hasMarks;
  }
  const measures = { size, isWhollyKnown, hasMarks };
  if (!isLeaf(value)) remembered.set(value, measures);
  return measures;
}

function isLeaf({ content }: Value): boolean {
  return !Array.isArray(content) && !(content instanceof Map);
}
