// Whole builds on the strict fake of vmctl (fixtures/vmctl): its exact command lines, and Ctrl-C at each step.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FakeHost, SSH_PORT } from './support/fake-host.ts';
import { interruptAt, type Interruption } from './support/interrupt.ts';
import { runCli } from './support/cli.ts';
import { journals, killAt } from './support/kill.ts';
import { cliTest } from './support/machine-test.ts';
import { CLI, ROOT } from './support/paths.ts';
import { buildSteps, type StepsBuild } from './support/steps.ts';
import { Workspace } from './support/workspace.ts';

/** The fake takes any file for an installer. */
function fakeIso(workspace: Workspace): string {
  const iso = workspace.path('installer.iso');
  writeFileSync(iso, 'a CD');
  return iso;
}

function onFake(host: FakeHost, workspace: Workspace, build: Partial<StepsBuild> = {}): StepsBuild {
  const { env, vmConf } = host;
  return { hypervisor: 'vmctl', env, vmConf, sshPort: SSH_PORT, iso: fakeIso(workspace), ...build };
}

cliTest('a build gives vmctl exactly these command lines', async (context) => {
  const workspace = new Workspace(context);
  const host = new FakeHost(workspace);
  const commands = ['echo "greetings from $PACKER_BUILDER_TYPE"'];
  const run = buildSteps(context, workspace, onFake(host, workspace, { commands }));
  const { status, stdout, stderr } = await run.ended;
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /: greetings from vmm$/m);

  const [create, ...rest] = host.commands();
  const partial = create?.at(-1)?.replace(/^qcow2:/, '') ?? '';
  assert.ok(partial.startsWith(workspace.path('out/')) && partial.endsWith('.qcow2'), partial);
  assert.notEqual(
    partial,
    workspace.path('out', `${workspace.vmName}.qcow2`),
    'a partial image has the final name',
  );
  assert.deepEqual(create, ['vmctl', 'create', '-s', '1G', `qcow2:${partial}`]);
  const start = ['vmctl', 'start', '-c', '-L', '-d', partial, '-t', 'generic', '-m', '256M'];
  const wait = ['vmctl', 'wait', workspace.vmName];
  assert.deepEqual(rest, [
    [...start, '-B', 'cdrom', '-r', workspace.path('installer.iso'), workspace.vmName],
    wait,
    // The installed system: from its disk, without the CD.
    [...start, workspace.vmName],
    wait,
  ]);
  assert.deepEqual(host.machines(), []);
  assert.deepEqual(
    workspace.list().filter((name) => name.startsWith('out/')),
    [`out/${workspace.vmName}.qcow2`],
  );
});

cliTest('a build goes on when the program is taken away meanwhile, as an upgrade does', async (context) => {
  const workspace = new Workspace(context);
  cpSync(dirname(CLI), workspace.path('dist'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), workspace.path('node_modules'));
  const host = new FakeHost(workspace, { guest: { pace: 300 } });
  const program = workspace.path('dist', basename(CLI));
  const run = buildSteps(context, workspace, onFake(host, workspace, { program }));
  await run.until('the installer works', () => run.stdout.includes('Waiting for the installation to end'));
  rmSync(workspace.path('dist'), { recursive: true });
  const { status, stdout, stderr } = await run.ended;
  assert.equal(status, 0, `${stdout}\n${stderr}`);
});

interface Moment {
  readonly step: string;
  readonly when: string;
  readonly scenario?: ConstructorParameters<typeof FakeHost>[1];
  readonly build?: Partial<StepsBuild>;
  readonly moment: (run: Parameters<Interruption['moment']>[0], host: FakeHost) => Promise<unknown>;
}

const called = (host: FakeHost, command: string): boolean =>
  host.commands().some((words) => words[1] === command);

const MOMENTS: readonly Moment[] = [
  {
    step: 'disk',
    when: 'before there is a disk',
    scenario: { rules: [{ command: 'create', hang: true }] },
    moment: (run, host) => run.until('vmctl create is called', () => called(host, 'create')),
  },
  {
    step: 'start (install)',
    when: 'while vmd starts the machine',
    scenario: { rules: [{ command: 'start', hang: true }] },
    moment: (run, host) => run.until('vmctl start is called', () => called(host, 'start')),
  },
  {
    step: 'boot command',
    when: 'while the boot command is typed',
    build: { bootCommand: ['install<wait5m><enter>'] },
    moment: (run) => run.until('typing begins', () => run.stdout.includes('Typing the boot command')),
  },
  {
    step: 'install',
    when: 'during the installation',
    scenario: { guest: { pace: 300_000 } },
    moment: (run) =>
      run.until('the installer works', () => run.stdout.includes('Waiting for the installation to end')),
  },
  {
    step: 'provision',
    when: 'during provisioning',
    build: { commands: ['echo provisioning has begun', 'sleep 300'] },
    moment: (run) => run.until('the provisioner runs', () => run.stdout.includes(': provisioning has begun')),
  },
];

for (const { step, when, scenario, build, moment } of MOMENTS) {
  cliTest(`Ctrl-C under vmctl ${when} leaves nothing`, async (context) => {
    let host: FakeHost;
    await interruptAt(context, {
      step,
      build: (workspace) => {
        host = new FakeHost(workspace, scenario);
        return onFake(host, workspace, build);
      },
      moment: (run) => moment(run, host),
      after: () => assert.deepEqual(host.machines(), [], 'vmd still has a machine'),
    });
  });
}

/** Moments in which a build cannot be interrupted in order, but can be killed. */
const MORE_MOMENTS: readonly Moment[] = [
  {
    step: 'start (provision)',
    when: 'while vmd starts the installed machine',
    scenario: { rules: [{ command: 'start', after: 1, delay: 300_000 }] },
    moment: (run, host) => run.until('vmctl start is called again', () => calls(host, 'start') === 2),
  },
  {
    step: 'connect',
    when: 'while it waits for SSH',
    build: { sshPort: 9 },
    moment: (run) => run.until('it waits for SSH', () => run.stdout.includes('Waiting for SSH')),
  },
];

const calls = (host: FakeHost, command: string): number =>
  host.commands().filter((words) => words[1] === command).length;

for (const { when, scenario, build, moment } of [...MOMENTS, ...MORE_MOMENTS]) {
  cliTest(`gc cleans up after a build under vmctl that was killed ${when}`, async (context) => {
    let host: FakeHost;
    await killAt(context, {
      build: (workspace) => {
        host = new FakeHost(workspace, scenario);
        return onFake(host, workspace, build);
      },
      moment: (run) => moment(run, host),
      after: () => assert.deepEqual(host.machines(), [], 'vmd still has a machine'),
    });
  });
}

/** A build that was killed during the installation, on a host of its own. */
async function killedBuild(context: Parameters<typeof buildSteps>[0], workspace: Workspace, host: FakeHost) {
  const env = { ...host.env, XDG_STATE_HOME: workspace.path('state') };
  const options = { ...onFake(host, workspace), env };
  const run = buildSteps(context, workspace, options);
  await run.until('the installer works', () => run.stdout.includes('Waiting for the installation to end'));
  run.signal('SIGKILL');
  await run.exited;
  const journal = workspace.path('state', 'vmm-hcl', 'journal', journals(env.XDG_STATE_HOME)[0]!);
  return { env, options, journal };
}

cliTest(
  'a machine that may be somebody else’s is left alone by gc, and its image with it',
  async (context) => {
    const workspace = new Workspace(context);
    const host = new FakeHost(workspace, { guest: { pace: 300_000 } });
    const { env, journal } = await killedBuild(context, workspace, host);
    // As after a reboot of the guest, which gives a machine another process.
    const text = readFileSync(journal, 'utf8');
    const changed = text.replace(/("traces":\{"id":\d+,"pid":)\d+/, '$11');
    assert.notEqual(changed, text);
    writeFileSync(journal, changed);

    const gc = await runCli(context, ['gc'], { cwd: workspace.directory, env });
    assert.equal(gc.status, 1);
    assert.match(
      gc.stdout,
      /^  Left alone: the virtual machine e2e-\w+ \(ID \d+\)\. It is run by process \d+, and ours was by 1: either the guest has rebooted, .* By hand: vmctl stop -f -w e2e-\w+$/m,
    );
    assert.equal(host.machines().length, 1);
    assert.match(
      gc.stdout,
      /Left alone: the unfinished image .* It may be in use as long as the virtual machine/,
    );
    await runCli(context, ['gc'], { cwd: workspace.directory, env });
    assert.equal(host.machines().length, 1, 'it is not touched later either');
    assert.ok(workspace.list().some((name) => name.includes('.partial-')));
    const stop = host.commands().filter(([, command]) => command === 'stop');
    assert.deepEqual(stop, []);
    // The machine ends with the test, as everything that a run has started.
  },
);

cliTest('the next build cleans up after one that was killed, and says so', async (context) => {
  const workspace = new Workspace(context);
  const host = new FakeHost(workspace, { guest: { pace: 1_500 } });
  const { env, options } = await killedBuild(context, workspace, host);
  const { status, stdout, stderr } = await buildSteps(context, workspace, options).ended;
  assert.equal(status, 0, stdout + stderr);
  assert.match(
    stdout,
    /^Cleaning up after the build of .*steps\.pkr\.hcl that was killed \(process \d+\): Stopped the virtual machine e2e-/m,
  );
  assert.match(stdout, /that was killed \(process \d+\): Removed the unfinished image /);
  assert.deepEqual(journals(env.XDG_STATE_HOME), []);
  assert.deepEqual(host.machines(), []);
});
