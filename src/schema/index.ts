import type { BlockSchema, Validator, ValidatorError } from './block-schema.ts';
import { blocks } from './generated/blocks.ts';

export type { BlockSchema, ItemSchema, PropertySchema } from './block-schema.ts';

/** One way in which data does not fit its schema. */
export interface SchemaError {
  /** The keyword of JSON Schema that failed: `required`, `additionalProperties`, `enum`, `oneOf` … */
  readonly keyword: string;
  /** Where in the data: names and indexes from the root of the block. Empty: the block itself. */
  readonly path: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
}

/** Names of the blocks that have a schema: `source-vmm`, `vmm`, `ssh`, `provisioner-shell` … */
export function blockNames(): readonly string[] {
  return [...blocks.keys()];
}

/** The schema of a block, or undefined when we do not run such a block. */
export function blockSchema(name: string): BlockSchema | undefined {
  return blocks.get(name)?.schema;
}

/** The attributes of a block that hold durations. */
export function durationsOf(name: string): ReadonlySet<string> {
  const properties = Object.entries(blockSchema(name)?.properties ?? {});
  return new Set(properties.flatMap(([attribute, property]) => (property['x-duration'] ? [attribute] : [])));
}

/**
 * Checks data against the schema of a block and gives every difference, in no particular order.
 * @throws Error for a name without a schema, and for one that is a part of another: mistakes of the caller.
 */
export function validateBlock(name: string, data: object): SchemaError[] {
  const validators = blocks.get(name)?.validators;
  if (!validators) throw new Error(`Nothing judges a block "${name}".`);
  const errors = errorsOf(validators.block(), data);
  for (const [attribute, value] of Object.entries(data)) {
    errors.push(...errorsOf(validators.value(attribute), value, attribute));
  }
  return errors;
}

/** @param path where in the block the data is */
function errorsOf(validate: Validator | undefined, data: unknown, ...path: string[]): SchemaError[] {
  if (!validate || validate(data)) return [];
  const errors = validate.errors ?? [];
  return errors
    .filter((error) => !isInsideAlternative(error))
    .map((error) => ({
      keyword: error.keyword,
      path: [...path, ...pathOf(error)],
      params: error.params,
    }));
}

/** The failures of the single alternatives of `oneOf` say nothing that `oneOf` itself does not. */
function isInsideAlternative(error: ValidatorError): boolean {
  return /\/oneOf\/\d+\//.test(error.schemaPath) || error.keyword === 'propertyNames';
}

function pathOf(error: ValidatorError): string[] {
  const path = error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  // A name that fails `propertyNames` is reported at the map; the name itself is the place.
  return error.propertyName === undefined ? path : [...path, error.propertyName];
}
