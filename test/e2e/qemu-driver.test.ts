import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QemuHypervisor } from '../../src/hypervisor/qemu/qemu.ts';
import { findProgram } from '../../src/lib/find-program.ts';
import { installGuest, writeGuestIso } from '../hypervisor/boot-sector.ts';
import { driverSuite, type Subject } from '../hypervisor/driver-suite.ts';
import { commandsWith } from './process-list.ts';

const missing = ['qemu-system-x86_64', 'qemu-img'].filter((name) => findProgram(name) === undefined);
const skip = missing.length > 0 && `${missing.join(' and ')} not installed`;

async function setUp(): Promise<Subject> {
  const directory = await mkdtemp(join(tmpdir(), 'qemu-driver-'));
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
