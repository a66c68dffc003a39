// Real legacy templates from the public: none of them makes the loader fail.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { renderDiagnostics } from '../../../src/hcl/render-diagnostics.ts';
import { inspectConfiguration, loadConfiguration, planBuilds } from '../../../src/packer/index.ts';

const CORPUS = join('..', 'shared', 'corpus');
const MANIFEST = join(CORPUS, 'MANIFEST.tsv');
const skip = existsSync(MANIFEST) ? false : 'the corpus is not beside the repository';

const FIXTURES = 'hashicorp+packer-plugin-sdk/template/test-fixtures/';

/** Kinds of problems that the corpus has, where they are expected ("": anywhere), and the reason. */
const TRUE_PROBLEMS: readonly [code: string, where: string, reason: string][] = [
  ['variable-unset', '', 'the values are given on the command line'],
  ['source-not-built', '', 'the builder is another one'],
  [
    'undefined-variable',
    '',
    'the variable comes from a file that is named on the command line, or is misspelt',
  ],
  ['json-duplicate-key', 'jakobadam+packer-qemu-templates/', 'qemuargs is there twice'],
  ['json-duplicate-key', 'upperstream+packer-templates/', 'an option is there twice'],
  [
    'filter-unknown',
    'upperstream+packer-templates/',
    'override names "virtualbox", and there is "virtualbox-iso" only',
  ],
  // Packer's own fixtures; their names say what is wrong with them.
  ['json-duplicate-key', `${FIXTURES}error-duplicate`, 'made for it'],
  ['json-duplicate-argument', `${FIXTURES}error-duplicate`, 'made for it'],
  ['missing-required-argument', FIXTURES, 'builders without a type'],
  ['source-duplicate', `${FIXTURES}parse-builder-repeat`, 'made for it'],
  ['filter-unknown', `${FIXTURES}validate-bad`, 'made for it'],
  ['attribute-ignored', `${FIXTURES}parse-monolithic`, 'push'],
];

describe('the legacy templates of the corpus', { skip }, () => {
  const rows = skip ? [] : readFileSync(MANIFEST, 'utf8').trim().split('\n').slice(1);
  const files = rows
    .map((row) => row.split('\t'))
    .map(([repository = '', , , path = '', , , kind = '']) => ({
      path: join(CORPUS, repository.replace('/', '+'), path),
      kind,
    }))
    // Those that end in .pkr.json are no legacy templates.
    .filter(({ kind, path }) => kind.startsWith('json') && !path.endsWith('.pkr.json'));

  const load = async (path: string) => {
    const { configuration, diagnostics, sources } = await loadConfiguration(path, {
      cwd: process.cwd(),
      env: {},
    });
    const planned = await planBuilds(configuration);
    const all = [...diagnostics, ...planned.diagnostics, ...inspectConfiguration(configuration).diagnostics];
    renderDiagnostics(all, sources, { width: 80, color: false });
    return all;
  };

  it('are there', () => assert.ok(files.length > 200, `${files.length}`));

  it('load, and what is said about them is true', async () => {
    const untrue: string[] = [];
    for (const { path } of files.filter(({ kind }) => kind === 'json')) {
      const found = await load(path);
      // Written for another builder of the name vmm, with other options.
      if (path.includes('prep+packer-builder-vmm')) continue;
      for (const { code, detail, subject } of found) {
        const place = relative(CORPUS, path);
        const isKnown = TRUE_PROBLEMS.some(([known, where]) => known === code && place.startsWith(where));
        if (!isKnown) untrue.push(`${place}:${subject?.start.line}: ${code}: ${detail}`);
      }
    }
    assert.deepEqual(untrue, []);
  });

  it('that are no JSON are refused where they stop to be', async () => {
    for (const { path } of files.filter(({ kind }) => kind === 'json-unparsable')) {
      const errors = (await load(path)).filter(({ severity }) => severity === 'error');
      assert.ok(errors.length > 0 && errors.every(({ subject }) => subject), path);
    }
  });
});
