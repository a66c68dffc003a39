import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { fakeIo } from './fake-io.ts';

const FILES = readdirSync('schema')
  .filter((file) => file.endsWith('.schema.json'))
  .map((file) => file.slice(0, -'.schema.json'.length));

async function run(...words: string[]) {
  const io = fakeIo({});
  const status = await main(['schema', ...words], io);
  return { status, ...io.written };
}

describe('vmm-hcl schema', () => {
  test('without an operand: every block with its title', async () => {
    const { status, out } = await run();
    assert.equal(status, 0);
    const lines = out.trimEnd().split('\n');
    const listed = lines.map((line) => line.split(' ')[0]!);
    for (const name of FILES) assert.ok(listed.includes(name), name);
    for (const name of listed) assert.equal((await run(name)).status, 0, name);
    assert.ok(lines.some((line) => /^provisioner-shell +provisioner "shell"$/.test(line)));
  });

  for (const name of FILES) {
    test(`${name}: the schema itself`, async () => {
      const { status, out, err } = await run(name);
      assert.deepEqual({ status, err }, { status: 0, err: '' });
      assert.deepEqual(JSON.parse(out), JSON.parse(readFileSync(`schema/${name}.schema.json`, 'utf8')));
    });
  }

  test('a block is named as in a template, or as its file', async () => {
    const id = async (...words: string[]) => (JSON.parse((await run(...words)).out) as { $id: string }).$id;
    assert.equal(await id('provisioner', 'shell'), 'provisioner-shell.schema.json');
    assert.equal(await id('provisioner "shell"'), 'provisioner-shell.schema.json');
    assert.equal(await id('post-processor', 'checksum'), 'post-processor-checksum.schema.json');
    assert.equal(await id('data', 'http'), 'data-http.schema.json');
    assert.equal(await id('source', 'openbsd-vmm'), 'vmm.schema.json');
    assert.equal(await id('communicator', 'ssh'), 'ssh.schema.json');
  });

  test('an unknown block: the nearest one, status 1', async () => {
    assert.deepEqual(await run('provisioner', 'shel'), {
      status: 1,
      out: '',
      err: 'There is no block "provisioner shel". Did you mean `vmm-hcl schema provisioner shell`? `vmm-hcl schema` lists the blocks.\n',
    });
    const { status, err } = await run('nonsense');
    assert.equal(status, 1);
    assert.equal(err, 'There is no block "nonsense". `vmm-hcl schema` lists the blocks.\n');
  });
});
