// Runs conformance cases (files of JSON lines) and reference lines (corpus-reference.jsonl) through the language:
// `npm run conformance -- FILE…`. Exit status 1 on any difference that test/conformance-differences.json does not explain.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bodyToJson } from './conformance/body-json.ts';
import { readCases } from './conformance/cases.ts';
import { loadLanguage } from './conformance/language.ts';
import type { Language } from './conformance/language.ts';
import { runCase, suiteScope } from './conformance/run-case.ts';

interface Tally {
  passed: number;
  total: number;
}

/** A line of corpus-reference.jsonl: what the reference makes of a real file. */
interface Reference {
  readonly path: string;
  readonly ok: boolean;
  readonly formatted_sha256?: string;
  readonly body_sha256?: string;
  readonly structure_sha256?: string;
  readonly first_error?: { readonly summary: string; readonly line: number; readonly col: number };
  readonly errors?: number;
}

const differences = JSON.parse(
  readFileSync(new URL('../test/conformance-differences.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;
const tallies = new Map<string, Tally>();
let failures = 0;

function count(group: string, id: string, difference: string | undefined): void {
  const tally = tallies.get(group) ?? { passed: 0, total: 0 };
  tallies.set(group, tally);
  tally.total += 1;
  const reason = differences[id];
  if (difference === undefined) tally.passed += 1;
  if (difference !== undefined && reason === undefined) {
    failures += 1;
    console.log(`${id}\n     ${difference}`);
  } else if (difference !== undefined) {
    console.log(`${id} differs on purpose: ${reason}`);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Compares one file of the corpus with what the reference made of it, by kind of answer. */
function checkReference(language: Language, reference: Reference, corpus: string): void {
  const text = readFileSync(join(corpus, reference.path), 'utf8');
  const { body, diagnostics } = language.parseConfig({ filename: reference.path, text });
  const check = (what: string, wanted: unknown, got: unknown): void => {
    const difference = wanted === got ? undefined : `wanted ${String(wanted)}\n     got    ${String(got)}`;
    count(`corpus ${what}`, `${reference.path} (${what})`, difference);
  };
  check('parses', reference.ok, !language.hasErrors(diagnostics));
  if (!reference.ok) {
    const { summary, line, col } = reference.first_error!;
    const [first] = diagnostics;
    const start = first?.subject?.start;
    check('first error', `${summary} ${line}:${col}`, `${first?.summary} ${start?.line}:${start?.column}`);
    check('error count', reference.errors, diagnostics.length);
    return;
  }
  const scope = suiteScope(language);
  check('structure', reference.structure_sha256, sha256(bodyToJson(body, scope, language, false)));
  check('body', reference.body_sha256, sha256(bodyToJson(body, scope, language)));
  check('format', reference.formatted_sha256, sha256(language.format(text)));
}

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error('Name the files to run: npm run conformance -- FILE.jsonl…');
  process.exit(1);
}
const { language, from } = await loadLanguage();
for (const file of files) {
  if (file.endsWith('corpus-reference.jsonl')) {
    const corpus = join(dirname(file), '..', 'corpus');
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      checkReference(language, JSON.parse(line) as Reference, corpus);
    }
  } else {
    for (const test of readCases(file)) count(test.group, test.id, runCase(test, language));
  }
}
let passed = 0;
let total = 0;
for (const [group, tally] of tallies) {
  passed += tally.passed;
  total += tally.total;
  console.log(`${group.padEnd(20)} ${tally.passed}/${tally.total}`);
}
console.log(`${'in all'.padEnd(20)} ${passed}/${total} (${from})`);
process.exit(failures > 0 ? 1 : 0);
