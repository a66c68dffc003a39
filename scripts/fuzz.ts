// Throws generated and mutated texts at the language: `npm run fuzz -- [--files N] [--seed S]`. Whatever the text, there
// may be only diagnostics: no exception, and no text that takes longer than its budget. Exit status 1 if there is one;
// the text is printed, and the seed brings it back.
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  content,
  evaluate,
  format,
  hasErrors,
  justAttributes,
  parseConfig,
  parseExpression,
  parseJsonConfig,
  parseTemplate,
  renderDiagnostics,
} from '../src/hcl/index.ts';
import type { AnyBody, Body, Diagnostic } from '../src/hcl/index.ts';
import { generateBody, generateExpression, mutate, Random } from './generate-hcl.ts';

/** The most time of the processor that one text may take, in milliseconds; a hundred times what the slowest one needs. */
const BUDGET = 2_000;

export interface Failure {
  readonly text: string;
  readonly reason: string;
}

/** Runs `files` texts through all of the language, and returns what went wrong. */
export function fuzz(files: number, seed: number, samples: readonly string[]): Failure[] {
  const random = new Random(seed);
  const failures: Failure[] = [];
  let previous = '';
  for (let i = 0; i < files; i++) {
    const base = random.below(2) ? random.one(samples) : generateBody(random, 3);
    const text = mutate(random, random.below(8) ? base : generateExpression(random, 4), previous);
    previous = base;
    const start = process.cpuUsage();
    const reason = tryText(text);
    const time = process.cpuUsage(start).user / 1000;
    if (reason !== undefined) failures.push({ text, reason });
    else if (time > BUDGET) failures.push({ text, reason: `took ${Math.round(time)} ms` });
  }
  return failures;
}

/** What is wrong with the language, as a text shows; undefined if nothing. */
export function tryText(text: string): string | undefined {
  try {
    const source = { filename: 'fuzz.hcl', text };
    const config = parseConfig(source);
    check(text, config.diagnostics);
    visit(config.body);
    const { expression, diagnostics } = parseExpression(source);
    check(text, diagnostics);
    if (!hasErrors(diagnostics)) evaluate(expression, { variables: new Map(), functions: new Map() });
    check(text, parseTemplate(source).diagnostics);
    const json = parseJsonConfig(source);
    check(text, json.diagnostics);
    visit(json.body);
    const once = format(text);
    if (!hasErrors(config.diagnostics) && hasErrors(parseConfig({ ...source, text: once }).diagnostics)) {
      return `formatting makes it invalid: ${JSON.stringify(once)}`;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** Reads a body as the dialect does. */
function visit(body: AnyBody): void {
  const blocks = body.kind === 'Body' ? blockTypes(body) : ['a', 'b'];
  const read = content(body, {
    attributes: [{ name: 'a' }],
    blocks: blocks.map((type) => ({ type, labels: ['l'] })),
  });
  for (const { expression } of justAttributes(body).content.attributes.values()) {
    evaluate(expression, { variables: new Map(), functions: new Map() });
  }
  for (const block of read.content.blocks) visit(block.body);
}

function blockTypes(body: Body): string[] {
  return [...new Set(body.items.flatMap((item) => (item.kind === 'Block' ? [item.type] : [])))];
}

/** Every diagnostic must be complete, have its place inside of the text, and be fit to be shown. */
function check(text: string, diagnostics: readonly Diagnostic[]): void {
  for (const { summary, detail, subject } of diagnostics) {
    const { start, end } = subject!;
    if (summary === '' || detail === '') throw new Error('A diagnostic says nothing.');
    if (start.offset > end.offset || end.offset > text.length || start.line < 1 || start.column < 1) {
      throw new Error(`"${summary}" has its place at ${JSON.stringify(subject)}.`);
    }
  }
  const shown = renderDiagnostics(diagnostics.slice(0, 5), new Map([['fuzz.hcl', text]]), {
    width: 60,
    color: false,
  });
  if (/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/.test(shown))
    throw new Error(`What is shown controls the terminal: ${JSON.stringify(shown)}`);
}

/** The templates that this repository has, to be mutated. */
export function templatesOf(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.pkr\.(hcl|json)$|\.pkrvars\.hcl$/.test(name))
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8')),
  );
}

function main(): void {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      samples: { type: 'string' },
    },
  });
  const root = fileURLToPath(new URL('..', import.meta.url));
  const folders = values.samples ? [values.samples] : [`${root}examples`, `${root}test`, `${root}fixtures`];
  const samples = templatesOf(...folders);
  const failures = fuzz(Number(values.files), Number(values.seed), samples);
  for (const { text, reason } of failures) console.error(`${JSON.stringify(text)}\n${reason}\n`);
  console.log(
    `${values.files} texts of seed ${values.seed}, ${samples.length} samples: ${failures.length} failures`,
  );
  process.exitCode = failures.length > 0 ? 1 : 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main();
