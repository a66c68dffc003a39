import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PACKER_PROBLEMS } from '../../src/packer/index.ts';

test('docs/diagnostics.md documents every code of the dialect, and no other', () => {
  const text = readFileSync('docs/diagnostics.md', 'utf8');
  const [, section = ''] = text.split(/^## The dialect$/m);
  const [own = ''] = section.split(/^## /m);
  const documented = [...own.matchAll(/^\| `([a-z-]+)` \|/gm)].map((match) => match[1] ?? '');
  assert.deepEqual([...documented].sort(), Object.keys(PACKER_PROBLEMS).sort());
});

test('every code is used', () => {
  const sources = readdirSync('src/packer', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/^problem(?:s|-summaries)\.ts$/.test(name))
    .map((name) => readFileSync(join('src/packer', name), 'utf8'))
    .join('\n');
  // Two are made of the kind of the block.
  const used = (code: string) =>
    sources.includes(`'${code}'`) ||
    (code.endsWith('-unsupported') && sources.includes('`${kind}-unsupported`'));
  assert.deepEqual(
    Object.keys(PACKER_PROBLEMS).filter((code) => !used(code)),
    [],
  );
});

test('the tables of broken templates have nearly every code', () => {
  const tables = readdirSync('fixtures/templates/broken')
    .map((name) => readFileSync(join('fixtures/templates/broken', name), 'utf8'))
    .join('\n');
  const summaries = Object.entries(PACKER_PROBLEMS).filter(
    ([, summary]) => !tables.includes(`: ${summary}\n`) && !tables.includes(`: ${summary} "`),
  );
  // These need a host that fails: a file that cannot be read, a server that does not answer.
  assert.deepEqual(
    summaries.map(([code]) => code),
    ['template-unreadable', 'var-file-unreadable', 'data-failed'],
  );
});
