import { BOOL, DYNAMIC, listType, mapType, NUMBER, objectType, setType, STRING, tupleType } from './type.ts';
import type { Type } from './type.ts';

/** True if the types are the same, optional attributes included. */
export function typeEquals(a: Type, b: Type): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 'string':
    case 'number':
    case 'bool':
    case 'dynamic':
      return a.kind === b.kind;
    case 'list':
    case 'set':
    case 'map':
      return a.kind === b.kind && typeEquals(a.element, b.element);
    case 'tuple':
      return (
        b.kind === 'tuple' &&
        a.elements.length === b.elements.length &&
        a.elements.every((element, index) => typeEquals(element, b.elements[index]!))
      );
    case 'object': {
      if (b.kind !== 'object' || a.attributes.size !== b.attributes.size) return false;
      if ((a.optional?.size ?? 0) !== (b.optional?.size ?? 0)) return false;
      for (const [name, type] of a.attributes) {
        const other = b.attributes.get(name);
        if (other === undefined || !typeEquals(type, other)) return false;
        if ((a.optional?.has(name) ?? false) !== (b.optional?.has(name) ?? false)) return false;
      }
      return true;
    }
  }
}

/** True if `dynamic` is the type or is somewhere in it. */
export function hasDynamic(type: Type): boolean {
  switch (type.kind) {
    case 'dynamic':
      return true;
    case 'string':
    case 'number':
    case 'bool':
      return false;
    case 'list':
    case 'set':
    case 'map':
      return hasDynamic(type.element);
    case 'tuple':
      return type.elements.some(hasDynamic);
    case 'object':
      return [...type.attributes.values()].some(hasDynamic);
  }
}

/**
 * True if a value of type `given` could be one of type `wanted` when `dynamic` in `wanted` stands for any type
 * (cty's TestConformance).
 */
export function conforms(given: Type, wanted: Type): boolean {
  if (wanted.kind === 'dynamic') return true;
  switch (wanted.kind) {
    case 'list':
    case 'set':
    case 'map':
      return given.kind === wanted.kind && conforms(given.element, wanted.element);
    case 'tuple':
      return (
        given.kind === 'tuple' &&
        given.elements.length === wanted.elements.length &&
        given.elements.every((element, index) => conforms(element, wanted.elements[index]!))
      );
    case 'object':
      return (
        given.kind === 'object' &&
        given.attributes.size === wanted.attributes.size &&
        [...wanted.attributes].every(([name, type]) => {
          const own = given.attributes.get(name);
          return own !== undefined && conforms(own, type);
        })
      );
    default:
      return given.kind === wanted.kind;
  }
}

/** The type without the optional attributes of object types: the type of a value, not a constraint. */
export function withoutOptional(type: Type): Type {
  switch (type.kind) {
    case 'list':
      return listType(withoutOptional(type.element));
    case 'set':
      return setType(withoutOptional(type.element));
    case 'map':
      return mapType(withoutOptional(type.element));
    case 'tuple':
      return tupleType(type.elements.map(withoutOptional));
    case 'object':
      return objectType(new Map([...type.attributes].map(([name, own]) => [name, withoutOptional(own)])));
    default:
      return type;
  }
}

/** The name of a type for messages: "string", "list of string", "object". */
export function friendlyName(type: Type): string {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return `${type.kind} of ${friendlyName(type.element)}`;
    default:
      return type.kind;
  }
}

/** The name of a type for messages that say what is wanted: as `friendlyName`, with "any type" for dynamic. */
export function constraintName(type: Type): string {
  switch (type.kind) {
    case 'dynamic':
      return 'any type';
    case 'list':
    case 'set':
    case 'map':
      return type.element.kind === 'dynamic'
        ? `${type.kind} of any single type`
        : `${type.kind} of ${constraintName(type.element)}`;
    default:
      return type.kind;
  }
}

/** A type as a type expression of the language: `list(string)`, `object({ a = optional(number) })`, `any`. */
export function typeExpression(type: Type): string {
  switch (type.kind) {
    case 'dynamic':
      return 'any';
    case 'list':
    case 'set':
    case 'map':
      return `${type.kind}(${typeExpression(type.element)})`;
    case 'tuple':
      return `tuple([${type.elements.map(typeExpression).join(', ')}])`;
    case 'object': {
      if (type.attributes.size === 0) return 'object({})';
      const items = [...type.attributes].map(([name, own]) => {
        const text = typeExpression(own);
        return `${name} = ${type.optional?.has(name) === true ? `optional(${text})` : text}`;
      });
      return `object({ ${items.join(', ')} })`;
    }
    default:
      return type.kind;
  }
}

/** A type in cty's JSON form: `"string"`, `["list","string"]`, `["object",{"a":"bool"},["a"]]` (optional names last). */
export type TypeJson = string | readonly [string, ...unknown[]];

export function typeToJson(type: Type): TypeJson {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return [type.kind, typeToJson(type.element)];
    case 'tuple':
      return [type.kind, type.elements.map(typeToJson)];
    case 'object': {
      // Not by assignment, which "__proto__" has another meaning for.
      const attributes = Object.fromEntries(
        [...type.attributes].map(([name, own]) => [name, typeToJson(own)]),
      );
      const optional = [...(type.optional?.keys() ?? [])];
      return optional.length === 0 ? ['object', attributes] : ['object', attributes, optional.toSorted()];
    }
    default:
      return type.kind;
  }
}

/**
 * The type that cty's JSON form describes. Defaults of optional attributes are not part of that form.
 * @throws TypeError for anything else
 */
export function typeFromJson(json: unknown): Type {
  switch (json) {
    case 'string':
      return STRING;
    case 'number':
      return NUMBER;
    case 'bool':
      return BOOL;
    case 'dynamic':
      return DYNAMIC;
  }
  if (Array.isArray(json)) {
    const [kind, inner, optional] = json as [unknown, unknown, unknown];
    if (kind === 'list') return listType(typeFromJson(inner));
    if (kind === 'set') return setType(typeFromJson(inner));
    if (kind === 'map') return mapType(typeFromJson(inner));
    if (kind === 'tuple' && Array.isArray(inner)) return tupleType(inner.map(typeFromJson));
    if (kind === 'object' && typeof inner === 'object' && inner !== null) {
      const attributes = new Map(Object.entries(inner).map(([name, own]) => [name, typeFromJson(own)]));
      const names = Array.isArray(optional) ? (optional as string[]) : [];
      return objectType(attributes, new Map(names.map((name) => [name, undefined])));
    }
  }
  throw new TypeError(`not a type in JSON form: ${JSON.stringify(json)}`);
}
