import type { Splat } from '../ast.ts';
import { DYNAMIC_UNKNOWN, listValue, tupleValue, unknownValue } from '../value/construct.ts';
import { unmark, withMarks } from '../value/marks.ts';
import { listType, tupleType } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import { typeEquals } from '../value/type-ops.ts';
import { UNKNOWN } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import { rangeBetween } from '../source.ts';
import type { Frame } from './frame.ts';

/**
 * Evaluates `source.*…` and `source[*]…`: what follows, for each element of a list, set or tuple. Another value counts as
 * the only element of a tuple, null as none.
 */
export function evaluateSplat(splat: Splat, frame: Frame): Value {
  const before = frame.diagnostics.length;
  const given = frame.evaluate(splat.source);
  if (frame.diagnostics.length > before) return DYNAMIC_UNKNOWN;
  const [plain, marks] = unmark(given);
  const { kind } = plain.type;
  const isSequence = kind === 'tuple' || kind === 'list' || kind === 'set';
  if (plain.content === null) {
    if (!isSequence) return withMarks(tupleValue([]), marks);
    return frame.fail('null-splat', {
      detail: `The ${kind} before the splat is null, so it has no elements. Fall back to an empty one, or make sure that it is set.`,
      subject: splat.source.range,
      context: rangeBetween(splat.source.range, splat.markerRange),
      expression: splat.source,
    });
  }
  if (kind === 'dynamic') return given;
  const source = isSequence ? plain : tupleValue([plain]);
  if (source.content === UNKNOWN) {
    return withMarks(unknownValue(resultType(splat, source.type, frame)), marks);
  }
  const elements = (source.content as readonly Value[]).map((element) =>
    frame.withItem(splat.item, element).evaluate(splat.each),
  );
  // What is unknown now may turn out to be null, and then there is no element.
  if (!isSequence && plain.content === UNKNOWN) return withMarks(DYNAMIC_UNKNOWN, marks);
  if (frame.diagnostics.length > before) {
    return withMarks(unknownValue(resultType(splat, source.type, frame.fork())), marks);
  }
  if (source.type.kind === 'tuple') return withMarks(tupleValue(elements), marks);
  return withMarks(makeList(splat, elements, source.type, frame), marks);
}

function makeList(splat: Splat, elements: readonly Value[], source: Type, frame: Frame): Value {
  if (elements.length === 0) {
    const type = resultType(splat, source, frame);
    return listValue([], type.kind === 'list' ? type.element : undefined);
  }
  const known = elements.filter((element) => element.type.kind !== 'dynamic');
  if (known.every((element) => typeEquals(element.type, known[0]!.type))) return listValue(elements);
  return frame.fail('invalid-nested-splat', {
    detail:
      'The elements of this list give values of different types, which no list can hold. Use a for expression, [for …], whose result may hold any.',
    subject: splat.each.range,
    context: splat.range,
    expression: splat,
  });
}

/** The type of the result, found by evaluating what follows the splat with elements of which only the type is known. */
function resultType(splat: Splat, source: Type, frame: Frame): Type {
  const typeFor = (element: Type): Type =>
    frame.withItem(splat.item, unknownValue(element)).evaluate(splat.each).type;
  if (source.kind === 'tuple') return tupleType(source.elements.map(typeFor));
  return listType(typeFor((source as { readonly element: Type }).element));
}
