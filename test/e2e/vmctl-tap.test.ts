// The example, unchanged, through the vmctl driver: real guests on real tap interfaces with vmd's /31 network, under a stand-in
// for vmctl (fixtures/vmctl-tap). In a network namespace of its own, as root.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { TestContext } from 'node:test';
import { BootedImage } from './support/booted-image.ts';
import { CliRun } from './support/cli.ts';
import { tapTest } from './support/machine-test.ts';
import { EXAMPLE, GUEST_ISO, VMCTL_TAP } from './support/paths.ts';
import { buildSteps, consoleText } from './support/steps.ts';
import { Workspace } from './support/workspace.ts';

interface Host {
  readonly env: Readonly<Record<string, string>>;
  readonly prefix: readonly string[];
  /** Names of the tap interfaces that exist. */
  taps(): string[];
}

/** Something like an OpenBSD host: vmctl and ifconfig on the PATH, and no network but that of the machines. */
function openBsdHost(context: TestContext, workspace: Workspace): Host {
  const namespace = workspace.vmName;
  const ip = (...words: string[]): string => execFileSync('ip', words, { encoding: 'utf8' });
  ip('netns', 'add', namespace);
  context.after(() => ip('netns', 'del', namespace));
  ip('-n', namespace, 'link', 'set', 'lo', 'up');
  return {
    env: {
      PATH: `${VMCTL_TAP}:${process.env['PATH']}`,
      VMCTL_TAP_STATE: workspace.path('vmd'),
      VMCTL_TAP_CONF: `${EXAMPLE}/vm.conf`,
    },
    prefix: ['ip', 'netns', 'exec', namespace],
    taps: () => ip('-n', namespace, '-br', 'link').match(/^tap\d+/gm) ?? [],
  };
}

tapTest('the example becomes an image under vmctl too, on a real tap interface', async (context) => {
  const workspace = new Workspace(context);
  const { env, prefix, taps } = openBsdHost(context, workspace);
  const flags = [`-var=iso=${GUEST_ISO}`, `-var=vm_name=${workspace.vmName}`, '-var=output_directory=out'];
  // No -hypervisor: a vmctl on the PATH is taken.
  const run = new CliRun(context, ['build', ...flags, EXAMPLE], { cwd: workspace.directory, env, prefix });
  await run.until('the machine has a tap', () => taps().length === 1);
  const { status, stdout, stderr } = await run.ended;
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /http:\/\/100\.64\.1\.2:\d+/);
  assert.deepEqual(run.processes, []);
  assert.deepEqual(taps(), []);

  const image = workspace.path('out', `${workspace.vmName}.qcow2`);
  const machine = await BootedImage.boot(context, image, 'tiny-secret');
  assert.equal(await machine.run('hello'), 'Tiny Linux, built by vmm-hcl (vmm tiny-linux)\n');
  assert.equal(await machine.run('hostname'), `${workspace.vmName}\n`);
});

tapTest('SIGTERM during the installation under vmctl leaves no machine, tap or image', async (context) => {
  const workspace = new Workspace(context);
  const { env, prefix, taps } = openBsdHost(context, workspace);
  const run = buildSteps(context, workspace, { hypervisor: 'vmctl', env, prefix });
  await run.until('the installer works', () => consoleText(workspace).includes('unpacking the system'));
  assert.equal(taps().length, 1);
  run.signal('SIGTERM');
  const { status, stderr } = await run.ended;
  assert.equal(status, 1, stderr);
  assert.match(stderr, /was cancelled in step "install"/);
  assert.deepEqual(run.processes, []);
  assert.deepEqual(taps(), []);
  assert.deepEqual(
    workspace.list().filter((name) => name.startsWith('out/')),
    [],
  );
});
