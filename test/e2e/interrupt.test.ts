// Ctrl-C at each step of a build on QEMU: it ends soon, with status 1, and nothing is left of it.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { findProgram } from '../../src/lib/find-program.ts';
import type { CliRun } from './support/cli.ts';
import { assertNothingRuns } from './support/leftovers.ts';
import { machineTest } from './support/machine-test.ts';
import { buildSteps, consoleText, type StepsBuild } from './support/steps.ts';
import { Workspace } from './support/workspace.ts';

/** Milliseconds that the end may take. */
const LIMIT = 15_000;

interface Case {
  /** Name of the executor's step in which the build is interrupted. */
  readonly step: string;
  readonly build?: Omit<StepsBuild, 'hypervisor'>;
  readonly moment: (run: CliRun, workspace: Workspace) => Promise<unknown>;
}

async function interruptAt(context: TestContext, { step, build, moment }: Case): Promise<void> {
  const workspace = new Workspace(context);
  const env = { ...build?.env, PATH: `${workspace.path('bin')}:${process.env['PATH']}` };
  holdDiskCreation(workspace, step === 'disk');
  const before = workspace.list();
  const run = buildSteps(context, workspace, { hypervisor: 'qemu', ...build, env });
  await moment(run, workspace);

  const pressed = performance.now();
  run.interrupt();
  const { status, stderr, stdout } = await run.ended;
  const took = performance.now() - pressed;
  assert.equal(status, 1, `${stdout}\n${stderr}`);
  assert.ok(took < LIMIT, `it took ${took} ms to end`);
  assert.match(stderr, new RegExp(`was cancelled in step "${step.replace(/[()]/g, '\\$&')}"`));
  await assertNothingRuns(run);
  const left = workspace.list().filter((name) => !/^(held$|log($|\/))/.test(name));
  assert.deepEqual(
    left.filter((name) => name !== 'out'),
    before,
  );
}

/** Puts a QEMU before the real one whose qemu-img, if asked to, never comes to create the disk. */
function holdDiskCreation(workspace: Workspace, hold: boolean): void {
  const bin = workspace.path('bin');
  mkdirSync(bin);
  if (!hold) return;
  const real = (name: string): string => findProgram(name, process.env)!;
  symlinkSync(real('qemu-system-x86_64'), workspace.path('bin', 'qemu-system-x86_64'));
  const script = `#!/bin/sh
case $1 in
  create) : >held && exec sleep 300 ;;
esac
exec ${real('qemu-img')} "$@"
`;
  writeFileSync(workspace.path('bin', 'qemu-img'), script);
  chmodSync(workspace.path('bin', 'qemu-img'), 0o755);
}

machineTest('Ctrl-C before there is a disk leaves nothing', (context) =>
  interruptAt(context, {
    step: 'disk',
    moment: (run, workspace) =>
      run.until('the disk is about to be made', () => existsSync(workspace.path('held'))),
  }),
);

machineTest('Ctrl-C while the boot command is typed leaves nothing', (context) =>
  interruptAt(context, {
    step: 'boot command',
    build: { bootCommand: ['install<wait5m> autoinstall=http://{{ .HTTPIP }}:{{ .HTTPPort }}/x<enter>'] },
    // The firmware and the boot loader may both echo, each letter twice then.
    moment: (run, workspace) =>
      run.until('the first word is typed', () => /i+n+s+t+a+l+$/.test(consoleText(workspace))),
  }),
);

machineTest('Ctrl-C during the installation leaves nothing', (context) =>
  interruptAt(context, {
    step: 'install',
    moment: (run, workspace) =>
      run.until('the installer works', () => consoleText(workspace).includes('unpacking the system')),
  }),
);

machineTest('Ctrl-C during provisioning leaves nothing', (context) =>
  interruptAt(context, {
    step: 'provision',
    build: { commands: ['echo provisioning has begun', 'sleep 300'] },
    moment: (run) => run.until('the provisioner runs', () => run.stdout.includes(': provisioning has begun')),
  }),
);
