import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConsoleRedactor } from '../../../src/build/console/redactor.ts';
import { Redactor } from '../../../src/build/redact.ts';
import { stripAnsi } from '../../../src/lib/ansi.ts';

const secrets = ['correct horse', 'toor', 'correct horse battery', 'aab'.repeat(4)];

function clean(text: string, given = secrets): string {
  const redactor = new ConsoleRedactor(new Redactor(given));
  return redactor.push(text) + redactor.flush();
}

/** Each character where the firmware puts it. */
function moved(text: string, row = 15, column = 4): string {
  return [...text]
    .map((character, at) => `\x1b[${row};${String(column + at).padStart(2, '0')}H${character}`)
    .join('');
}

/** `boot: ` and more, so that the text after it is cut by the right border after its first `count` characters. */
function upToBorder(count: number, columns = 80): string {
  return `boot: ${'.'.repeat(columns - 6 - count)}`;
}

const doubled = (text: string) => [...text].map((character) => character + character).join('');

describe('a secret on a console is found', () => {
  const rows: [name: string, text: string, seen: string][] = [
    ['as it is', 'login correct horse\r\n', 'login <sensitive>\r\n'],
    ['between colours', '\x1b[1mcorrect\x1b[0m horse', '<sensitive>'],
    ['between cursor movements', `a ${moved('correct horse')} b`, 'a <sensitive> b'],
    ['between control characters', 'corr\0ect\x07 horse', '<sensitive>'],
    ['when firmware and loader both echo', doubled('correct horse'), '<sensitive>'],
    ['doubled and moved', moved(doubled('correct horse')), '<sensitive>'],
    ['wrapped by isolinux', `${upToBorder(5)}corre\r\r\n\x1b[Kct horse x`, ''],
    ['wrapped by a shell', `${upToBorder(5)}corre \rct horse x`, ''],
    ['wrapped in the column before the last', `${upToBorder(5, 79)}corre\r\nct horse x`, ''],
    ['wrapped in a line that cursor movements began', `\x1b[9;70H12345678co\r\nrrect horse x`, ''],
    ['a short one, wrapped', `${upToBorder(2).slice(0, -1)} to\r\r\n\x1b[Kor x`, ''],
    ['a short one after a cursor movement behind a letter', 'x\x1b[10;1Htoor', 'x<sensitive>'],
    ['in the title of a window', '\x1b]0;correct horse\x07x', 'x'],
  ];
  for (const [name, text, seen] of rows) {
    test(name, () => {
      const result = clean(text);
      for (const part of ['corre', 'horse', 'toor', 'ccoo', 'ct ho']) {
        assert.ok(!stripAnsi(result).includes(part) && !result.includes(part), JSON.stringify(result));
      }
      assert.match(result, /<sensitive>/);
      if (seen !== '') assert.equal(stripAnsi(result), seen);
      assert.ok(!/c.*h.*o.*r.*s.*e/s.test(stripAnsi(result).replaceAll('<sensitive>', '')));
    });
  }
});

test('the sequences inside a secret stay: what follows stands where it should', () => {
  assert.equal(clean('co\x1b[5;7Hrrect horse\x1b[K$ '), '<sensitive>\x1b[5;7H\x1b[K$ ');
  assert.equal(
    clean(`${upToBorder(5)}corre\r\r\n\x1b[Kct horse$ `),
    `${upToBorder(5)}<sensitive>\r\r\n\x1b[K$ `,
  );
});

test('what only looks like a secret stays as it is', () => {
  for (const text of [
    'chroot toors atoor',
    'correct\r\n horse',
    'a line that ends early, corre\r\nct horse',
    `${moved('correct house')} ${doubled('correct h')}`,
    '\x1b]0;no end of this, and much of it',
  ]) {
    assert.equal(clean(text), text);
  }
});

test('however the console is cut into pieces, the result is that of the whole', () => {
  const text = `x toor\r\nchroot ${moved('correct h')}orse\x1b[Kcorrect horse${doubled('toor')} aabaabaabaabaab\x1b]0;toor\x07${upToBorder(6)}correc\r\r\n\x1b[Kt horse battery toor`;
  const whole = clean(text);
  assert.ok(!whole.includes('correct'), whole);
  for (let first = 0; first <= text.length; first++) {
    for (const second of [first, first + 1, first + 2, first + 9, text.length]) {
      const redactor = new ConsoleRedactor(new Redactor(secrets));
      const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)];
      assert.equal(pieces.map((piece) => redactor.push(piece)).join('') + redactor.flush(), whole);
    }
  }
  const redactor = new ConsoleRedactor(new Redactor(secrets));
  assert.equal([...text].map((piece) => redactor.push(piece)).join('') + redactor.flush(), whole);
});

test('only the beginning of a secret is held back, and not for ever', () => {
  const redactor = new ConsoleRedactor(new Redactor(['correct horse']));
  assert.equal(redactor.push('login: \x1b[K'), 'login: \x1b[K');
  assert.equal(redactor.push('a c\r\n'), 'a c\r\n');
  assert.equal(redactor.push('a correct\x1b[1;1H h'), 'a ');
  assert.equal(redactor.push('at'), 'correct\x1b[1;1H hat');
  assert.equal(redactor.push('correct h'), '');
  // A sequence without an end, or a guest that moves its cursor for ever: the memory has an end.
  let out = '';
  for (let count = 0; count < 2000; count++) out += redactor.push('\x1b[12;34H');
  assert.ok(out.startsWith('correct h\x1b[12;34H'));
  assert.equal(redactor.push('\x1b[1;1Horse'), '\x1b[1;1Horse');
});
