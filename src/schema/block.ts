import type { BlockSchema, Validator } from './block-schema.ts';

/** A kind of block. What Ajv and JSON are asked to make for it comes to be when it is first used. */
export class Block {
  readonly #makeSchema: () => BlockSchema;
  #schema: BlockSchema | undefined;
  /** Undefined for a part of another block, which is judged as a whole. */
  readonly validators: BlockValidators | undefined;

  constructor(makeSchema: () => BlockSchema, validators?: BlockValidators) {
    this.#makeSchema = makeSchema;
    this.validators = validators;
  }

  get schema(): BlockSchema {
    return (this.#schema ??= this.#makeSchema());
  }
}

/**
 * The functions that Ajv made for a block: one for the block as such, and one for the value of each of its attributes. Few
 * attributes are written in a template, and most are of one of a few kinds, which share a function.
 */
export interface BlockValidators {
  /** Judges which attributes there are, and not their values. */
  readonly block: () => Validator;
  /** Judges the value of an attribute that the schema has. */
  readonly value: (attribute: string) => Validator | undefined;
}

/** A function that is made when it is needed, once. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** The validators of values, by the attributes that they are for: a JSON object with the index of each. */
export function byAttribute(
  validators: readonly (() => Validator)[],
  json: string,
): (attribute: string) => Validator | undefined {
  const indexes = once(() => new Map(Object.entries(JSON.parse(json) as Record<string, number>)));
  return (attribute) => {
    const index = indexes().get(attribute);
    return index === undefined ? undefined : validators[index]?.();
  };
}

/** A schema that is read when it is needed. */
export function parsed<T extends BlockSchema>(json: string): () => T {
  return () => JSON.parse(json) as T;
}

/** The first schema with the properties of both. */
export function joined<T extends { readonly properties: object }>(name: string, first: T, second: T): T {
  return {
    ...first,
    $id: `${name}.schema.json`,
    properties: { ...first.properties, ...second.properties },
  };
}

/** The schema with other texts. */
export function extended<T extends object>(schema: T, texts: Partial<T>): T {
  return { ...schema, ...texts };
}
