// The main job, whole: the template of the demo becomes an image that boots by itself.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { BootedImage } from './support/booted-image.ts';
import { CliRun, runCli, type RunOutcome } from './support/cli.ts';
import { assertNothingRuns } from './support/leftovers.ts';
import { machineTest } from './support/machine-test.ts';
import { EXAMPLE, GUEST_ISO } from './support/paths.ts';
import { Workspace } from './support/workspace.ts';

const PASSWORD = 'tiny-secret';

/** The words of a build of the example, copied into the workspace so that the tests share no directory. */
function exampleBuild(workspace: Workspace, ...flags: string[]): string[] {
  const template = workspace.path('example');
  cpSync(EXAMPLE, template, { recursive: true });
  return [
    'build',
    '-hypervisor=qemu',
    `-vm-conf=${template}/vm.conf`,
    `-var=iso=${GUEST_ISO}`,
    `-var=vm_name=${workspace.vmName}`,
    '-var=output_directory=out',
    ...flags,
    template,
  ];
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function assertSuccess({ status, stdout, stderr }: RunOutcome): void {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
}

interface Manifest {
  readonly builds: readonly {
    readonly name: string;
    readonly builder_type: string;
    readonly files: readonly { readonly name: string; readonly size: number }[];
    readonly packer_run_uuid: string;
  }[];
  readonly last_run_uuid: string;
}

async function assertImageBoots(context: TestContext, image: string, vmName: string): Promise<void> {
  const machine = await BootedImage.boot(context, image, PASSWORD);
  // Written by the third provisioner, from its environment variable; read through the file of the second.
  assert.equal(await machine.run('hello'), 'Tiny Linux, built by vmm-hcl (vmm tiny-linux)\n');
  // From the generated answer file.
  assert.equal(await machine.run('hostname'), `${vmName}\n`);
  assert.equal(await machine.run('ls /tmp'), '', 'the provisioners left files in the guest');
}

machineTest(
  'the example becomes an image that boots by itself, with its checksum and manifest',
  async (context) => {
    const workspace = new Workspace(context);
    const run = new CliRun(context, exampleBuild(workspace), { cwd: workspace.directory });
    await run.until('the HTTP server has a port', () => run.portsSeen.length > 0);
    const outcome = await run.ended;
    assertSuccess(outcome);
    await assertNothingRuns(run);

    const { vmName } = workspace;
    const image = workspace.path('out', `${vmName}.qcow2`);
    const names = ['-install.cast', '-provision.cast', '.log', '.qcow2', '.sha256'];
    const expected = [...names.map((name) => vmName + name), 'packer-manifest.json'];
    const out = workspace.list().filter((name) => name.startsWith('out/'));
    assert.deepEqual(out, expected.map((name) => `out/${name}`).sort());
    assert.ok(!workspace.list().includes('example/http/answers.txt'), 'the generated file is left');
    assert.equal(workspace.read('out', `${vmName}.sha256`), `${sha256(image)}\t${vmName}.qcow2\n`);

    const manifest = JSON.parse(workspace.read('out', 'packer-manifest.json')) as Manifest;
    assert.equal(manifest.builds.length, 1);
    const [build] = manifest.builds;
    assert.equal(build!.name, 'tiny-linux');
    assert.equal(build!.builder_type, 'vmm');
    assert.equal(build!.packer_run_uuid, manifest.last_run_uuid);
    const listed = build!.files.find(({ name }) => name.endsWith('.qcow2'));
    assert.equal(listed?.size, statSync(image).size);

    assert.ok(outcome.stdout.includes(sha256(image)), 'the report lacks the checksum');
    assert.ok(outcome.stdout.includes(image), 'the report lacks the path');
    assert.ok(
      !outcome.stdout.includes(PASSWORD) && !outcome.stderr.includes(PASSWORD),
      'the password is shown',
    );
    await assertImageBoots(context, image, vmName);
  },
);

/** Gives the machine of the example a CD of files and another disk, and a provisioner that reads the one and fills the other. */
function withCdAndDisk(template: string): void {
  const file = `${template}/tiny-linux.pkr.hcl`;
  const text = readFileSync(file, 'utf8')
    .replace(
      /^ *memory +=/m,
      `  disk_additional_size = ["64M"]
  cd_files   = ["\${path.root}/scripts"]
  cd_content = { "meta-data" = "instance-id: tiny\\n", "scripts/Added Here" = "from the CD" }
  cd_label   = "cidata"
$&`,
    )
    .replace(
      /^ *provisioner "shell" \{$/m,
      `  provisioner "shell" {
    inline = [
      "modprobe -qa virtio_scsi sr_mod isofs",
      "mkdir -p /tmp/cd && mount -t iso9660 -o ro /dev/sr0 /tmp/cd",
      "grep -qx 'instance-id: tiny' /tmp/cd/meta-data",
      "dd if=/dev/sr0 bs=1 skip=32808 count=6 2>/dev/null | grep -qx cidata",
      "test -s /tmp/cd/scripts/finish.sh",
      "test $(cat /sys/block/vdb/size) = 131072",
      "dd if='/tmp/cd/scripts/Added Here' of=/dev/vdb conv=fsync",
      "umount /tmp/cd && rmdir /tmp/cd",
    ]
  }
$&`,
    );
  writeFileSync(file, text);
}

machineTest(
  'an existing image is refused, and replaced by -force once the new one, its further disk and all, is complete; both boots have its CD',
  async (context) => {
    const workspace = new Workspace(context);
    const args = exampleBuild(workspace);
    withCdAndDisk(args.at(-1)!);
    const image = workspace.path('out', `${workspace.vmName}.qcow2`);
    cpSync(EXAMPLE, workspace.path('out'), { recursive: true });
    writeFileSync(image, 'an older image');

    const before = workspace.list();
    const refused = await runCli(context, args, { cwd: workspace.directory });
    assert.equal(refused.status, 1);
    assert.match(refused.stderr + refused.stdout, /-force/);
    assert.equal(readFileSync(image, 'utf8'), 'an older image');
    assert.deepEqual(
      workspace.list().filter((name) => !name.endsWith('.log')),
      before,
    );

    const copy = workspace.path('copy');
    const run = new CliRun(context, [...args.slice(0, -1), '-force', args.at(-1)!], {
      cwd: workspace.directory,
    });
    await run.until('the installation runs', () =>
      run.processes.some((line) => line.includes('qemu-system')),
    );
    // The second boot has it, too: there the provisioner looks into it.
    assert.match(run.processes.find((line) => line.includes('qemu-system')) ?? '', /\/cd\.iso,/);
    copyFileSync(image, copy);
    assertSuccess(await run.ended);
    assert.equal(
      readFileSync(copy, 'utf8'),
      'an older image',
      'the old image was gone before the new one was complete',
    );
    assert.ok(statSync(image).size > 1_000_000);
    const further = workspace.path('out', `${workspace.vmName}-1.qcow2`);
    // 64 MiB of which little more than the text is stored.
    assert.ok(readFileSync(further).includes('from the CD'));
    await assertNothingRuns(run);
  },
);
