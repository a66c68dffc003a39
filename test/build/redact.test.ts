import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Redactor } from '../../src/build/redact.ts';

test('a secret is hidden in every form in which it shows up', () => {
  const secret = `it's "12€" now`;
  const redactor = new Redactor([secret]);
  for (const form of [
    secret,
    `it'"'"'s "12€" now`,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  ]) {
    assert.equal(redactor.text(`<${form}>`), '<<sensitive>>', form);
  }
});

test('each line of a secret of several lines is hidden, since output comes by lines', () => {
  const redactor = new Redactor(['-----BEGIN KEY-----\nAAAAB3NzaC1yc2E\r\n-----END KEY-----\n']);
  assert.equal(redactor.text('key: AAAAB3NzaC1yc2E'), 'key: <sensitive>');
});

test('short words are hidden only where they stand alone, and very short ones not at all', () => {
  const redactor = new Redactor(['toor']);
  assert.equal(
    redactor.text('toor toors /etc/toor "toor"'),
    '<sensitive> toors /etc/<sensitive> "<sensitive>"',
  );
  assert.equal(redactor.add('abc'), false);
  assert.equal(redactor.text('abc'), 'abc');
  assert.equal(redactor.add(''), true);
});

test('the longest secret wins where several begin', () => {
  const redactor = new Redactor(['correct horse', 'correct horse battery']);
  assert.equal(redactor.text('correct horse battery staple'), '<sensitive> staple');
});

test('pieces of a stream: however the text is cut, the result is that of the whole text', () => {
  const redactor = new Redactor(['toor', 'correct horse', 'correct horse battery', 'aabaab1', `pa'ss"word`]);
  const text = `x toor\r\nchroot aabaabaab1 correct horsecorrect horse battery toortoor pa'ss"word toor`;
  const whole = redactor.text(text);
  assert.ok(!whole.includes('correct'));
  for (let first = 0; first <= text.length; first++) {
    for (let second = first; second <= text.length; second++) {
      const stream = redactor.stream();
      const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
      assert.equal(pieces.map((piece) => stream.push(piece)).join('') + stream.flush(), whole);
    }
  }
});

test('a stream gives out at once what cannot be part of a secret', () => {
  const stream = new Redactor(['correct horse']).stream();
  assert.equal(stream.push('login: '), 'login: ');
  assert.equal(stream.push('a correct h'), 'a ');
  assert.equal(stream.push('at'), 'correct hat');
});

test('data: strings at any depth are cleaned, those under excepted keys are not', () => {
  const redactor = new Redactor(['correct horse']);
  assert.deepEqual(
    redactor.data(
      { type: 'correct horse', n: 1, list: ['correct horse', { x: 'a correct horse' }] },
      new Set(['type']),
    ),
    { type: 'correct horse', n: 1, list: ['<sensitive>', { x: 'a <sensitive>' }] },
  );
});
