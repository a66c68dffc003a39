import { childrenOf } from '../hcl/value/marks.ts';
import type { BigFloat } from '../hcl/value/big-float.ts';
import { BOOL, NUMBER, STRING, listType, mapType } from '../hcl/value/type.ts';
import type { Type } from '../hcl/value/type.ts';
import { UNKNOWN } from '../hcl/value/value.ts';
import type { Value } from '../hcl/value/value.ts';
import type { Json } from '../plan/json.ts';
import type { ItemSchema, PropertySchema } from '../schema/index.ts';

/** The type to which the value of an attribute is converted before its schema judges it, as hcldec does. */
export function typeOfSchema(schema: PropertySchema | ItemSchema): Type {
  switch (schema.type) {
    case 'string':
      return STRING;
    case 'integer':
    case 'number':
      return NUMBER;
    case 'boolean':
      return BOOL;
    case 'array':
      return listType(schema.items ? typeOfSchema(schema.items) : STRING);
    case 'object':
      return mapType(schema.additionalProperties ? typeOfSchema(schema.additionalProperties) : STRING);
  }
}

/** What a value of this type is called in a message. */
export function nameOfSchemaType(schema: PropertySchema): string {
  const items = schema.items ?? schema.additionalProperties;
  const plural = items?.type === 'string' ? 'strings' : `${items?.type ?? 'string'}s`;
  switch (schema.type) {
    case 'string':
      return 'a string';
    case 'integer':
      return 'a whole number';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of ${plural === 'integers' ? 'whole numbers' : plural}`;
    case 'object':
      return `a map of ${plural}`;
  }
}

/** Plain data as it is written in HCL. */
export function hclText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(hclText).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => `${JSON.stringify(key)} = ${hclText(entry)}`);
    return `{ ${entries.join(', ')} }`;
  }
  return JSON.stringify(value ?? null);
}

/** The title of an attribute inside a sentence: "ISO image" stays, "Base image" becomes "base image". */
export function titleInText({ title }: PropertySchema): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}

/** The text that stands for what is only known during the build, as in Packer. */
export const UNKNOWN_TEXT = '<unknown>';

/** A value as plain data. What is unknown becomes Packer's placeholder; marks are lost. */
export function valueToJson(value: Value): Json {
  const { content, type } = value;
  if (content === UNKNOWN) return placeholder(type);
  if (content === null) return null;
  if (Array.isArray(content)) return (content as readonly Value[]).map(valueToJson);
  if (content instanceof Map) {
    const entries = [...(content as ReadonlyMap<string, Value>)];
    return Object.fromEntries(entries.map(([name, child]) => [name, valueToJson(child)]));
  }
  if (typeof content === 'string' || typeof content === 'boolean') return content;
  return (content as BigFloat).toNumber();
}

/** Packer's stand-ins: the text "<unknown>", 0, false, and empty collections. */
function placeholder(type: Type): Json {
  switch (type.kind) {
    case 'string':
    case 'dynamic':
      return UNKNOWN_TEXT;
    case 'number':
      return 0;
    case 'bool':
      return false;
    case 'list':
    case 'set':
    case 'tuple':
      return [];
    case 'map':
    case 'object':
      return {};
  }
}

/** Every text in a value, at any depth: what must not be shown of a sensitive one. */
export function stringLeaves(value: Value): string[] {
  if (typeof value.content === 'string') return value.content === '' ? [] : [value.content];
  return [...childrenOf(value.content)].flatMap(stringLeaves);
}
