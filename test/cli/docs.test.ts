import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { derivedFiles } from '../../scripts/docs.ts';

describe('derived documentation', () => {
  for (const [file, text] of derivedFiles()) {
    test(`${file} is up to date (npm run docs)`, () => {
      assert.equal(readFileSync(file, 'utf8'), text);
    });
  }

  const lint = spawnSync('mandoc', ['-T', 'lint', 'man/vmm-hcl.1'], { encoding: 'utf8' });
  test(
    'mandoc finds nothing to complain about',
    { skip: lint.error ? 'mandoc is not installed' : false },
    () => {
      // Only OpenBSD has the manuals that are referred to.
      const complaints = lint.stdout
        .split('\n')
        .filter((line) => line !== '' && !line.includes('referenced manual not found'));
      assert.deepEqual(complaints, []);
    },
  );

  test('every command and flag is in the manual', () => {
    const text = readFileSync('man/vmm-hcl.1', 'utf8');
    for (const { name, flags } of COMMANDS) {
      assert.ok(text.includes(`.It Cm ${name}`), name);
      for (const flag of flags) assert.ok(text.includes(`.It Fl ${flag.name}`), flag.name);
    }
  });

  test('the example of the library in README.md runs and prints what it says', () => {
    const [, code = ''] = /```js\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    const script = code.replace(
      "'vmm-hcl/hcl'",
      JSON.stringify(new URL('../../src/hcl/index.ts', import.meta.url).href),
    );
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      {
        encoding: 'utf8',
      },
    );
    assert.equal(stdout, `${/console\.log.*\/\/ (.*)/.exec(code)?.[1]}\n`, stderr);
  });

  test('the first template of README.md is right, but for the files that it needs', () => {
    const [, template = ''] = /```hcl\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-readme-'));
    try {
      mkdirSync(join(folder, 'http'));
      writeFileSync(join(folder, 'openbsd.pkr.hcl'), template);
      const { stdout, stderr } = spawnSync(
        process.execPath,
        [
          '--import',
          import.meta.resolve('tsx'),
          join(process.cwd(), 'src/cli/bin.ts'),
          'validate',
          '-json',
          'openbsd.pkr.hcl',
        ],
        { cwd: folder, encoding: 'utf8', env: { ...process.env, HOME: folder } },
      );
      assert.equal(stderr, '');
      const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] };
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        ['file-missing', 'file-missing'],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
