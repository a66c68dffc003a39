import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { EVALUATION_PROBLEMS } from '../../src/hcl/eval/problems.ts';
import { JSON_PROBLEMS } from '../../src/hcl/json/problems.ts';
import { CONTENT_PROBLEMS } from '../../src/hcl/schema.ts';
import { SYNTAX_PROBLEMS } from '../../src/hcl/syntax/problems.ts';

const TABLES: Record<string, Record<string, string>> = {
  'The native syntax': SYNTAX_PROBLEMS,
  'The JSON syntax': JSON_PROBLEMS,
  Bodies: CONTENT_PROBLEMS,
  Evaluation: EVALUATION_PROBLEMS,
};

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

describe('codes of diagnostics', () => {
  const [, language = ''] = read('docs/diagnostics.md').split(/^## The language$/m);
  const sections = new Map(
    language
      .split(/^## /m)[0]!
      .split(/^### /m)
      .slice(1)
      .map((section) => [section.split('\n')[0]!, section]),
  );

  it('docs/diagnostics.md has a table for each part of the language', () => {
    assert.deepEqual([...sections.keys()], Object.keys(TABLES));
  });
  for (const [title, problems] of Object.entries(TABLES)) {
    it(`documents every code of "${title}", and no other`, () => {
      const rows = [...(sections.get(title) ?? '').matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)];
      assert.deepEqual(rows.map(([, code]) => code!).sort(), Object.keys(problems).sort());
    });
  }

  it('each is one code only, and is used', () => {
    const codes = Object.values(TABLES).flatMap((problems) => Object.keys(problems));
    assert.equal(new Set(codes).size, codes.length);
    const sources = readdirSync(new URL('../../src/hcl', import.meta.url), {
      recursive: true,
      encoding: 'utf8',
    })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => read(`src/hcl/${name}`));
    const unused = codes.filter((code) => sources.filter((text) => text.includes(`'${code}'`)).length < 2);
    // A table and its use may be in one file: that of bodies.
    const inSchema = read('src/hcl/schema.ts');
    assert.deepEqual(
      unused.filter((code) => inSchema.split(`'${code}'`).length < 3),
      [],
    );
  });
});
