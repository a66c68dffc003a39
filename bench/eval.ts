// Evaluation of 10,000 locals in a chain, each made of the one before: `npm run bench:eval [-- COUNT]`. The time is that
// of evaluation alone, the median of five runs after one to warm up; the last line is that of a whole template, from its
// file to the values of its locals, once.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, functions, parseConfig } from '../src/hcl/index.ts';
import type { Body, Value } from '../src/hcl/index.ts';
import { loadConfiguration } from '../src/packer/index.ts';

const count = Number(process.argv[2] ?? 10_000);

/** What local `index` is made of, given the name of the one before. */
const chains: Readonly<Record<string, (index: number, before: string) => string>> = {
  'a number: before + 1': (_, before) => `${before} + 1`,
  'a fraction: before * 1.0001 + 0.1': (_, before) => `${before} * 1.0001 + 0.1`,
  'a text of the last four characters': (index, before) => `"\${substr("\${${before}}${index}", -4, 4)}"`,
  'an object: merge(before, { n = … })': (index, before) =>
    `merge(${before === '0' ? '{}' : before}, { n = ${index} })`,
  'a conditional with a for inside': (index, before) =>
    `${before} >= 0 ? sum([for x in [1, 2, 3]: x * ${index}]) : ${before}`,
};

function chainOf(make: (index: number, before: string) => string): Body {
  const lines = Array.from(
    { length: count },
    (_, index) => `l${index} = ${make(index, index === 0 ? '0' : `l${index - 1}`)}\n`,
  );
  const { body, diagnostics } = parseConfig({ filename: 'chain.hcl', text: lines.join('') });
  if (diagnostics.length > 0) throw new Error(diagnostics[0]!.detail);
  return body;
}

/** Evaluates all attributes in order; the milliseconds it took. */
function run(body: Body): number {
  const variables = new Map<string, Value>();
  const scope = { variables, functions };
  const start = process.hrtime.bigint();
  for (const item of body.items) {
    if (item.kind !== 'Attribute') continue;
    const { value, diagnostics } = evaluate(item.expression, scope);
    if (diagnostics.length > 0) throw new Error(`${item.name}: ${diagnostics[0]!.detail}`);
    variables.set(item.name, value);
  }
  return Number(process.hrtime.bigint() - start) / 1e6;
}

console.log(`| ${count} locals in a chain | time | each |\n| --- | ---: | ---: |`);
for (const [name, make] of Object.entries(chains)) {
  const body = chainOf(make);
  run(body);
  const times = Array.from({ length: 5 }, () => run(body)).sort((a, b) => a - b);
  const median = times[2]!;
  console.log(`| ${name} | ${median.toFixed(0)} ms | ${((median / count) * 1000).toFixed(1)} µs |`);
}

const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-bench-'));
const template = join(folder, 'chain.pkr.hcl');
const locals = Array.from(
  { length: count },
  (_, i) => `  l${i} = ${i === 0 ? '0' : `local.l${i - 1}`} + 1\n`,
);
writeFileSync(template, `locals {\n${locals.join('')}}\n`);
const start = process.hrtime.bigint();
const { diagnostics } = await loadConfiguration(template, { cwd: folder, env: {} });
const time = Number(process.hrtime.bigint() - start) / 1e6;
rmSync(folder, { recursive: true });
if (diagnostics.length > 0) throw new Error(diagnostics[0]!.detail);
console.log(
  `| a template of them, loaded | ${time.toFixed(0)} ms | ${((time / count) * 1000).toFixed(1)} µs |`,
);
