import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Compares with a file of test/cli/golden; with UPDATE_GOLDEN=1 writes the file instead. */
export function assertGolden(name: string, actual: string): void {
  const file = new URL(`golden/${name}`, import.meta.url).pathname;
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
  }
  assert.equal(actual, readFileSync(file, 'utf8'), `differs from ${file}`);
}
