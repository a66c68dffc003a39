import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { fakeIo } from './fake-io.ts';

const TEMPLATE = `source "vmm" "tiny" {
  vm_name          = "tiny"
  vm_template      = "generic"
  disk_size        = "1K"
  output_directory = "out"
  log_directory    = "log"
  communicator     = "none"
}
build {
  source "source.vmm.tiny" {
    boot_device = "disk"
  }
}
`;

/** Says its version like QEMU, and can do nothing else. */
const FAKE_QEMU = '#!/bin/sh\n[ "$1" = --version ] && echo "QEMU emulator version 99.1"\n';

describe('doctor and validate -host', () => {
  let folder: string;
  const here = process.cwd();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-doctor-'));
    process.chdir(folder);
    writeFileSync('t.pkr.hcl', TEMPLATE);
    mkdirSync('bin');
    writeFileSync('bin/qemu', FAKE_QEMU, { mode: 0o755 });
    writeFileSync('bin/qemu-img', FAKE_QEMU, { mode: 0o755 });
    writeFileSync('good.conf', 'vm "generic" {\n\tdisable\n\tlocal interface\n}\n');
    writeFileSync('other.conf', 'vm "genric" {\n\tdisable\n\tlocal interface\n}\n');
  });
  after(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true });
  });

  async function run(...words: string[]) {
    const env = { PATH: process.env['PATH'], VMM_HCL_QEMU: join(folder, 'bin/qemu') };
    const io = fakeIo({ env });
    const status = await main(words, io);
    return { status, ...io.written };
  }

  test('without a template, this machine alone', async () => {
    const { status, out, err } = await run('doctor', '-hypervisor=qemu');
    assert.equal(err, '');
    assert.equal(status, 0, out);
    assert.match(out, /^This machine, for builds with qemu\n\n {2}ok {7}\S+\/bin\/qemu is version 99\.1\.\n/);
    assert.doesNotMatch(out, /^Build /m);
  });

  test('a template in order, as text and as JSON', async () => {
    const { status, out, err } = await run('doctor', '-hypervisor=qemu', '-vm-conf=good.conf', 't.pkr.hcl');
    assert.equal(err, '');
    assert.equal(status, 0, out);
    assert.match(out, /^Build vmm\.tiny\n\n {2}ok {7}The template "generic" is in good\.conf\.\n/m);
    const json = await run('doctor', '-json', '-hypervisor=qemu', '-vm-conf=good.conf', 't.pkr.hcl');
    const report = JSON.parse(json.out) as {
      healthy: boolean;
      hypervisor: string;
      checks: { state: string }[];
    };
    assert.equal(report.healthy, true);
    assert.equal(report.hypervisor, 'qemu');
    assert.ok(report.checks.length > 4);
  });

  test('a check that fails makes status 1; a warning does not', async () => {
    const { status, out } = await run('doctor', '-hypervisor=qemu', '-vm-conf=other.conf', 't.pkr.hcl');
    assert.equal(status, 1);
    assert.match(out, /FAILED {3}other\.conf has no vm "generic"; defined there: genric\.\n/);
    assert.match(out, /Did you mean vm_template = "genric"\?\n/);
  });

  test('a template with errors is not checked further', async () => {
    writeFileSync('bad.pkr.hcl', TEMPLATE.replace('vm_name ', 'vm_nmae '));
    const { status, out, err } = await run('doctor', '-hypervisor=qemu', 'bad.pkr.hcl');
    rmSync('bad.pkr.hcl');
    assert.equal(status, 1);
    assert.equal(out, '');
    assert.match(err, /Did you mean "vm_name"/);
  });

  test('validate -host places what fails at the argument', async () => {
    const words = ['-host', '-hypervisor=qemu', '-vm-conf=other.conf', 't.pkr.hcl'];
    const { status, out, err } = await run('validate', ...words);
    assert.equal(status, 1);
    assert.equal(out, '');
    assert.match(err, /^Error: Unknown vm_template\n {2}at t\.pkr\.hcl:3:22, in source "vmm" "tiny":\n/m);
    assert.match(err, /^Error: This machine is not ready to build it: 1 error/m);
    const json = await run('validate', '-json', ...words);
    const report = JSON.parse(json.out) as { diagnostics: { code: string; severity: string }[] };
    const errors = report.diagnostics.filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      errors.map(({ code }) => code),
      ['host-vm-template'],
    );
    const good = await run('validate', '-host', '-hypervisor=qemu', '-vm-conf=good.conf', 't.pkr.hcl');
    assert.equal(good.status, 0, good.err);
    assert.equal((await run('validate', 't.pkr.hcl')).err, '');
  });

  test('what a build adds to a source is found in the build', async () => {
    writeFileSync('net.pkr.hcl', TEMPLATE.replace('boot_device = "disk"', 'memory = "9999T"'));
    const words = ['validate', '-host', '-hypervisor=qemu', '-vm-conf=good.conf', 'net.pkr.hcl'];
    const { err } = await run(...words);
    rmSync('net.pkr.hcl');
    // Where Linux tells how much there is, it is less.
    if (process.platform === 'linux')
      assert.match(err, /^Warning: Not enough memory\n {2}at net\.pkr\.hcl:11:14/m);
    else assert.doesNotMatch(err, /^Error/m);
  });

  test('a program that compress needs is missed at its block', async () => {
    const block =
      'post-processors {\n    post-processor "compress" {\n      output = "t.tar.xz"\n    }\n  }\n}\n';
    writeFileSync('xz.pkr.hcl', TEMPLATE.replace(/\}\n$/, `  ${block}`));
    const words = ['validate', '-host', '-hypervisor=qemu', '-vm-conf=good.conf', 'xz.pkr.hcl'];
    const env = { PATH: join(folder, 'bin'), VMM_HCL_QEMU: join(folder, 'bin/qemu') };
    const without = fakeIo({ env });
    assert.equal(await main(words, without), 1);
    writeFileSync('bin/xz', '#!/bin/sh\n', { mode: 0o755 });
    const complete = fakeIo({ env });
    await main(words, complete);
    rmSync('bin/xz');
    rmSync('xz.pkr.hcl');
    const { err } = without.written;
    assert.match(err, /^Error: No program that compresses\n {2}at xz\.pkr\.hcl:14:5/m);
    assert.match(err, /There is no program xz on the PATH\./);
    assert.match(err, /(apt-get install xz-utils|pkg_add xz)$/m);
    assert.doesNotMatch(complete.written.err, /No program that compresses/);
  });

  test('a program that ansible runs is missed at its block, which is no failure yet', async () => {
    const block = 'provisioner "ansible" {\n    playbook_file = "site.yml"\n  }\n}\n';
    const ssh = TEMPLATE.replace(
      /communicator *= "none"/,
      'ssh_username = "root"\n  ssh_password = "secret"',
    );
    writeFileSync('ansible.pkr.hcl', ssh.replace(/\}\n$/, `  ${block}`));
    writeFileSync('site.yml', '[]\n');
    const words = ['validate', '-host', '-hypervisor=qemu', '-vm-conf=good.conf', 'ansible.pkr.hcl'];
    const io = fakeIo({ env: { PATH: join(folder, 'bin'), VMM_HCL_QEMU: join(folder, 'bin/qemu') } });
    const status = await main(words, io);
    rmSync('ansible.pkr.hcl');
    rmSync('site.yml');
    const { err } = io.written;
    assert.equal(status, 0, err);
    assert.match(err, /^Warning: No program that runs playbooks\n {2}at ansible\.pkr\.hcl:14:3/m);
    assert.match(err, /There is no program ansible-playbook on the PATH\./);
  });

  test('nothing was created', () => {
    assert.deepEqual(readdirSync('.').sort(), ['bin', 'good.conf', 'other.conf', 't.pkr.hcl']);
  });
});
