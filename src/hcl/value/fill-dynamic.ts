import { DYNAMIC, listType, mapType, objectType, setType, tupleType } from './type.ts';
import type { Type } from './type.ts';

type Unify = (types: readonly Type[]) => Type | undefined;

/** `to` with each `dynamic` replaced by what `from` has in that place, for values whose content does not tell. */
export function fillDynamic(from: Type, to: Type, unify: Unify): Type {
  if (from.kind === 'dynamic') return to;
  switch (to.kind) {
    case 'dynamic':
      return from;
    case 'list':
    case 'set':
    case 'map': {
      const element = fillDynamic(elementOf(from, unify), to.element, unify);
      return to.kind === 'list' ? listType(element) : to.kind === 'set' ? setType(element) : mapType(element);
    }
    case 'tuple':
      if (from.kind !== 'tuple') return to;
      return tupleType(
        to.elements.map((own, index) => fillDynamic(from.elements[index] ?? DYNAMIC, own, unify)),
      );
    case 'object': {
      const source = (name: string): Type =>
        from.kind === 'object' ? (from.attributes.get(name) ?? DYNAMIC) : elementOf(from, unify);
      return objectType(
        new Map([...to.attributes].map(([name, own]) => [name, fillDynamic(source(name), own, unify)])),
      );
    }
    default:
      return to;
  }
}

function elementOf(type: Type, unify: Unify): Type {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'map':
      return type.element;
    case 'tuple':
      return unify(type.elements) ?? DYNAMIC;
    case 'object':
      return unify([...type.attributes.values()]) ?? DYNAMIC;
    default:
      return DYNAMIC;
  }
}
