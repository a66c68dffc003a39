import { parseDuration } from '../lib/duration.ts';
import type { JsonObject } from '../plan/json.ts';

/** Reads the options of an evaluated block; its schema has checked their types already. */
export class Options {
  readonly #config: JsonObject;

  constructor(config: JsonObject) {
    this.#config = config;
  }

  /** Undefined when it is absent or null. */
  string(name: string): string | undefined {
    const value = this.#config[name];
    return typeof value === 'string' ? value : undefined;
  }

  boolean(name: string): boolean {
    return this.#config[name] === true;
  }

  strings(name: string): readonly string[] | undefined {
    const value = this.#config[name];
    return Array.isArray(value) ? value.map(String) : undefined;
  }

  numbers(name: string): readonly number[] | undefined {
    const value = this.#config[name];
    return Array.isArray(value) ? value.map(Number) : undefined;
  }

  map(name: string): Readonly<Record<string, string>> {
    const value = this.#config[name];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
    return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
  }

  /** Milliseconds of a duration such as "5m". */
  duration(name: string, absent: number): number {
    const value = this.#config[name];
    if (typeof value === 'number') return value;
    return (typeof value === 'string' ? parseDuration(value) : undefined) ?? absent;
  }
}
