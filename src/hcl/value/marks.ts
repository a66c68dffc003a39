import { childrenOf, measure } from './measure.ts';
import type { Value } from './value.ts';

export type Marks = ReadonlySet<string>;

/** The mark of values that no output may show. */
export const SENSITIVE = 'sensitive';

export const NO_MARKS: Marks = new Set<string>();

export function unionMarks(...all: readonly Marks[]): Marks {
  return allMarks(all);
}

/** The union of any number of marks; of very many, which would be more arguments than a call can have, too. */
export function allMarks(all: readonly Marks[]): Marks {
  const some = all.filter((marks) => marks.size > 0);
  if (some.length === 0) return NO_MARKS;
  if (some.length === 1) return some[0]!;
  return new Set(some.flatMap((marks) => [...marks]));
}

/** The value with these marks added to its own. */
export function withMarks(value: Value, ...marks: readonly Marks[]): Value {
  const union = unionMarks(value.marks, ...marks);
  return union.size === value.marks.size ? value : { ...value, marks: union };
}

/** The value without its own marks, and the marks. Those of its elements stay. */
export function unmark(value: Value): [Value, Marks] {
  return value.marks.size === 0 ? [value, NO_MARKS] : [{ ...value, marks: NO_MARKS }, value.marks];
}

/** The value without marks at any depth, and all marks that were there. The same value if there were none. */
export function unmarkDeep(value: Value): [Value, Marks] {
  if (!measure(value).hasMarks) return [value, NO_MARKS];
  const found = new Set<string>();
  collectMarks(value, found);
  return [stripDeep(value), found];
}

/** All marks of the value and of what is in it. */
export function marksDeep(value: Value): Marks {
  if (!measure(value).hasMarks) return NO_MARKS;
  const found = new Set<string>();
  collectMarks(value, found);
  return found;
}

/** True if the value or something in it has the mark. */
export function markDeepContains(value: Value, mark: string): boolean {
  if (!measure(value).hasMarks) return false;
  if (value.marks.has(mark)) return true;
  for (const child of childrenOf(value.content)) {
    if (markDeepContains(child, mark)) return true;
  }
  return false;
}

/** The value marked as sensitive. */
export function sensitive(value: Value): Value {
  return withMarks(value, new Set([SENSITIVE]));
}

/** True if the value or something in it is sensitive. */
export function isSensitive(value: Value): boolean {
  return markDeepContains(value, SENSITIVE);
}

function collectMarks(value: Value, found: Set<string>): void {
  for (const mark of value.marks) found.add(mark);
  for (const child of childrenOf(value.content)) collectMarks(child, found);
}

function stripDeep(value: Value): Value {
  const { type, content } = value;
  if (Array.isArray(content)) {
    return { type, content: (content as readonly Value[]).map(stripDeep), marks: NO_MARKS };
  }
  if (content instanceof Map) {
    const entries = new Map<string, Value>();
    for (const [key, child] of content as ReadonlyMap<string, Value>) entries.set(key, stripDeep(child));
    return { type, content: entries, marks: NO_MARKS };
  }
  return { type, content, marks: NO_MARKS };
}

export { childrenOf } from './measure.ts';
