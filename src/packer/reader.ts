import { parseDuration } from '../lib/duration.ts';
import type { Json, JsonObject } from '../plan/json.ts';

/** What the values of a source mean depends on. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Gives the attributes of a decoded block as their types. */
export type Reader = ReturnType<typeof reader>;

/** See `Reader`. */
export function reader(config: JsonObject) {
  // An empty text is the same as no text: templates pass "" for what they do not want to set.
  const text = (name: string): string | undefined => {
    const value = config[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    text,
    number: (name: string): number | undefined => {
      const value = config[name];
      return typeof value === 'number' ? value : undefined;
    },
    flag: (name: string): boolean => config[name] === true,
    list: (name: string): readonly Json[] => {
      const value = config[name];
      return Array.isArray(value) ? (value as readonly Json[]) : [];
    },
    duration: (name: string): number | undefined => {
      const value = text(name);
      return value === undefined ? undefined : parseDuration(value);
    },
  };
}
