import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { VERSION } from '../../src/cli/version.ts';
import { fakeIo } from './fake-io.ts';

async function run(words: string[], options: Parameters<typeof fakeIo>[0] = {}) {
  const io = fakeIo(options);
  const status = await main(words, io);
  return { status, ...io.written };
}

describe('the command line as a whole', () => {
  test('no command: the list of commands on standard error, status 127', async () => {
    const { status, out, err } = await run([]);
    assert.equal(status, 127);
    assert.equal(out, '');
    assert.match(err, /^Usage: vmm-hcl COMMAND/);
    assert.match(err, /vmm-hcl version +Print the version/);
  });

  test('an unknown command: the nearest one, status 127', async () => {
    const { status, err } = await run(['verison']);
    assert.equal(status, 127);
    assert.match(err, /^vmm-hcl has no command "verison"\. Did you mean `vmm-hcl version`\?\n/);
  });

  test('a command that only Packer has is explained', async () => {
    const { status, err } = await run(['plugins', 'installed']);
    assert.equal(status, 127);
    assert.match(err, /There are no plugins: everything that vmm-hcl can run is built in\./);
  });

  test('the version has Packer’s four spellings', async () => {
    for (const word of ['version', '-v', '-version', '--version']) {
      const { status, out } = await run([word]);
      assert.equal(status, 0, word);
      assert.ok(out.startsWith(`vmm-hcl v${VERSION} (`), out);
    }
  });

  test('-machine-readable counts wherever it stands', async () => {
    for (const words of [
      ['-machine-readable', 'version'],
      ['version', '-machine-readable'],
    ]) {
      const { status, out } = await run(words);
      assert.equal(status, 0);
      assert.match(
        out,
        new RegExp(`^\\d+,,version,${VERSION}\\n\\d+,,version-prelease,\\n\\d+,,version-commit,\\n$`),
      );
    }
  });

  test('a wrong flag: the mistake, the usage, status 1', async () => {
    const { status, out, err } = await run(['init', '-upgrad', '.']);
    assert.equal(status, 1);
    assert.equal(out, '');
    assert.equal(
      err,
      '`vmm-hcl init` has no flag -upgrad. Did you mean -upgrade?\n\n' +
        'Usage: vmm-hcl init [flags] TEMPLATE\nMore: vmm-hcl help init\n',
    );
  });

  test('a flag that has nothing to do here says so', async () => {
    const { status, out, err } = await run(['init', '-upgrade', '.']);
    assert.equal(status, 0);
    assert.equal(out, 'Nothing needs to be installed: everything that vmm-hcl can run is built in.\n');
    assert.equal(err, 'Note: -upgrade does nothing: there are no plugins.\n');
  });

  test('help in each spelling: on standard output, status 0', async () => {
    const first = await run(['help', 'init']);
    assert.equal(first.status, 0);
    assert.match(first.out, /^Usage: vmm-hcl init \[flags\] TEMPLATE\n/);
    assert.match(first.out, /^ +-upgrade +Accepted/m);
    for (const words of [
      ['init', '-h'],
      ['init', '-help'],
      ['init', '--help'],
    ]) {
      assert.deepEqual(await run(words), first);
    }
    assert.equal((await run(['--help'])).status, 0);
    assert.equal((await run(['help', 'biuld'])).status, 1);
  });
});
