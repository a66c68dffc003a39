import type { Json } from '../../plan/json.ts';
import type { ItemSchema, PropertySchema } from '../../schema/index.ts';
import { nameOfSchemaType } from '../schema-values.ts';

/** A value of the type that a schema wants, or why there is none. `undefined` stands for "not set". */
export type Coerced =
  { readonly ok: true; readonly json: Json | undefined } | { readonly ok: false; readonly fault: string };

const good = (json: Json | undefined): Coerced => ({ ok: true, json });
const bad = (fault: string): Coerced => ({ ok: false, fault });

/**
 * Turns a JSON value into the type that a schema wants, as generously as Packer decodes legacy templates: numbers and
 * booleans may be texts and the other way round, a list may be a text with commas or one element alone, a map may be a
 * list of maps, and a number for a duration counts nanoseconds.
 */
export function coerce(json: Json, property: PropertySchema): Coerced {
  if (json === null) return good(undefined);
  if (property['x-duration'] && typeof json === 'number') return good(`${json}ns`);
  if (property.type === 'array') return coerceList(json, property);
  if (property.type === 'object') return coerceMap(json, property);
  return coerceScalar(json, property, nameOfSchemaType(property));
}

/** A text, a number or a boolean. */
export function coerceScalar(json: Json, { type }: ItemSchema | PropertySchema, wanted: string): Coerced {
  const fault = bad(`it must be ${wanted}, and it is ${describe(json)}`);
  if (typeof json === 'object' && json !== null) return fault;
  switch (type) {
    case 'string':
      return good(textOf(json));
    case 'boolean':
      if (typeof json === 'string') {
        if (/^(1|t|T|TRUE|true|True)$/.test(json)) return good(true);
        return /^(|0|f|F|FALSE|false|False)$/.test(json) ? good(false) : fault;
      }
      return good(Boolean(json));
    default: {
      if (typeof json !== 'string') return good(Number(json));
      // An empty text is 0 to Packer, and 0 is "not set" to its builders.
      if (json === '') return good(undefined);
      return /^[-+]?(\d+(\.\d+)?|0[xX][0-9a-fA-F]+)$/.test(json) ? good(Number(json)) : fault;
    }
  }
}

function coerceList(json: Json, property: PropertySchema): Coerced {
  const items: ItemSchema = property.items ?? { type: 'string' };
  const elements: readonly Json[] = Array.isArray(json)
    ? (json as readonly Json[])
    : typeof json === 'string'
      ? json === ''
        ? []
        : json.split(',')
      : [json];
  const wanted = nameOfSchemaType(property);
  const list: Json[] = [];
  for (const element of elements) {
    const one = coerceScalar(element ?? '', items, `${wanted}`);
    if (!one.ok) return one;
    list.push(one.json ?? '');
  }
  return good(list);
}

function coerceMap(json: Json, property: PropertySchema): Coerced {
  const maps = Array.isArray(json) ? (json as readonly Json[]) : [json];
  const wanted = nameOfSchemaType(property);
  const entries: [string, Json][] = [];
  for (const map of maps) {
    if (typeof map !== 'object' || map === null || Array.isArray(map)) {
      return bad(`it must be ${wanted}, and it is ${describe(map)}`);
    }
    for (const [key, value] of Object.entries(map as Readonly<Record<string, Json>>)) {
      const one = coerceScalar(value ?? '', property.additionalProperties ?? { type: 'string' }, wanted);
      if (!one.ok) return one;
      entries.push([key, one.json ?? '']);
    }
  }
  return good(Object.fromEntries(entries));
}

/** A scalar as text: Go writes booleans as 1 and 0. Undefined for lists and maps. */
export function textOf(json: Json | undefined): string | undefined {
  if (typeof json === 'boolean') return json ? '1' : '0';
  if (typeof json === 'number') return String(json);
  return typeof json === 'string' ? json : undefined;
}

function describe(json: Json): string {
  if (Array.isArray(json)) return 'a list';
  return typeof json === 'object' && json !== null ? 'an object' : JSON.stringify(json);
}
