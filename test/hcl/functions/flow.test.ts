// try, can and convert, which see their arguments as expressions; and env.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asString,
  evaluate,
  functions,
  parseExpression,
  variableDefaultFunctions,
} from '../../../src/hcl/index.ts';
import { tables } from './rows.ts';

tables({
  try: [
    ['try(nosuch, {}.a, 1 / "x", 5)', '5', 'number'],
    ['try("a", nosuch)', '"a"'],
    ['try(null, "b")', 'null', 'any'],
    ['try(parseint("x", 10), nosuchfunction(), -1)', '-1'],
    ['try(nosuch, {}.a)', /none of the expressions.*row:1,5.*nosuch.*row:1,1\d/s],
    ['try()', /at least one expression/],
    ['try(unknown, "b")', { unknown: 'any' }],
    ['try("a", unknown)', '"a"'],
    ['try(nosuch, secret)', { sensitive: '"geheim"' }],
  ],
  can: [
    ['can(nosuch)', 'false', 'bool'],
    ['can([1][0])', 'true'],
    ['can(null)', 'true'],
    ['can(convert("x", number))', 'false'],
    ['can(unknown)', { unknown: 'bool' }],
    ['can()', /Not enough/],
    ['can(1, 2)', /Too many/],
  ],
  convert: [
    ['convert(["b", "a", "b"], set(string))', '["a","b"]', 'set(string)'],
    ['convert({ a = 1 }, map(string))', '{"a":"1"}', 'map(string)'],
    ['convert([1, "a"], list(any))', '["1","a"]', 'list(string)'],
    ['convert(null, string)', 'null', 'string'],
    ['convert({ a = 1, b = 2 }, object({ a = string }))', '{"a":"1"}', 'object({ a = string })'],
    ['convert("x", number)', /argument "value" of convert/],
    ['convert("x", nosuch)', /nosuch/],
    ['convert(nosuch, string)', /Unknown variable/],
    ['convert(unknown, number)', { unknown: 'number' }],
    ['convert(secret, string)', { sensitive: '"geheim"' }],
    ['convert(part_secret, list(string))[0]', { sensitive: '"b"' }],
    ['convert(part_secret, list(string))[1]', '"a"'],
  ],
});

test('env reads the environment, and exists for the defaults of variables only', () => {
  const { expression } = parseExpression({ filename: 'env', text: '"${env("HERE")}-${env("NOT")}"' });
  const context = { baseDirectory: '.', environment: { HERE: 'yes' } };
  const { value, diagnostics } = evaluate(expression, { functions: variableDefaultFunctions, context });
  assert.deepEqual(diagnostics, []);
  assert.equal(asString(value), 'yes-');
  assert.equal(evaluate(expression, { functions, context }).diagnostics[0]?.code, 'unknown-function');
  for (const name of ['toString', 'constructor', '__proto__']) {
    const { expression: inherited } = parseExpression({ filename: 'env', text: `env("${name}")` });
    for (const environment of [{ HERE: 'yes' }, process.env]) {
      const scope = { functions: variableDefaultFunctions, context: { baseDirectory: '.', environment } };
      assert.equal(evaluate(inherited, scope).value.content, '', name);
    }
  }
  assert.deepEqual([...variableDefaultFunctions.keys()], ['env']);
});
