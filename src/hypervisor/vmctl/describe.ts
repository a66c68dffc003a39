import { type Action, hostCommand } from '../../plan/action.ts';
import { describeFile } from '../files.ts';
import type { ExpectedAddresses, HypervisorWork, MachineSpec } from '../hypervisor.ts';
import {
  checkDrives,
  checkName,
  CPUS_PROBE,
  consoleArguments,
  createArguments,
  startArguments,
  statusArguments,
  stopArguments,
  waitArguments,
} from './arguments.ts';
import type { VmctlClient } from './client.ts';

/** What is done on vmd(8) for `work`. @throws HypervisorError when vmctl(8) would not be called */
export async function describe(
  work: HypervisorWork,
  client: VmctlClient,
  templateHasCdrom: (template: string) => boolean,
): Promise<readonly Action[]> {
  const { vmctl, tap } = client.commandLines();
  switch (work.kind) {
    case 'probe': {
      const { name, cpus } = work.machine;
      checkName(name);
      checkDrives(work.machine);
      return [
        hostCommand(vmctl(statusArguments()), 'once', 'first of all: does vmd(8) answer?'),
        hostCommand(vmctl(statusArguments(name)), 'often', 'the name must be free'),
        ...(cpus === undefined
          ? []
          : [hostCommand(vmctl(CPUS_PROBE), 'once', 'does vmctl know -p? It starts nothing')]),
      ];
    }
    case 'create-disk': {
      const { disk } = work;
      const base = disk.base === undefined ? [] : [await describeFile(disk.base, 'base image')];
      return [...base, hostCommand(vmctl(createArguments(disk)))];
    }
    case 'start': {
      const { spec } = work;
      const hasCdrom = spec.purpose === 'provision' && templateHasCdrom(spec.template);
      const start = startArguments(spec, hasCdrom);
      return [
        ...(await describeFiles(spec, work.fetchesCdrom)),
        hostCommand(vmctl(start)),
        hostCommand(
          vmctl(statusArguments(spec.name)),
          'often',
          'before and after the start, and whenever something happens',
        ),
        hostCommand(tap, 'often', 'until the tap of the machine has an address'),
        hostCommand(vmctl(consoleArguments(spec.name)), 'perhaps', 'only if cu(1) ends before the machine'),
      ];
    }
    case 'wait':
      return [
        hostCommand(
          vmctl(waitArguments(work.name)),
          'often',
          'meanwhile; again when it returns before the end',
        ),
      ];
    case 'stop': {
      const { name, graceMs } = work;
      const force = vmctl(stopArguments(name, true));
      if (graceMs <= 0) return [hostCommand(force)];
      return [
        hostCommand(vmctl(stopArguments(name, false))),
        hostCommand(force, 'perhaps', `only if it still runs after ${graceMs / 1000} s`),
      ];
    }
  }
}

async function describeFiles({ purpose, cdrom, boot }: MachineSpec, fetchesCdrom = false): Promise<Action[]> {
  if (purpose === 'provision') return [];
  return [
    ...(cdrom === undefined || fetchesCdrom ? [] : [await describeFile(cdrom, 'ISO image')]),
    ...(boot === undefined ? [] : [await describeFile(boot, 'boot image')]),
  ];
}

/** vmd(8) chooses the network of a local interface when the machine starts. */
export function expectAddresses(guestPort: number): ExpectedAddresses {
  const host = '<host-address>';
  return { host, bind: host, guest: { host: '<guest-address>', port: String(guestPort) } };
}
