// A short run of scripts/fuzz.ts; `npm run fuzz -- --files 100000 --seed N` makes a long one.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseExpression, variablesOf } from '../../src/hcl/index.ts';
import { fuzz, templatesOf, tryText } from '../../scripts/fuzz.ts';

it('no text makes the language fail', () => {
  const [examples, tests] = ['../../examples', '../../test'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const samples = templatesOf(examples!, tests!);
  assert.ok(samples.length > 0);
  assert.deepEqual(fuzz(1_500, 20_251_124, samples), []);
});

it('no long text exhausts the stack, nor the patience', () => {
  for (const piece of [
    '@',
    '$',
    '/* ',
    '"\\q"',
    '%{if a}%{endfor}',
    '[1, ',
    'a=1\n',
    'é@ ',
    '{"a":',
    '\r',
    'b {\n}}\n',
  ]) {
    const text = piece.repeat(Math.ceil(100_000 / piece.length));
    assert.equal(tryText(text), undefined, piece);
  }
});

it('no large collection does', () => {
  for (const text of [
    `[${'x,'.repeat(200_000)}]`,
    `f(${'x,'.repeat(200_000)})`,
    `"${'${x}'.repeat(200_000)}"`,
  ]) {
    const { expression, diagnostics } = parseExpression({ filename: 'test.hcl', text });
    assert.deepEqual(diagnostics, []);
    assert.equal(variablesOf(expression).length, 200_000);
  }
});
