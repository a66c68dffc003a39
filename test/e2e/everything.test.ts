// Builds in which all that comes after the installation has a part; and builds side by side.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, statSync } from 'node:fs';
import { BootedImage } from './support/booted-image.ts';
import { runCli, type RunOutcome } from './support/cli.ts';
import { machineTest } from './support/machine-test.ts';
import { EXAMPLE, GUEST_ISO, TEMPLATES } from './support/paths.ts';
import { consoleText } from './support/steps.ts';
import { Workspace } from './support/workspace.ts';

const PASSWORD = 'correct-horse-battery';

function assertSuccess({ status, stdout, stderr }: RunOutcome): void {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
}

machineTest(
  'every provisioner, a reboot among them, and every post-processor; then a second build on the image of the first',
  async (context) => {
    const workspace = new Workspace(context);
    const { vmName } = workspace;
    cpSync(`${TEMPLATES}/everything`, workspace.path('template'), { recursive: true });
    const build = (only: string): Promise<RunOutcome> =>
      runCli(
        context,
        [
          'build',
          '-hypervisor=qemu',
          `-vm-conf=${EXAMPLE}/vm.conf`,
          `-only=${only}`,
          `-var=vm_name=${vmName}`,
          `-var=iso=${GUEST_ISO}`,
          'template',
        ],
        { cwd: workspace.directory },
      );

    const first = await build('all.*');
    assertSuccess(first);
    assert.match(first.stdout, /The breakpoint "nobody is here" is disabled/);
    // Written in the guest after the reboot, brought here, and copied here.
    assert.equal(workspace.read('boot-after'), 'a new boot\n');
    assert.equal(workspace.read('boot-after-copy'), 'a new boot\n');
    assert.equal(workspace.read('post-processed'), 'post\n');
    assert.match(
      workspace.read('out', `${vmName}.sha256`),
      new RegExp(`^[0-9a-f]{64}\\t${vmName}\\.qcow2\\n$`),
    );
    const archive = workspace.path('out', `${vmName}.tar.gz`);
    const manifest = JSON.parse(workspace.read('manifest.json')) as {
      builds: { files: { name: string; size: number }[] }[];
    };
    assert.deepEqual(manifest.builds[0]?.files, [{ name: archive, size: statSync(archive).size }]);
    const image = workspace.path('out', `${vmName}.qcow2`);
    const before = readFileSync(image);

    const second = await build('derived.*');
    assertSuccess(second);
    assert.match(second.stdout, /dark green/);
    assert.ok(readFileSync(image).equals(before), 'the second build changed its base image');
    for (const { stdout, stderr } of [first, second]) {
      assert.ok(!stdout.includes(PASSWORD) && !stderr.includes(PASSWORD), 'the password is shown');
    }

    const machine = await BootedImage.boot(
      context,
      workspace.path('out', `${vmName}-second.qcow2`),
      PASSWORD,
    );
    assert.equal(
      await machine.run(
        'cat /root/colour /root/build /root/second /root/tree/top "/root/tree/sub/with a space"',
      ),
      'dark green\nfirst\nsecond\na file of the tree\ndeeper\n',
    );
    assert.equal(await machine.run('hostname'), 'derived\n');
    assert.equal(await machine.run('ls /tmp'), '', 'the provisioners left files in the guest');
  },
);

machineTest('four builds at once share a folder of files, and each guest gets its own', async (context) => {
  const workspace = new Workspace(context);
  const names = [1, 2, 3, 4].map((number) => `${workspace.vmName}-${number}`);
  cpSync(`${TEMPLATES}/shared`, workspace.path('http'), { recursive: true });
  const outcome = await runCli(
    context,
    [
      'build',
      '-hypervisor=qemu',
      `-vm-conf=${EXAMPLE}/vm.conf`,
      `-var=names=${JSON.stringify(names)}`,
      '-var=http=http',
      `-var=iso=${GUEST_ISO}`,
      `${TEMPLATES}/four.pkr.hcl`,
    ],
    { cwd: workspace.directory },
  );
  assertSuccess(outcome);
  const ports = names.map((name) => {
    const text = consoleText(workspace, name);
    const port = /fetching http:\/\/[0-9.]+:(\d+)\/answers\.txt/.exec(text)?.[1];
    assert.ok(port, text);
    const image = readFileSync(workspace.path('out', `${name}.qcow2`));
    assert.ok(image.includes(`${name}-port-${port}\n`), `the answers of ${name} are not its own`);
    return port;
  });
  assert.equal(new Set(ports).size, names.length);
  assert.ok(!existsSync(workspace.path('http', 'answers.txt')), 'a generated file is left');
});
