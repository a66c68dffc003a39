import type { Expression, ForObject, ForTuple, TemplateFor } from '../ast.ts';
import { canIterate, iterate } from '../value/access.ts';
import { DYNAMIC_UNKNOWN, objectValue, tupleValue } from '../value/construct.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { NO_MARKS, unionMarks, unmark, withMarks } from '../value/marks.ts';
import type { Marks } from '../value/marks.ts';
import { BOOL, STRING } from '../value/type.ts';
import { friendlyName } from '../value/type-ops.ts';
import { UNKNOWN } from '../value/value.ts';
import type { Value } from '../value/value.ts';
import type { Frame } from './frame.ts';
import { childScope } from './scope.ts';

type Loop = ForTuple | ForObject | TemplateFor;

/** What has been gathered while a loop runs. */
interface LoopState {
  /** False once the result cannot be known; the loop goes on for the sake of its problems. */
  isKnown: boolean;
  marks: Marks;
}

function conditionOf(loop: Loop): Expression | undefined {
  return loop.kind === 'TemplateFor' ? undefined : loop.condition;
}

function loopFrame(loop: Loop, frame: Frame, key: Value, value: Value): Frame {
  const variables = new Map<string, Value>();
  if (loop.keyName !== undefined) variables.set(loop.keyName, key);
  variables.set(loop.valueName, value);
  return frame.inScope(childScope(frame.scope, variables));
}

/**
 * Calls `visit` for each element of a loop that its condition lets through. Undefined if the loop cannot run: its result
 * is then `unknown`, with the marks found so far.
 */
function runLoop(
  loop: Loop,
  frame: Frame,
  visit: (inner: Frame, state: LoopState) => void,
): { unknown: Value } | LoopState {
  const [collection, marks] = unmark(frame.evaluate(loop.collection));
  if (!checkCollection(loop, collection, frame)) return { unknown: DYNAMIC_UNKNOWN };
  const conditionMarks = checkCondition(loop, frame);
  if (conditionMarks === undefined) return { unknown: DYNAMIC_UNKNOWN };
  if (collection.content === UNKNOWN) {
    return { unknown: withMarks(DYNAMIC_UNKNOWN, marks, conditionMarks) };
  }
  const state: LoopState = { isKnown: true, marks };
  for (const [key, value] of iterate(collection)) {
    const inner = loopFrame(loop, frame, key, value);
    if (isIncluded(loop, inner, state)) visit(inner, state);
  }
  return state;
}

/** False if the collection cannot be gone through; its type may just not be known yet, or there is a diagnostic. */
function checkCollection(loop: Loop, collection: Value, frame: Frame): boolean {
  const failure = { subject: loop.collection.range, context: loop.range, expression: loop.collection };
  if (collection.content === null) {
    frame.fail('null-iteration', {
      ...failure,
      detail:
        'The collection after "in" is null. To go through nothing in that case, fall back to an empty one: coalescelist(…, []) or a conditional.',
    });
    return false;
  }
  if (collection.type.kind === 'dynamic') return false;
  if (canIterate(collection)) return true;
  frame.fail('non-iterable', {
    ...failure,
    detail: `A for needs a list, set, map, tuple or object after "in"; this is a ${friendlyName(collection.type)}.`,
  });
  return false;
}

/**
 * Tries the condition with elements of which nothing is known, so that a mistake in it is reported once and not for every
 * element. Its marks; undefined if it is no condition.
 */
function checkCondition(loop: Loop, frame: Frame): Marks | undefined {
  const condition = conditionOf(loop);
  if (condition === undefined) return NO_MARKS;
  const before = frame.diagnostics.length;
  const result = loopFrame(loop, frame, DYNAMIC_UNKNOWN, DYNAMIC_UNKNOWN).evaluate(condition);
  const failure = { subject: condition.range, context: loop.range, expression: condition };
  if (result.content === null) {
    frame.fail('null-for-condition', {
      ...failure,
      detail: 'The condition after "if" is null; it must be true or false.',
    });
    return undefined;
  }
  try {
    convert(result, BOOL);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    frame.fail('invalid-for-condition', {
      ...failure,
      detail: `The condition after "if" must be true or false: ${error.describe()}.`,
    });
    return undefined;
  }
  return frame.diagnostics.length > before ? undefined : result.marks;
}

function isIncluded(loop: Loop, inner: Frame, state: LoopState): boolean {
  const condition = conditionOf(loop);
  if (condition === undefined) return true;
  const raw = inner.evaluate(condition);
  if (raw.content === null) {
    const detail = 'The condition after "if" is null for this element; it must be true or false.';
    failOnce('invalid-for-condition', detail, condition, loop, inner, state);
    return false;
  }
  state.marks = unionMarks(state.marks, raw.marks);
  const isUnknown = raw.content === UNKNOWN;
  try {
    // As in the reference, only an object cares for the type of a condition that is not known.
    const isTrue = (isUnknown && loop.kind !== 'ForObject') || convert(raw, BOOL).content === true;
    if (isUnknown) state.isKnown = false;
    return isTrue && !isUnknown;
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const detail = `The condition after "if" must be true or false: ${error.describe()}.`;
    failOnce('invalid-for-condition', detail, condition, loop, inner, state);
    return false;
  }
}

/** Reports what is wrong with one element. The first that fails tells it; what follows from it is not repeated. */
function failOnce(
  code: 'invalid-for-condition' | 'invalid-object-key',
  detail: string,
  expression: Expression,
  loop: Loop,
  inner: Frame,
  state: LoopState,
): void {
  if (state.isKnown) {
    inner.fail(code, { detail, subject: expression.range, context: loop.range, expression });
  }
  state.isKnown = false;
}

/** Evaluates `[for …]`. */
export function evaluateForTuple(loop: ForTuple, frame: Frame): Value {
  const elements: Value[] = [];
  const result = runLoop(loop, frame, (inner) => elements.push(inner.evaluate(loop.value)));
  if ('unknown' in result) return result.unknown;
  return withMarks(result.isKnown ? tupleValue(elements) : DYNAMIC_UNKNOWN, result.marks);
}

/** Evaluates `{for …}`. */
export function evaluateForObject(loop: ForObject, frame: Frame): Value {
  const groups = new Map<string, Value[]>();
  const result = runLoop(loop, frame, (inner, state) => {
    const key = evaluateKey(loop, inner, state);
    if (key === undefined) return;
    const value = inner.evaluate(loop.value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else if (loop.group) group.push(value);
    else {
      // A secret key, or one of a secret collection, is not for messages.
      const shown = state.marks.size > 0 ? 'same key' : `key ${JSON.stringify(key)}`;
      inner.fail('duplicate-object-key', {
        detail: `Two elements give the ${shown}. If that is intended, write "..." after the value to gather the values of each key in a tuple.`,
        subject: loop.key.range,
        context: loop.range,
        expression: loop.key,
      });
    }
  });
  if ('unknown' in result) return result.unknown;
  if (!result.isKnown) return withMarks(DYNAMIC_UNKNOWN, result.marks);
  const attributes = new Map<string, Value>();
  for (const [key, values] of groups) attributes.set(key, loop.group ? tupleValue(values) : values[0]!);
  return withMarks(objectValue(attributes), result.marks);
}

function evaluateKey(loop: ForObject, inner: Frame, state: LoopState): string | undefined {
  const raw = inner.evaluate(loop.key);
  if (raw.content === null) {
    const detail = 'The key before "=>" is null for this element.';
    failOnce('invalid-object-key', detail, loop.key, loop, inner, state);
    return undefined;
  }
  state.marks = unionMarks(state.marks, raw.marks);
  if (raw.content === UNKNOWN) {
    state.isKnown = false;
    return undefined;
  }
  try {
    return convert(raw, STRING).content as string;
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const detail = `The key before "=>" must be a string: ${error.describe()}.`;
    failOnce('invalid-object-key', detail, loop.key, loop, inner, state);
    return undefined;
  }
}

/** The contents of `%{ for }` for each element; undefined where it cannot be known, and the marks in any case. */
export function evaluateTemplateFor(loop: TemplateFor, frame: Frame): { texts?: Value[]; marks: Marks } {
  const texts: Value[] = [];
  const result = runLoop(loop, frame, (inner) => texts.push(inner.evaluate(loop.content)));
  if ('unknown' in result) return { marks: result.unknown.marks };
  return result.isKnown ? { texts, marks: result.marks } : { marks: result.marks };
}
