import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { MachineSpec } from '../../src/hypervisor/hypervisor.ts';
import { QemuHypervisor } from '../../src/hypervisor/qemu/qemu.ts';
import { findProgram } from '../../src/lib/process/find-program.ts';
import type { ProcessObserver } from '../../src/lib/process/observer.ts';
import { observingProcesses } from '../../src/lib/process/observer.ts';
import { installGuest, writeGuestIso } from '../hypervisor/boot-sector.ts';
import { driverSuite, Recorder, type Subject } from '../hypervisor/driver-suite.ts';
import { commandsWith, pidsWith } from './process-list.ts';
import { unlessRequired } from './support/machine-test.ts';

const missing = ['qemu-system-x86_64', 'qemu-img'].filter((name) => findProgram(name) === undefined);
const skip = unlessRequired(missing.length > 0 && `${missing.join(' and ')} not installed`);

/** Before the tests change TMPDIR, to see what is left there. */
const temporary = tmpdir();
const never = new AbortController().signal;

async function setUp(): Promise<Subject> {
  const directory = await mkdtemp(join(temporary, 'qemu-driver-'));
  const sockets = join(directory, 'tmp');
  await mkdir(sockets);
  process.env['TMPDIR'] = sockets;
  const vmConf = join(directory, 'vm.conf');
  await writeFile(vmConf, 'vm "small" {\n\tmemory 32M\n\tlocal interface\n}\n');
  const iso = join(directory, 'guest.iso');
  await writeGuestIso(iso);
  return {
    hypervisor: new QemuHypervisor({ vmConf }),
    directory,
    template: 'small',
    refusesLockedDisks: true,
    iso,
    install: installGuest,
    leftovers: async () => [...(await readdir(sockets)), ...(await commandsWith(directory))],
    remove: () => rm(directory, { recursive: true }),
  };
}

driverSuite('qemu', setUp, skip);

describe('the qemu driver', { skip }, () => {
  let subject: Subject;
  let spec: MachineSpec;
  before(async () => {
    subject = await setUp();
    const path = join(subject.directory, 'disk.raw');
    await subject.hypervisor.createDisk({ path, format: 'raw', size: '1M' }, never);
    await subject.install(path);
    const disk = { path, format: 'raw' } as const;
    spec = { name: 'web', template: 'small', disk, purpose: 'provision', guestPort: 22 };
  });
  afterEach(async () => assert.deepEqual(await subject.leftovers(), []));
  after(() => subject.remove());

  for (const [signal, detail] of [
    ['SIGKILL', /^QEMU was ended by SIGKILL/],
    ['SIGTERM', /^QEMU was told to end by somebody else \(host-signal\)/],
  ] as const) {
    it(`says that the machine died, and why, after ${signal}`, async () => {
      const machine = await subject.hypervisor.start(spec, never);
      await new Recorder(machine.console).until(/from disk> /);
      const [pid] = await pidsWith(spec.disk.path);
      assert.ok(pid !== undefined);
      process.kill(pid, signal);
      const end = await machine.waitForPowerOff(never);
      assert.equal(end.cause, 'died');
      assert.match(end.detail ?? '', detail);
    });
  }

  it('asks the guest with the power button first', async () => {
    const machine = await subject.hypervisor.start(spec, never);
    const console = new Recorder(machine.console);
    await console.until(/from disk> /);
    await machine.stop(60_000);
    assert.deepEqual(await machine.waitForPowerOff(never), { cause: 'stopped' });
  });

  it('takes another port when the one it chose is taken', async () => {
    const wrapper = join(subject.directory, 'qemu');
    const real = findProgram('qemu-system-x86_64');
    const once = join(subject.directory, 'once');
    const message = "Could not set up host forwarding rule 'tcp:127.0.0.1:2222-:22'";
    const script = `#!/bin/sh\n[ -e ${once} ] || { touch ${once}; echo "${message}" >&2; exit 1; }\nexec ${real} "$@"\n`;
    await writeFile(wrapper, script, { mode: 0o755 });
    const commands: string[] = [];
    const hypervisor = new QemuHypervisor({
      env: { ...process.env, VMM_HCL_QEMU: wrapper },
      vmConf: join(subject.directory, 'vm.conf'),
    });
    const observer: ProcessObserver = {
      started: ([program = '']) => {
        commands.push(program);
        return () => {};
      },
    };
    const machine = await observingProcesses(observer, () => hypervisor.start(spec, never));
    await machine.stop(0);
    assert.deepEqual(commands, [wrapper, wrapper]);
  });

  it('quotes QEMU when it does not start', async () => {
    const wrapper = join(subject.directory, 'broken');
    await writeFile(wrapper, '#!/bin/sh\necho "qemu: no such thing" >&2\nexit 1\n', { mode: 0o755 });
    const env = { ...process.env, VMM_HCL_QEMU: wrapper };
    const hypervisor = new QemuHypervisor({ env, vmConf: join(subject.directory, 'vm.conf') });
    await assert.rejects(
      hypervisor.start(spec, never),
      /could not start the machine web: qemu: no such thing/,
    );
  });
});
