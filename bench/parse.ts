// Parse throughput against @cdktf/hcl2json, and how time grows with the size of a file: `npm run bench:parse [-- FOLDER]`.
// FOLDER holds real templates (*.hcl, at any depth); without it, the corpus next to this repository is taken if it is
// there, else the examples and a generated template. Prints the tables for the documentation.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type * as hcl from '../src/hcl/index.ts';
import { generateTemplate } from '../scripts/generate-hcl.ts';

const ROUNDS = 7;
const MEGABYTE = 1_000_000;

type Language = Pick<typeof hcl, 'format' | 'parseConfig'>;

/** The parser and the formatter in one file, as they are shipped: what runs TypeScript directly makes them slower. */
async function shipped(): Promise<Language> {
  const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-bench-'));
  const outfile = join(folder, 'hcl.mjs');
  const contents = `export { parseConfig } from './syntax/parse.ts'; export { format } from './format/format.ts';`;
  const resolveDir = fileURLToPath(new URL('../src/hcl', import.meta.url));
  await build({ stdin: { contents, resolveDir }, bundle: true, format: 'esm', platform: 'node', outfile });
  const language = (await import(pathToFileURL(outfile).href)) as Language;
  rmSync(folder, { recursive: true });
  return language;
}

const { format, parseConfig } = await shipped();

/**
 * The least processor time of several rounds, in milliseconds: what the work takes when nothing else disturbs it. The
 * garbage collector's threads are counted.
 */
async function least(rounds: number, run: () => unknown): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

function templates(): { name: string; texts: string[] } {
  const corpus = fileURLToPath(new URL('../../shared/corpus', import.meta.url));
  const folder = process.argv[2] ?? (existsSync(corpus) ? corpus : undefined);
  const root = folder ?? fileURLToPath(new URL('../examples', import.meta.url));
  const texts = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.hcl'))
    .map((name) => readFileSync(`${root}/${name}`, 'utf8'));
  if (folder !== undefined) return { name: `${texts.length} real templates`, texts };
  return { name: 'examples and a generated template', texts: [...texts, generateTemplate(MEGABYTE / 2)] };
}

const sizeOf = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
const rate = (bytes: number, time: number): string => `${(bytes / MEGABYTE / (time / 1000)).toFixed(2)} MB/s`;

async function compare(name: string, texts: readonly string[], rounds: number): Promise<void> {
  const { parse } = await import('@cdktf/hcl2json');
  await parse('warm.hcl', 'a = 1\n');
  const bytes = sizeOf(texts);
  const ours = await least(rounds, () => {
    for (const text of texts) parseConfig({ filename: 'x.hcl', text });
  });
  const formatting = await least(rounds, () => {
    for (const text of texts) format(text);
  });
  const theirs = await least(Math.min(rounds, 2), async () => {
    for (const text of texts) await parse('x.hcl', text).catch(() => undefined);
  });
  const size = `${(bytes / MEGABYTE).toFixed(1)} MB`;
  const cells = [
    name,
    size,
    rate(bytes, ours),
    rate(bytes, theirs),
    `${(theirs / ours).toFixed(0)} times`,
    rate(bytes, formatting),
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

async function main(): Promise<void> {
  const { name, texts } = templates();
  console.log('| what | size | parse | hcl2json parses | parse is faster | format |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  await compare(name, texts, ROUNDS);
  await compare('a generated template', [generateTemplate(10 * MEGABYTE)], 3);

  console.log('\n| size | parse | per MB |\n| ---: | ---: | ---: |');
  for (const size of [1, 2, 4, 8]) {
    const text = generateTemplate(size * MEGABYTE);
    const time = await least(ROUNDS, () => parseConfig({ filename: 'x.hcl', text }));
    console.log(`| ${size} MB | ${time.toFixed(0)} ms | ${(time / size).toFixed(0)} ms |`);
  }
}

await main();
process.exit(0); // The WebAssembly of hcl2json keeps the process alive.
