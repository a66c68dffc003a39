import type { Conditional, TemplateIf } from '../ast.ts';
import { rangeBetween } from '../source.ts';
import { DYNAMIC_UNKNOWN, nullValue, unknownValue } from '../value/construct.ts';
import { ConversionError, convert, unify } from '../value/convert.ts';
import { unionMarks, unmark, withMarks } from '../value/marks.ts';
import { BOOL, DYNAMIC } from '../value/type.ts';
import type { Type } from '../value/type.ts';
import { friendlyName, typeEquals } from '../value/type-ops.ts';
import { UNKNOWN } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import type { Frame } from './frame.ts';
import { isTooLarge } from './limits.ts';

/**
 * Evaluates `condition ? then : otherwise` and `%{ if }`. Both branches are evaluated, as the result has the type that
 * fits both; the problems of the one not taken are dropped.
 */
export function evaluateConditional(node: Conditional | TemplateIf, frame: Frame): Value {
  const thenFrame = frame.fork();
  const thenValue = thenFrame.evaluate(node.then);
  const otherwiseFrame = frame.fork();
  const otherwiseValue = otherwiseFrame.evaluate(node.otherwise);
  const branches = rangeBetween(node.then.range, node.otherwise.range);
  if (isTooLarge([thenValue, otherwiseValue], branches, frame)) return DYNAMIC_UNKNOWN;
  const type = commonType(thenValue, otherwiseValue);
  if (type === undefined) {
    return frame.fail('inconsistent-conditional', {
      detail: `Both results of a conditional must be of one type, or convertible to one. ${describeMismatch(thenValue.type, otherwiseValue.type)}.`,
      subject: branches,
      context: node.range,
      expression: node,
    });
  }
  const [condition, conditionMarks] = unmark(frame.evaluate(node.condition));
  // What the condition was may show in which branch was taken, and with an unknown one it may become either.
  const marks = unionMarks(conditionMarks, thenValue.marks, otherwiseValue.marks);
  const decision = decide(node, condition, frame);
  if (decision === 'error') return unknownValue(type);
  if (decision === 'unknown') {
    const isNull = thenValue.content === null && otherwiseValue.content === null;
    return withMarks(isNull ? nullValue(type) : unknownValue(type), marks);
  }
  const [chosen, from, branch] = decision
    ? [thenValue, thenFrame, node.then]
    : [otherwiseValue, otherwiseFrame, node.otherwise];
  frame.add(from.diagnostics);
  try {
    return withMarks(convert(chosen, type), marks);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    frame.fail('inconsistent-conditional', {
      detail: `This result cannot become what both results have in common, ${friendlyName(type)}: ${error.describe()}.`,
      subject: branch.range,
      context: node.range,
      expression: branch,
    });
    return withMarks(unknownValue(type), marks);
  }
}

function commonType(thenValue: Value, otherwiseValue: Value): Type | undefined {
  if (isPlainNull(thenValue)) return otherwiseValue.type;
  if (isPlainNull(otherwiseValue)) return thenValue.type;
  if (thenValue.type.kind === 'dynamic' || otherwiseValue.type.kind === 'dynamic') return DYNAMIC;
  return unify([thenValue.type, otherwiseValue.type]);
}

function isPlainNull(value: Value): boolean {
  return value.content === null && value.type.kind === 'dynamic';
}

function decide(
  node: Conditional | TemplateIf,
  condition: Value,
  frame: Frame,
): boolean | 'unknown' | 'error' {
  const failure = { subject: node.condition.range, context: node.range, expression: node.condition };
  if (condition.content === null) {
    frame.fail('null-condition', {
      ...failure,
      detail: 'The condition is null; it must be true or false. Compare it explicitly, as with "== true".',
    });
    return 'error';
  }
  if (condition.content === UNKNOWN) return 'unknown';
  try {
    return convert(condition, BOOL).content === true;
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    frame.fail('incorrect-condition-type', {
      ...failure,
      detail: `The condition must be true or false: ${error.describe()}.`,
    });
    return 'error';
  }
}

/** Says in what two types differ that do not unify, down to the member at fault; no full stop at the end. */
function describeMismatch(then: Type, otherwise: Type): string {
  if (then.kind === 'object' && otherwise.kind === 'object') {
    for (const [name, own] of then.attributes) {
      const other = otherwise.attributes.get(name);
      if (other !== undefined && !typeEquals(own, other) && unify([own, other]) === undefined) {
        return `The attribute ${JSON.stringify(name)} differs: ${describeMismatch(own, other)}`;
      }
    }
    const onlyThen = [...then.attributes.keys()].filter((name) => !otherwise.attributes.has(name));
    const onlyOtherwise = [...otherwise.attributes.keys()].filter((name) => !then.attributes.has(name));
    if (onlyThen.length > 0) return `Only the first has the attribute ${JSON.stringify(onlyThen[0])}`;
    if (onlyOtherwise.length > 0)
      return `Only the second has the attribute ${JSON.stringify(onlyOtherwise[0])}`;
  }
  if (then.kind === 'tuple' && otherwise.kind === 'tuple') {
    if (then.elements.length !== otherwise.elements.length) {
      return `The first is a tuple of ${then.elements.length}, the second of ${otherwise.elements.length} elements, and no list can hold all of them`;
    }
    const index = then.elements.findIndex((own, at) => unify([own, otherwise.elements[at]!]) === undefined);
    if (index >= 0) {
      return `Element ${index} differs: ${describeMismatch(then.elements[index]!, otherwise.elements[index]!)}`;
    }
  }
  const [first, second] = [friendlyName(then), friendlyName(otherwise)];
  if (first === second)
    return `Both are of the kind ${first}, but something inside them is of different types`;
  return `The first is of type ${first}, the second of type ${second}`;
}
