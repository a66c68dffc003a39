import type { BlockSchema, Validator } from './block-schema.ts';

/** A kind of block: its schema and the function that Ajv made of it, both of which come to be when they are first used. */
export class Block {
  readonly #json: string;
  readonly #makeValidator: () => Validator;
  #schema: BlockSchema | undefined;
  #validate: Validator | undefined;

  constructor(json: string, makeValidator: () => Validator) {
    this.#json = json;
    this.#makeValidator = makeValidator;
  }

  get schema(): BlockSchema {
    return (this.#schema ??= JSON.parse(this.#json) as BlockSchema);
  }

  get validate(): Validator {
    return (this.#validate ??= this.#makeValidator());
  }
}
