// Real templates from the public: none of them makes the loader fail, and what is said about them is true.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { loadConfiguration, planBuilds } from '../../src/packer/index.ts';
import type { Diagnostic } from '../../src/hcl/diagnostic.ts';

const CORPUS = join('..', 'shared', 'corpus');
const skip = existsSync(CORPUS) ? false : 'the corpus is not beside the repository';

/** Kinds of problems that the corpus has, the reason for each, and where it is expected ("": anywhere). */
const TRUE_PROBLEMS: readonly [code: string, where: string, reason: string][] = [
  [
    'variable-unset',
    '',
    'the values are given on the command line, or in variable files that are not read by themselves',
  ],
  ['source-not-built', '', 'the source is of another builder'],
  ['data-unsupported', '', 'the data source is of a plugin'],
  ['variable-duplicate', '', 'the directory holds several templates, meant to be used one at a time'],
  ['local-duplicate', '', 'the same'],
  ['source-duplicate', '', 'the same'],
  ['data-duplicate', '', 'the same'],
  ['build-name-duplicate', '', 'the same'],
  ['invalid-interpolation', 'upperstream+packer-templates/', 'the default of the variable is null'],
  [
    'invalid-index',
    'actions+runner-images/',
    'the default of the variable is "", which is no key of the map',
  ],
  ['function-failed', '', 'the corpus holds templates without the files they read'],
  [
    'source-unknown',
    '',
    'the source is in another file, and this one is read alone; or in a directory the corpus lacks',
  ],
  ['undefined-variable', '', 'the variable is declared in another file or directory'],
  ['undefined-local', '', 'the local value is defined in another file'],
  ['undefined-data-source', '', 'the data source is in another file'],
  ['build-nothing', '', 'the build is in another file, or there is none'],
  [
    'unsupported-argument',
    'nbyavuz+openbsd-netbsd-packer/variables.pkr.hcl',
    'it is a variable file with the name of a template',
  ],
  [
    'variable-template-call',
    'double-p+packer-builder-openbsd-vmm/',
    'the env call of JSON templates is plain text',
  ],
  ['bare-word', 'double-p+packer-builder-openbsd-vmm/', 'packer is a bare word'],
  ['communicator-unsupported', 'double-p+packer-builder-openbsd-vmm/', 'there is no communicator "centos"'],
  ['value-wrong-type', 'double-p+packer-builder-openbsd-vmm/', '"ssh" is no bool'],
  ['attribute-redefined', 'double-p+packer-builder-openbsd-vmm/', 'ssh_agent_auth is set twice'],
  [
    'file-missing',
    'double-p+packer-builder-openbsd-vmm/',
    'the ISO, the kernel and the base image are elsewhere',
  ],
  ['directory-missing', 'double-p+packer-builder-openbsd-vmm/', 'the directory to serve is missing'],
  ['ssh-agent-missing', 'double-p+packer-builder-openbsd-vmm/', 'SSH_AUTH_SOCK is not set'],
];

async function problemsOf(path: string): Promise<readonly Diagnostic[]> {
  const loaded = await loadConfiguration(path, { cwd: process.cwd(), env: {} });
  const planned = await planBuilds(loaded.configuration);
  return [...loaded.diagnostics, ...planned.diagnostics];
}

function assertTrue(path: string, diagnostics: readonly Diagnostic[]): void {
  for (const { code, detail, subject } of diagnostics) {
    const place = subject ? relative(CORPUS, subject.filename) : relative(CORPUS, path);
    const isKnown = TRUE_PROBLEMS.some(([known, where]) => known === code && place.startsWith(where));
    assert.ok(isKnown, `${place}:${subject?.start.line}: ${code}: ${detail}`);
  }
}

describe('the corpus', { skip }, () => {
  const files = skip
    ? []
    : readdirSync(CORPUS, { recursive: true, encoding: 'utf8' }).filter((name) =>
        /\.pkr\.(hcl|json)$/.test(name),
      );
  const directories = [...new Set(files.map((name) => dirname(join(CORPUS, name))))].sort();

  it('is there', () => {
    assert.ok(directories.length > 100);
  });

  it('loads directory by directory', async () => {
    for (const directory of directories) assertTrue(directory, await problemsOf(directory));
  });

  it('loads file by file', async () => {
    for (const name of files) assertTrue(join(CORPUS, name), await problemsOf(join(CORPUS, name)));
  });

  it('the examples of the original builder are reported where the mistakes are, with the advice that helps', async () => {
    const examples = join(CORPUS, 'double-p+packer-builder-openbsd-vmm/examples/packer');
    const said = async (name: string) =>
      (await problemsOf(join(examples, name))).map(
        ({ code, subject, detail }) => `${subject?.start.line}:${subject?.start.column} ${code} ${detail}`,
      );
    const base = await said('openbsd-base');
    assert.ok(
      base.some((line) => /^20:38 bare-word .*write "packer" in quotes/.test(line)),
      base.join('\n'),
    );
    const centos = await said('centos-base');
    assert.ok(
      centos.some((line) =>
        /^26:38 communicator-unsupported communicator is "centos"; it must be "ssh" or "none"/.test(line),
      ),
    );
    assert.ok(centos.some((line) => /^27:38 value-wrong-type .*ssh_agent_auth = true/.test(line)));
    const dev = await said('openbsd-dev');
    assert.ok(dev.some((line) => /^24:5 attribute-redefined /.test(line)));
    const variables = await said('_vars.pkr.hcl');
    assert.ok(variables.some((line) => /^2:48 variable-template-call .*default = env\("HOME"\)/.test(line)));
  });
});
