import type { FunctionSpec } from './spec.ts';

/**
 * Functions by name, a group of which comes to be when a name is looked up that no earlier group has: a template calls few of
 * them, and making them all takes longer than many a template.
 */
export class FunctionsOnDemand implements ReadonlyMap<string, FunctionSpec> {
  readonly #made = new Map<string, FunctionSpec>();
  readonly #toMake: (() => readonly FunctionSpec[])[];

  /** @param groups those first that are called most */
  constructor(groups: readonly (() => readonly FunctionSpec[])[]) {
    this.#toMake = [...groups];
  }

  get(name: string): FunctionSpec | undefined {
    while (!this.#made.has(name) && this.#makeNext());
    return this.#made.get(name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  get size(): number {
    return this.#all().size;
  }

  keys(): MapIterator<string> {
    return this.#all().keys();
  }

  values(): MapIterator<FunctionSpec> {
    return this.#all().values();
  }

  entries(): MapIterator<[string, FunctionSpec]> {
    return this.#all().entries();
  }

  [Symbol.iterator](): MapIterator<[string, FunctionSpec]> {
    return this.entries();
  }

  forEach(visit: (spec: FunctionSpec, name: string, map: ReadonlyMap<string, FunctionSpec>) => void): void {
    for (const [name, spec] of this) visit(spec, name, this);
  }

  #all(): Map<string, FunctionSpec> {
    while (this.#makeNext());
    return this.#made;
  }

  #makeNext(): boolean {
    const make = this.#toMake.shift();
    for (const spec of make?.() ?? []) this.#made.set(spec.name, spec);
    return make !== undefined;
  }
}
