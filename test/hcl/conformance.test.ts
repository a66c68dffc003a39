// The public conformance cases and the corpus reference, where they are: data that is not part of this repository.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as language from '../../src/hcl/index.ts';
import { readCases } from '../../scripts/conformance/cases.ts';
import { runCase } from '../../scripts/conformance/run-case.ts';

const FOLDER = fileURLToPath(new URL('../../../shared/conformance/public/', import.meta.url));
const groups = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.jsonl')) : [];
const differences = JSON.parse(
  readFileSync(new URL('../conformance-differences.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;

describe('conformance cases', () => {
  if (groups.length === 0) it('public cases', { skip: `there is no ${FOLDER}` }, () => {});
  for (const group of groups) {
    it(group, () => {
      const failed = readCases(FOLDER + group).flatMap((test) => {
        if (test.id in differences) return [];
        const difference = runCase(test, language);
        return difference === undefined ? [] : [`${test.id} ${difference}`];
      });
      assert.deepEqual(failed, []);
    });
  }

  it('a wrong answer is found: value, type, summary and place', () => {
    const expectOk = (type: unknown, value: string) =>
      new Map<string, never>([
        ['ok', true as never],
        ['type', type as never],
        ['value', { number: value } as never],
      ]);
    const base = { id: 'self/test', group: 'self', kind: 'expr', src: '1 + 1' } as const;
    assert.equal(runCase({ ...base, expect: expectOk('number', '2') }, language), undefined);
    assert.match(runCase({ ...base, expect: expectOk('number', '3') }, language) ?? '', /wanted "number" 3/);
    const error = (summary: string, col: string) =>
      new Map<string, never>([
        ['ok', false as never],
        [
          'diagnostics',
          [
            new Map([
              ['severity', 'error'],
              ['summary', summary],
              ['line', { number: '1' }],
              ['col', { number: col }],
            ] as [string, never][]),
          ] as never,
        ],
      ]);
    const wrong = { ...base, src: 'nosuch' };
    assert.equal(runCase({ ...wrong, expect: error('Unknown variable', '1') }, language), undefined);
    assert.notEqual(runCase({ ...wrong, expect: error('Unknown variable', '2') }, language), undefined);
    assert.notEqual(runCase({ ...wrong, expect: error('Invalid index', '1') }, language), undefined);
  });
});
