import { jsonAttributes, jsonContent, jsonPartialContent } from './json/content.ts';
import type { StringMode } from './json/expression.ts';
import { nativeAttributes, nativeContent, nativePartialContent } from './native-content.ts';
import type { AnyBody, BodySchema, ContentResult, PartialContentResult } from './schema.ts';

export interface ContentOptions {
  /** What strings in the JSON syntax are: templates (the default), or just their text. */
  readonly strings?: StringMode;
}

/**
 * The attributes and blocks of a body, as a schema wants them. What the schema does not know, and what is missing, is
 * reported; the rest is returned all the same. After hcl.Body.Content.
 */
export function content(body: AnyBody, schema: BodySchema, options: ContentOptions = {}): ContentResult {
  if (body.kind === 'Body') return nativeContent(body, schema);
  return jsonContent(body, schema, options.strings ?? 'template');
}

/** The same, but what the schema does not know is no error; it is returned as a body. After hcl.Body.PartialContent. */
export function partialContent(
  body: AnyBody,
  schema: BodySchema,
  options: ContentOptions = {},
): PartialContentResult {
  if (body.kind === 'Body') return nativePartialContent(body, schema);
  return jsonPartialContent(body, schema, options.strings ?? 'template');
}

/** All attributes of a body that may hold any, but no blocks. After hcl.Body.JustAttributes. */
export function justAttributes(body: AnyBody, options: ContentOptions = {}): ContentResult {
  if (body.kind === 'Body') return nativeAttributes(body);
  return jsonAttributes(body, options.strings ?? 'template');
}
