/** What a template computes with: the plain data that Packer's templates meet. `undefined` is a value that is missing. */
export type Datum = string | number | boolean | null | undefined | readonly Datum[] | DatumMap;
export interface DatumMap {
  readonly [key: string]: Datum;
}

/** Go's text for a value that is missing. */
export const NO_VALUE = '<no value>';

export function isMap(value: Datum): value is DatumMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key of a map; never anything that JavaScript itself put there. */
export function entry(map: DatumMap, key: string): Datum {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** Go's truth: false, 0, nil, and whatever is empty are false. */
export function isTrue(value: Datum): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** What `{{ value }}` prints, as Go's fmt package prints with %v. */
export function textOf(value: Datum): string {
  if (value === undefined || value === null) return NO_VALUE;
  if (Array.isArray(value)) return `[${value.map(textOf).join(' ')}]`;
  if (isMap(value)) {
    const pairs = Object.keys(value)
      .sort()
      .map((key) => `${key}:${textOf(value[key])}`);
    return `map[${pairs.join(' ')}]`;
  }
  return String(value as string | number | boolean);
}
