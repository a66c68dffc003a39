import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';

const DIST = resolve('dist');
const missing = existsSync(join(DIST, 'vmm-hcl.js')) ? false : 'dist/ is not there (npm run build)';

describe('the built program', { skip: missing }, () => {
  let folder: string;
  before(() => {
    // A copy: someone may build while the tests run.
    folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-built-'));
    cpSync(DIST, join(folder, 'dist'), { recursive: true });
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function run(words: string[], input = '') {
    const program = join(folder, 'dist', 'vmm-hcl.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
      input,
      encoding: 'utf8',
    });
    return { status, out: stdout, err: stderr };
  }

  test('commands of the front and commands apart', () => {
    assert.match(run(['version']).out, /^vmm-hcl v/);
    assert.deepEqual(run(['fmt', '-'], 'a=1\n'), { status: 0, out: 'a = 1\n', err: '' });
    assert.deepEqual(run(['console'], 'regex("b+", upper("abb"))\n').status, 1);
    assert.equal(run(['console'], 'jsonencode([1])').out, '[1]\n');
    assert.match(run(['help', 'build']).out, /^Usage: vmm-hcl build/);
    assert.equal(run([]).status, 127);
  });

  test('a template is validated, also with the reference parser', () => {
    const { status, out, err } = run(['validate', '-syntax-only', '-reference', 'examples/tiny-linux']);
    assert.deepEqual({ status, out, err }, { status: 0, out: 'The configuration is valid.\n', err: '' });
  });

  test('a code cache that V8 refuses does no harm', () => {
    writeFileSync(join(folder, 'dist', 'front.js.cache'), 'nonsense');
    assert.equal(run(['version']).status, 0);
    rmSync(join(folder, 'dist', 'front.js.cache'));
    assert.equal(run(['validate', '-syntax-only', 'examples/tiny-linux']).status, 0);
  });

  test('an internal error says that it is one; with PACKER_LOG its stack has places in the sources', () => {
    const break_ =
      'data:text/javascript,Object.defineProperty(process.stdin,"isTTY",{get(){throw new TypeError("broken")}})';
    const start = (env: Record<string, string>) =>
      spawnSync(process.execPath, ['--import', break_, join(folder, 'dist', 'vmm-hcl.js'), 'console'], {
        input: '1',
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
    const { status, stderr } = start({});
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^Internal error in vmm-hcl .*this is a bug, not a mistake of yours\.\n {2}TypeError: broken$/m,
    );
    assert.doesNotMatch(stderr, /^ +at /m);
    assert.match(start({ PACKER_LOG: '1' }).stderr, /\(src\/cli\/commands\/console\.ts:\d+:\d+\)/);
  });

  test('a reader that leaves early is no failure', () => {
    const program = join(folder, 'dist', 'vmm-hcl.js');
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', `set -o pipefail; node ${program} help build | head -1`],
      {
        encoding: 'utf8',
      },
    );
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });
});
