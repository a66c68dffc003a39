import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { fakeIo } from './fake-io.ts';

const TEMPLATE = JSON.stringify({
  description: 'A small machine',
  variables: { iso: null, name: '{{env `NAME`}}', password: 'correct horse' },
  'sensitive-variables': ['password'],
  builders: [
    {
      type: 'vmm',
      name: 'tiny',
      vm_name: '{{user `name`}}',
      vm_template: 'generic',
      disk_size: '1G',
      communicator: 'none',
    },
    { type: 'qemu' },
  ],
  provisioners: [{ type: 'shell-local', inline: 'true' }],
  'post-processors': [['checksum', 'manifest']],
});

describe('commands on a legacy JSON template', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-cli-'));
    writeFileSync(join(folder, 'vm.json'), TEMPLATE);
  });
  after(() => rmSync(folder, { recursive: true }));

  async function run(words: string[], stdin = '') {
    const io = fakeIo({ env: { NAME: 'tiny' }, cwd: folder, stdin });
    const status = await main(words, io);
    return { status, ...io.written };
  }

  test('validate reads a file, or standard input', async () => {
    const fromFile = await run(['validate', '-var', 'iso=x', 'vm.json']);
    assert.deepEqual([fromFile.status, fromFile.out], [0, 'The configuration is valid.\n']);
    assert.match(fromFile.err, /^Warning: Source of another builder\n {2}at vm\.json:1:\d+/);
    const fromInput = await run(['validate', '-var', 'iso=x', '-only=tiny', '-'], TEMPLATE);
    assert.deepEqual([fromInput.status, fromInput.err], [0, '']);
    const unset = await run(['validate', '-only=tiny', '-'], TEMPLATE);
    assert.equal(unset.status, 1);
    assert.match(unset.err, /^Error: Unset variable\n {2}at <stdin>:1:\d+/);
  });

  test('validate -reference leaves it alone: the other parser is one of HCL', async () => {
    assert.equal((await run(['validate', '-reference', '-var', 'iso=x', '-'], TEMPLATE)).status, 0);
  });

  test('inspect lists names and defaults as they are written', async () => {
    const { status, out } = await run(['inspect', '-'], TEMPLATE);
    assert.equal(status, 0);
    assert.equal(
      out,
      `Packer Inspect: JSON mode

Description:

  A small machine

Required variables:

  iso

Optional variables and their defaults:

  name     = {{env \`NAME\`}}
  password = <sensitive>

Builders:

  tiny (vmm)
  qemu

Provisioners:

  shell-local

Post-processors:

  checksum, manifest

`,
    );
  });

  test('inspect -machine-readable has a line for each of them', async () => {
    const { out } = await run(['inspect', '-machine-readable', 'vm.json']);
    assert.deepEqual(
      out
        .trim()
        .split('\n')
        .map((line) => line.replace(/^\d+/, 'T')),
      [
        'T,,template-variable,iso,,1',
        'T,,template-variable,name,{{env `NAME`}},0',
        'T,,template-variable,password,<sensitive>,0',
        'T,,template-builder,tiny,vmm',
        'T,,template-builder,qemu,qemu',
        'T,,template-provisioner,shell-local',
      ],
    );
  });
});
