/**
 * The same elements in an array that has room for no more. One that elements were pushed to keeps room for a dozen,
 * which trees of large files would be full of. Long arrays waste little and are returned as they are.
 */
export function compact<T>(elements: T[]): T[] {
  return elements.length <= 16 ? elements.slice() : elements;
}
