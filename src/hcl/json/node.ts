import type { Range } from '../source.ts';

/* What JSON text is parsed to. What it means, an attribute or blocks, only a schema can tell. */

export interface JsonObject {
  readonly kind: 'object';
  /** In source order, duplicates included: they mean several blocks, or an error, as the schema has it. */
  readonly properties: readonly JsonProperty[];
  readonly range: Range;
  readonly openRange: Range;
  readonly closeRange: Range;
}

export interface JsonProperty {
  readonly name: JsonString;
  readonly value: JsonNode;
}

export interface JsonArray {
  readonly kind: 'array';
  readonly elements: readonly JsonNode[];
  readonly range: Range;
  readonly openRange: Range;
}

export interface JsonString {
  readonly kind: 'string';
  readonly value: string;
  /** For an offset in `value`, the offset in the text of the file. */
  readonly offsetOf: (offset: number) => number;
  readonly range: Range;
}

export type JsonNode =
  | JsonObject
  | JsonArray
  | JsonString
  | { readonly kind: 'number'; readonly text: string; readonly range: Range }
  | { readonly kind: 'bool'; readonly value: boolean; readonly range: Range }
  | { readonly kind: 'null'; readonly range: Range }
  /** There is a diagnostic for it. */
  | { readonly kind: 'invalid'; readonly range: Range };
