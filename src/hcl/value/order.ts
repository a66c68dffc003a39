/**
 * Compares two strings by their UTF-8 bytes, as Go does, which is by code point: -1, 0 or 1. JavaScript's `<` compares
 * UTF-16 units and puts characters beyond U+FFFF before U+E000 to U+FFFF.
 */
export function compareStrings(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    const leftIsSurrogate = (left & 0xf800) === 0xd800;
    const rightIsSurrogate = (right & 0xf800) === 0xd800;
    if (leftIsSurrogate !== rightIsSurrogate) return rightIsSurrogate ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** The entries as a Map in byte order of their keys; the same Map if it is in that order already. */
export function sortedByKey<T>(entries: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  let previous: string | undefined;
  for (const key of entries.keys()) {
    if (previous !== undefined && compareStrings(previous, key) > 0) {
      return new Map([...entries].sort(([a], [b]) => compareStrings(a, b)));
    }
    previous = key;
  }
  return entries;
}
