// The tables of fixtures/templates/broken/: templates with mistakes, and everything that is printed about them.
// A table is a text file of cases:
//
//     === what is wrong
//     --- FILE              a file of the template; `source` and `build` stand for the inside of these blocks of vm.pkr.hcl
//     --- flags             one a line: -var NAME=VALUE, -var-file FILE, -only GLOB, -except GLOB, NAME=VALUE, FILE (the operand)
//     --- expected
//
// UPDATE_EXPECTED=1 writes what is printed now into the tables: read the difference before it is committed.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { renderDiagnostics } from '../../src/hcl/render-diagnostics.ts';
import type { VarFlag } from '../../src/packer/index.ts';
import { check, templateOf } from './sandbox.ts';
import type { Checked } from './sandbox.ts';

const TABLES = 'fixtures/templates/broken';
const UPDATE = process.env['UPDATE_EXPECTED'] === '1';

interface Case {
  readonly title: string;
  readonly sections: Map<string, string>;
}

function parseTable(text: string): Case[] {
  const [, ...parts] = text.split(/^=== /m);
  return parts.map((part) => {
    const [title = '', ...rest] = part.split(/^--- /m);
    const sections = rest.map((section): [string, string] => {
      const end = section.indexOf('\n');
      return [section.slice(0, end).trim(), section.slice(end + 1)];
    });
    return { title: title.trim(), sections: new Map(sections) };
  });
}

function printTable(cases: readonly Case[]): string {
  return cases
    .map(({ title, sections }) => {
      const parts = [...sections].map(([name, text]) => `--- ${name}\n${text.trimEnd()}\n`);
      return `=== ${title}\n${parts.join('')}`;
    })
    .join('\n');
}

async function run({ sections }: Case): Promise<Checked> {
  const files: Record<string, string> = {};
  for (const [name, text] of sections) {
    if (!['source', 'build', 'flags', 'expected'].includes(name)) files[name] = text;
  }
  const source = sections.get('source')?.trimEnd();
  const build = sections.get('build')?.trimEnd();
  if (source !== undefined || build !== undefined) files['vm.pkr.hcl'] = templateOf(source, build);
  const vars: VarFlag[] = [];
  const lists = { varFiles: [] as string[], only: [] as string[], except: [] as string[] };
  const env: Record<string, string> = {};
  let path = '.';
  for (const line of (sections.get('flags') ?? '').split('\n').filter((one) => one !== '')) {
    const [, flag = '', value = ''] = /^(-\S+) (.*)$/.exec(line) ?? [];
    const [, name = '', text = ''] = /^([^=]+)=(.*)$/.exec(flag === '' ? line : value) ?? [];
    if (flag === '-var') vars.push({ name, value: text });
    else if (flag === '-var-file') lists.varFiles.push(value);
    else if (flag === '-only') lists.only.push(value);
    else if (flag === '-except') lists.except.push(value);
    else if (line.includes('=')) env[name] = text;
    else path = line;
  }
  return check(files, { vars, env, path, ...lists });
}

function print({ loaded, diagnostics }: Checked): string {
  const { cwd } = loaded.configuration.options;
  // Before the lines are wrapped: the name of the directory is not always of the same length.
  const anonymous = diagnostics.map((one) => ({ ...one, detail: one.detail.replaceAll(cwd, '/DIR') }));
  return renderDiagnostics(anonymous, loaded.sources, { width: 100, color: false }).trimEnd();
}

/** One mistake is one problem: two kinds of problems at the same place would be two stories about it. */
function assertOneProblemEach({ diagnostics }: Checked): void {
  const codes = new Map<string, string>();
  for (const { subject, code } of diagnostics) {
    if (!subject) continue;
    const place = `${subject.filename}:${subject.start.offset}`;
    assert.equal(codes.get(place) ?? code, code, place);
    codes.set(place, code);
  }
}

for (const file of readdirSync(TABLES).sort()) {
  const cases = parseTable(readFileSync(join(TABLES, file), 'utf8'));
  describe(file, () => {
    for (const one of cases) {
      it(one.title, async () => {
        const checked = await run(one);
        const printed = print(checked);
        if (UPDATE) {
          one.sections.delete('expected');
          one.sections.set('expected', printed);
          writeFileSync(join(TABLES, file), printTable(cases));
        }
        assert.equal(printed, one.sections.get('expected')?.trimEnd());
        assertOneProblemEach(checked);
        for (const { subject } of checked.diagnostics) {
          if (subject) assert.ok(subject.start.line >= 1 && subject.start.column >= 1);
        }
      });
    }
  });
}

it('there are enough cases, each with a name of its own', () => {
  const titles = readdirSync(TABLES).flatMap((file) =>
    parseTable(readFileSync(join(TABLES, file), 'utf8')).map(({ title }) => `${file}: ${title}`),
  );
  assert.ok(titles.length >= 150, `${titles.length} cases`);
  assert.equal(new Set(titles).size, titles.length);
});
