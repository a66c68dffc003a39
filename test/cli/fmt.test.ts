import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { fakeIo } from './fake-io.ts';

const UGLY = 'a = 1\nbcd=  2\n';
const PRETTY = 'a   = 1\nbcd = 2\n';

describe('fmt', () => {
  let folder: string;
  const here = process.cwd();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-fmt-'));
    process.chdir(folder);
    mkdirSync('sub');
    for (const name of [
      'a.pkr.hcl',
      'b.auto.pkrvars.hcl',
      '.hidden.pkr.hcl',
      'backup.pkr.hcl~',
      '#auto#',
      'other.hcl',
      'sub/c.pkr.hcl',
    ]) {
      writeFileSync(name, UGLY);
    }
    writeFileSync('pretty.pkr.hcl', PRETTY);
  });
  afterEach(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true });
  });

  async function fmt(words: string[], stdin?: string) {
    const io = fakeIo({ stdin });
    const status = await main(['fmt', ...words], io);
    return { status, ...io.written };
  }

  test('a directory: templates and variable files, sorted, their names printed', async () => {
    assert.deepEqual(await fmt(['.']), { status: 0, out: 'a.pkr.hcl\nb.auto.pkrvars.hcl\n', err: '' });
    assert.equal(readFileSync('a.pkr.hcl', 'utf8'), PRETTY);
    for (const name of ['.hidden.pkr.hcl', 'backup.pkr.hcl~', '#auto#', 'other.hcl', 'sub/c.pkr.hcl']) {
      assert.equal(readFileSync(name, 'utf8'), UGLY, name);
    }
    assert.deepEqual(await fmt(['.']), { status: 0, out: '', err: '' });
  });

  test('-recursive', async () => {
    assert.equal((await fmt(['-recursive', '.'])).out, 'a.pkr.hcl\nb.auto.pkrvars.hcl\nsub/c.pkr.hcl\n');
    assert.equal(readFileSync('sub/c.pkr.hcl', 'utf8'), PRETTY);
  });

  test('-check: status 3, nothing written', async () => {
    assert.deepEqual(await fmt(['-check', 'a.pkr.hcl']), { status: 3, out: 'a.pkr.hcl\n', err: '' });
    assert.equal(readFileSync('a.pkr.hcl', 'utf8'), UGLY);
    assert.equal((await fmt(['-check', 'pretty.pkr.hcl'])).status, 0);
  });

  test('-diff shows the change, -write=false leaves the file', async () => {
    const { status, out } = await fmt(['-diff', '-write=false', 'a.pkr.hcl']);
    assert.equal(status, 0);
    assert.equal(
      out,
      'a.pkr.hcl\n--- old/a.pkr.hcl\n+++ new/a.pkr.hcl\n@@ -1,2 +1,2 @@\n-a = 1\n-bcd=  2\n+a   = 1\n+bcd = 2\n',
    );
    assert.equal(readFileSync('a.pkr.hcl', 'utf8'), UGLY);
  });

  test('standard input to standard output', async () => {
    assert.deepEqual(await fmt(['-'], UGLY), { status: 0, out: PRETTY, err: '' });
    assert.deepEqual(await fmt(['-'], PRETTY), { status: 0, out: PRETTY, err: '' });
    assert.deepEqual(await fmt(['-check', '-'], UGLY), { status: 3, out: '', err: '' });
  });

  test('other files and missing ones are errors; the rest is still done', async () => {
    const { status, out, err } = await fmt(['other.hcl', 'nowhere', 'a.pkr.hcl']);
    assert.equal(status, 1);
    assert.equal(out, 'a.pkr.hcl\n');
    assert.match(err, /other\.hcl is neither a template/);
    assert.match(err, /There is no file or directory nowhere\./);
  });

  test('a file that does not parse is left alone, with its place', async () => {
    writeFileSync('bad.pkr.hcl', 'a = {\n');
    const { status, out, err } = await fmt(['bad.pkr.hcl', 'a.pkr.hcl']);
    assert.equal(status, 1);
    assert.equal(out, 'a.pkr.hcl\n');
    assert.match(err, /bad\.pkr\.hcl/);
    assert.equal(readFileSync('bad.pkr.hcl', 'utf8'), 'a = {\n');
  });

  test('mode and links stay as they are', async () => {
    chmodSync('a.pkr.hcl', 0o640);
    symlinkSync('a.pkr.hcl', 'link.pkr.hcl');
    assert.equal((await fmt(['link.pkr.hcl'])).status, 0);
    assert.equal(readFileSync('a.pkr.hcl', 'utf8'), PRETTY);
    assert.equal(statSync('a.pkr.hcl').mode & 0o777, 0o640);
  });
});
