import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unifiedDiff } from '../../src/lib/unified-diff.ts';

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join('');

describe('unifiedDiff', () => {
  const cases: readonly (readonly [what: string, before: string, after: string, diff: string])[] = [
    ['equal texts', 'a\nb\n', 'a\nb\n', ''],
    ['from nothing', '', 'a\n', '@@ -0,0 +1 @@\n+a\n'],
    ['to nothing', 'a\nb\n', '', '@@ -1,2 +0,0 @@\n-a\n-b\n'],
    ['a changed line', 'a\nb\nc\n', 'a\nB\nc\n', '@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n'],
    ['an added line end', 'a', 'a\n', '@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n'],
    [
      'three lines of context',
      numbers(1, 9),
      numbers(1, 4) + numbers(6, 9),
      '@@ -2,7 +2,6 @@\n 2\n 3\n 4\n-5\n 6\n 7\n 8\n',
    ],
    [
      'changes apart',
      numbers(1, 20),
      `x\n${numbers(1, 20)}x\n`,
      '@@ -1,3 +1,4 @@\n+x\n 1\n 2\n 3\n@@ -18,3 +19,4 @@\n 18\n 19\n 20\n+x\n',
    ],
  ];
  for (const [what, before, after, diff] of cases) {
    test(what, () => assert.equal(unifiedDiff(before, after), diff));
  }

  test('what a diff says turns one text into the other', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
    const text = () => Array.from({ length: random(30) }, () => `${'abc'[random(3)]}\n`).join('');
    for (let round = 0; round < 500; round++) {
      const before = text();
      const after = text();
      assert.equal(applied(before, unifiedDiff(before, after)), after);
    }
  });

  test('texts that have too much to compare are replaced as a whole', () => {
    const before = Array.from({ length: 3000 }, (_, index) => `a${index}\n`).join('');
    const after = Array.from({ length: 3000 }, (_, index) => `b${index}\n`).join('');
    assert.equal(applied(before, unifiedDiff(before, after)), after);
  });
});

/** What patch(1) makes of a text; every line that the diff removes or keeps must be where it says. */
function applied(before: string, diff: string): string {
  const lines = before.split(/(?<=\n)/).filter((line) => line !== '');
  const result: string[] = [];
  let next = 0;
  for (const line of diff.split(/(?<=\n)/)) {
    const [, first, length = '1'] = /^@@ -(\d+)(?:,(\d+))? /.exec(line) ?? [];
    if (first !== undefined) {
      const start = Number(first) - (length === '0' ? 0 : 1);
      result.push(...lines.slice(next, start));
      next = start;
    } else if (line.startsWith('+')) result.push(line.slice(1));
    else if (line !== '') {
      assert.equal(line.slice(1), lines[next++]);
      if (line.startsWith(' ')) result.push(line.slice(1));
    }
  }
  return [...result, ...lines.slice(next)].join('');
}
