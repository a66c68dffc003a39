// Ctrl-C at each step of a build on QEMU: it ends soon, with status 1, and nothing is left of it. Nor after kill -9 and gc.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { findProgram } from '../../src/lib/process/find-program.ts';
import { interruptAt } from './support/interrupt.ts';
import { killAt } from './support/kill.ts';
import { machineTest } from './support/machine-test.ts';
import { consoleText } from './support/steps.ts';
import type { Workspace } from './support/workspace.ts';

/** A directory with the real QEMU and a qemu-img that never comes to create a disk, and says so with a file. */
function holdingQemu(workspace: Workspace): string {
  const bin = workspace.path('bin');
  mkdirSync(bin);
  const real = (name: string): string => findProgram(name, process.env)!;
  symlinkSync(real('qemu-system-x86_64'), `${bin}/qemu-system-x86_64`);
  const script = `#!/bin/sh
case $1 in
  create) : >held && exec sleep 300 ;;
esac
exec ${real('qemu-img')} "$@"
`;
  writeFileSync(`${bin}/qemu-img`, script);
  chmodSync(`${bin}/qemu-img`, 0o755);
  return bin;
}

machineTest('Ctrl-C before there is a disk leaves nothing', (context) =>
  interruptAt(context, {
    step: 'disk',
    build: (workspace) => ({
      hypervisor: 'qemu',
      env: { PATH: `${holdingQemu(workspace)}:${process.env['PATH']}` },
    }),
    moment: (run, workspace) =>
      run.until('the disk is about to be made', () => existsSync(workspace.path('held'))),
  }),
);

machineTest('Ctrl-C while the boot command is typed leaves nothing', (context) =>
  interruptAt(context, {
    step: 'boot command',
    build: () => ({
      hypervisor: 'qemu',
      bootCommand: ['install<wait5m> autoinstall=http://{{ .HTTPIP }}:{{ .HTTPPort }}/x<enter>'],
    }),
    // The firmware and the boot loader may both echo, each letter twice then.
    moment: (run, workspace) =>
      run.until('the first word is typed', () => /i+n+s+t+a+l+$/.test(consoleText(workspace))),
  }),
);

machineTest('Ctrl-C during the installation leaves nothing', (context) =>
  interruptAt(context, {
    step: 'install',
    build: () => ({ hypervisor: 'qemu' }),
    moment: (run, workspace) =>
      run.until('the installer works', () => consoleText(workspace).includes('unpacking the system')),
  }),
);

machineTest('Ctrl-C during provisioning leaves nothing', (context) =>
  interruptAt(context, {
    step: 'provision',
    build: () => ({ hypervisor: 'qemu', commands: ['echo provisioning has begun', 'sleep 300'] }),
    moment: (run) => run.until('the provisioner runs', () => run.stdout.includes(': provisioning has begun')),
  }),
);

machineTest('gc cleans up after a build on QEMU that was killed during the installation', (context) =>
  killAt(context, {
    build: () => ({ hypervisor: 'qemu' }),
    moment: (run, workspace) =>
      run.until('the installer works', () => consoleText(workspace).includes('unpacking the system')),
    after: (_, gc) => assert.match(gc.stdout, /^  Ended the process \d+ \(qemu-system-x86_64\)\.$/m),
  }),
);
