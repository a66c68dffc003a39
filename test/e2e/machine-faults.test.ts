// What goes wrong with real machines: each fault ends its build with status 1 and a message that names it, and leaves nothing.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { CliRun, type RunOutcome } from './support/cli.ts';
import { assertNothingRuns } from './support/leftovers.ts';
import { machineTest } from './support/machine-test.ts';
import { EXAMPLE, GUEST_ISO, TEMPLATES } from './support/paths.ts';
import { buildSteps, consoleText } from './support/steps.ts';
import { waitUntil } from './support/wait.ts';
import { Workspace } from './support/workspace.ts';

/** Text without the line breaks and margins that the report puts into its sentences. */
function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** The build has failed with a message, and nothing of it runs or lies about but the console's log. */
async function assertFailed(run: CliRun, workspace: Workspace, message: RegExp): Promise<RunOutcome> {
  const outcome = await run.ended;
  assert.equal(outcome.status, 1, `${outcome.stdout}\n${outcome.stderr}`);
  assert.match(flat(outcome.stderr), message);
  await assertNothingRuns(run);
  assert.deepEqual(
    workspace.list().filter((name) => name.startsWith('out') || name.includes('qcow2')),
    [],
  );
  return outcome;
}

machineTest('QEMU is killed during the installation', async (context) => {
  const workspace = new Workspace(context);
  const run = buildSteps(context, workspace, { hypervisor: 'qemu' });
  await run.until('the installer works', () => consoleText(workspace).includes('unpacking the system'));
  const qemu = run.processes.find((line) => line.includes('qemu-system'));
  process.kill(Number(qemu?.split(' ')[0]), 'SIGKILL');
  await assertFailed(run, workspace, /The machine died during the installation.*SIGKILL/);
});

machineTest('the guest panics before the installer starts', async (context) => {
  const workspace = new Workspace(context);
  const run = buildSteps(context, workspace, {
    hypervisor: 'qemu',
    bootCommand: ['install rdinit=/nowhere init=/nowhere<enter>'],
  });
  await assertFailed(run, workspace, /Kernel panic - not syncing/);
});

machineTest('-on-error=abort leaves the machine running, and says how to stop it', async (context) => {
  const workspace = new Workspace(context);
  const run = buildSteps(context, workspace, {
    hypervisor: 'qemu',
    bootCommand: ['install rdinit=/nowhere init=/nowhere<enter>'],
    flags: ['-on-error=abort'],
  });
  const { status, stderr, stdout } = await run.ended;
  assert.equal(status, 1, `${stdout}\n${stderr}`);
  const [pid] = /(?<=stop it with: kill )\d+/.exec(stderr) ?? [];
  assert.deepEqual(
    run.processes.map((line) => line.split(' ').slice(0, 1)),
    [[pid]],
    stderr,
  );
  process.kill(Number(pid), 'SIGTERM');
  await waitUntil('the machine ends', () => run.processes.length === 0 || undefined);
});

machineTest('the ISO image is cut short', async (context) => {
  const workspace = new Workspace(context);
  const iso = workspace.path('short.iso');
  copyFileSync(GUEST_ISO, iso);
  truncateSync(iso, Math.floor(statSync(iso).size / 2));
  const run = buildSteps(context, workspace, { hypervisor: 'qemu', iso });
  await assertFailed(run, workspace, /short\.iso.*(cut short|truncated|incomplete)/);
});

machineTest('every port of the range is taken', async (context) => {
  const workspace = new Workspace(context);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  const { port } = server.address() as { port: number };
  const template = readFileSync(`${TEMPLATES}/steps.pkr.hcl`, 'utf8').replace(
    /^ {2}http_content/m,
    `  http_port_min = ${port}\n  http_port_max = ${port}\n  http_content`,
  );
  workspace.write('ports.pkr.hcl', template);
  const run = new CliRun(
    context,
    [
      'build',
      '-hypervisor=qemu',
      `-vm-conf=${EXAMPLE}/vm.conf`,
      `-var=iso=${GUEST_ISO}`,
      `-var=vm_name=${workspace.vmName}`,
      'ports.pkr.hcl',
    ],
    { cwd: workspace.directory },
  );
  await assertFailed(run, workspace, new RegExp(`${port}.*http_port_m`));
});

machineTest('the disk of this host is full', async (context) => {
  const workspace = new Workspace(context);
  if (process.getuid?.() !== 0) {
    context.skip('SKIPPED, only root can mount a small file system');
    return;
  }
  const out = workspace.path('out');
  mkdirSync(out);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16M', 'tmpfs', out]);
  try {
    const run = buildSteps(context, workspace, { hypervisor: 'qemu' });
    const { status, stderr, stdout } = await run.ended;
    assert.equal(status, 1, `${stdout}\n${stderr}`);
    assert.match(flat(stderr), /writing the disk image failed: No space left on device/);
    await assertNothingRuns(run);
    assert.deepEqual(
      workspace.list().filter((name) => name.startsWith('out/')),
      [],
    );
  } finally {
    execFileSync('umount', ['-l', out]);
  }
});

/** What the report says about each build that failed. */
function failures(stderr: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of stderr.split(/^(?=Build ')/m)) {
    const name = /^Build '[^']*\.([a-z-]+)'/.exec(part)?.[1];
    if (name !== undefined) found.set(name, flat(part));
  }
  return found;
}

function faultsBuild(context: TestContext, workspace: Workspace, only: string): CliRun {
  return new CliRun(
    context,
    [
      'build',
      '-hypervisor=qemu',
      `-vm-conf=${EXAMPLE}/vm.conf`,
      `-only=${only}`,
      `-var=vm_name=${workspace.vmName}`,
      `-var=iso=${GUEST_ISO}`,
      '-var=large_file=large',
      `${TEMPLATES}/machine-faults`,
    ],
    { cwd: workspace.directory },
  );
}

machineTest(
  'after the installation: no power-off, no sshd, a wrong password, a full disk, a panic, a cut network; all at once',
  async (context) => {
    const workspace = new Workspace(context);
    writeFileSync(workspace.path('large'), '');
    truncateSync(workspace.path('large'), 96 * 1024 * 1024);
    const base = await faultsBuild(context, workspace, 'base.*').ended;
    assert.equal(base.status, 0, `${base.stdout}\n${base.stderr}`);
    const before = workspace.list().filter((name) => name.startsWith('out/'));

    const run = faultsBuild(context, workspace, 'fault.*');
    const { status, stdout, stderr } = await run.ended;
    assert.equal(status, 1, `${stdout}\n${stderr}`);
    const messages = failures(stderr);
    for (const [name, expected] of Object.entries({
      'never-off': /shutdown_timeout/,
      'no-sshd': /ssh_timeout/,
      'wrong-password': /[Aa]uthentication|ssh_password/,
      'disk-full': /No space left on device/,
      panic: /Kernel panic - not syncing: sysrq triggered crash/,
      cut: /connection.*(lost|no answer|timed out|silent)/i,
    })) {
      assert.match(messages.get(name) ?? `nothing is said about ${name}:\n${stderr}`, expected);
    }
    await assertNothingRuns(run);
    assert.deepEqual(
      workspace.list().filter((name) => name.startsWith('out/')),
      before,
    );
    assert.ok(!stderr.includes('not-the-one-of-the-guest') && !stdout.includes('not-the-one-of-the-guest'));
  },
);
