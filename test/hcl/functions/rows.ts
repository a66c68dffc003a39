// Tables of calls: each row is an expression with what it must give.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  evaluate,
  functions,
  hasErrors,
  isSensitive,
  isWhollyKnown,
  parseExpression,
  sensitive,
  stringValue,
  listValue,
  mapValue,
  numberValue,
  objectValue,
  STRING,
  NUMBER,
  listType,
  mapType,
  setType,
  tupleType,
  typeExpression,
  unknownValue,
  unmarkDeep,
  valueToJson,
} from '../../../src/hcl/index.ts';
import type { CallContext, Evaluation, Value } from '../../../src/hcl/index.ts';

/**
 * An expression; then the JSON of its value, a RegExp for the text of its error, or one of the words `unknown` (with the
 * type, if it is given) and `sensitive` (with the JSON); then its type.
 */
export type Row = readonly [source: string, expected: string | RegExp | Unknown | Sensitive, type?: string];

interface Unknown {
  readonly unknown: string;
}

interface Sensitive {
  readonly sensitive: string;
}

/** What stands for an argument that is not known, or secret, in the rows. */
const VARIABLES: ReadonlyMap<string, Value> = new Map([
  ['unknown', unknownValue(STRING)],
  ['unknown_number', unknownValue(NUMBER)],
  ['unknown_list', unknownValue(listType(STRING))],
  ['unknown_set', unknownValue(setType(STRING))],
  ['unknown_map', unknownValue(mapType(STRING))],
  ['unknown_tuple', unknownValue(tupleType([STRING, NUMBER]))],
  ['unknown_any', unknownValue()],
  ['part_unknown', listValue([stringValue('a'), unknownValue(STRING)])],
  ['part_unknown_map', mapValue(new Map([['a', unknownValue(STRING)]]))],
  ['secret', sensitive(stringValue('geheim'))],
  ['secret_number', sensitive(numberValue(2))],
  ['secret_list', sensitive(listValue([stringValue('b'), stringValue('a')]))],
  ['part_secret', listValue([sensitive(stringValue('b')), stringValue('a')])],
  ['secret_map', sensitive(mapValue(new Map([['k', stringValue('v')]])))],
  ['part_secret_map', objectValue(new Map([['k', sensitive(stringValue('v'))]]))],
]);

export function run(source: string, context?: CallContext): Evaluation {
  const { expression, diagnostics } = parseExpression({ filename: 'row', text: source });
  assert.deepEqual(diagnostics, [], `${source} does not parse`);
  return evaluate(expression, { functions, variables: VARIABLES, ...(context && { context }) });
}

function check([source, expected, type]: Row, context?: CallContext): void {
  const { value, diagnostics } = run(source, context);
  const problems = diagnostics.map(({ summary, detail }) => `${summary}: ${detail}`).join('\n');
  if (expected instanceof RegExp) {
    assert.ok(hasErrors(diagnostics), `${source} must fail`);
    assert.match(problems, expected, source);
    return;
  }
  assert.equal(problems, '', source);
  if (typeof expected === 'object' && 'unknown' in expected) {
    assert.ok(!isWhollyKnown(value), `${source} must be unknown`);
    assert.equal(typeExpression(value.type), expected.unknown, source);
    return;
  }
  const isSecret = typeof expected === 'object';
  assert.equal(isSensitive(value), isSecret, `${source} must ${isSecret ? '' : 'not '}be sensitive`);
  const [plain] = unmarkDeep(value);
  assert.ok(isWhollyKnown(plain), `${source} must be known`);
  assert.equal(valueToJson(plain), isSecret ? expected.sensitive : expected, source);
  if (type !== undefined) assert.equal(typeExpression(value.type), type, source);
}

/** One test for each function, or whatever the name says, with its rows. */
export function tables(groups: Readonly<Record<string, readonly Row[]>>, context?: CallContext): void {
  for (const [name, rows] of Object.entries(groups)) {
    test(name, () => {
      for (const row of rows) check(row, context);
    });
  }
}
