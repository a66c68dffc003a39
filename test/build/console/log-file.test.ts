import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LogFile } from '../../../src/build/console/log-file.ts';

test('a disk that takes nothing costs the file, and not the memory', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'log');
  // Without a reader, opening it for writing does not come to an end.
  spawnSync('mkfifo', [path]);
  const failures: string[] = [];
  const file = LogFile.start(path, ({ message }) => failures.push(message));
  const text = 'x'.repeat(1024 * 1024);
  for (let count = 0; count < 100; count++) file.append(text);
  assert.deepEqual(failures, ['the disk does not take it']);
  const read = readFile(path, 'utf8');
  await file.close();
  assert.equal(await read, '');
});
