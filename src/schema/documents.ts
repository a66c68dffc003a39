import type { DocumentedSchema } from './block-schema.ts';
import { documents } from './generated/documents.ts';

export type { DocumentedProperty, DocumentedSchema } from './block-schema.ts';

/** The schema of a block as `schema/` has it, with what is written for readers; undefined when we do not run such a block. */
export function documentedSchema(name: string): DocumentedSchema | undefined {
  return documents.get(name)?.();
}
