import { type Action, hostCommand } from '../../plan/action.ts';
import { describeFile } from '../files.ts';
import type { ExpectedAddresses, HypervisorWork, MachineSpec } from '../hypervisor.ts';
import {
  checkName,
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
      const { name } = work.machine;
      checkName(name);
      return [
        hostCommand(vmctl(statusArguments()), 'first of all: does vmd(8) answer?'),
        hostCommand(vmctl(statusArguments(name)), 'the name must be free'),
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
        ...(await describeFiles(spec)),
        hostCommand(vmctl(start)),
        hostCommand(
          vmctl(statusArguments(spec.name)),
          'before and after the start, and whenever something happens',
        ),
        hostCommand(tap, 'until the tap of the machine has an address'),
        hostCommand(vmctl(consoleArguments(spec.name)), 'only if cu(1) ends before the machine'),
      ];
    }
    case 'wait':
      return [
        hostCommand(vmctl(waitArguments(work.name)), 'meanwhile; again when it returns before the end'),
      ];
    case 'stop': {
      const force = hostCommand(
        vmctl(stopArguments(work.name, true)),
        work.graceMs > 0 ? `only if it still runs after ${work.graceMs / 1000} s` : undefined,
      );
      return work.graceMs > 0 ? [hostCommand(vmctl(stopArguments(work.name, false))), force] : [force];
    }
  }
}

async function describeFiles({ purpose, cdrom, boot }: MachineSpec): Promise<Action[]> {
  if (purpose === 'provision') return [];
  return [
    ...(cdrom === undefined ? [] : [await describeFile(cdrom, 'ISO image')]),
    ...(boot === undefined ? [] : [await describeFile(boot, 'boot image')]),
  ];
}

/** vmd(8) chooses the network of a local interface when the machine starts. */
export function expectAddresses(guestPort: number): ExpectedAddresses {
  const host = '<host-address>';
  return { host, bind: host, guest: { host: '<guest-address>', port: String(guestPort) } };
}
