import type { BlockSchema, Validator } from './block-schema.ts';

/** A kind of block: its schema and the function that Ajv made of it, both of which come to be when they are first used. */
export class Block {
  readonly #makeSchema: () => BlockSchema;
  readonly #makeValidator: (() => Validator) | undefined;
  #schema: BlockSchema | undefined;
  #validate: Validator | undefined;

  /** Without a validator it is a part of another block, which is judged as a whole. */
  constructor(makeSchema: () => BlockSchema, makeValidator?: () => Validator) {
    this.#makeSchema = makeSchema;
    this.#makeValidator = makeValidator;
  }

  get schema(): BlockSchema {
    return (this.#schema ??= this.#makeSchema());
  }

  get validate(): Validator | undefined {
    return (this.#validate ??= this.#makeValidator?.());
  }
}

/** A schema that is read when it is needed. */
export function parsed(json: string): () => BlockSchema {
  return () => JSON.parse(json) as BlockSchema;
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
