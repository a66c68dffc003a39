import { type Action, hostCommand } from '../../plan/action.ts';
import { describeFile } from '../files.ts';
import type { ExpectedAddresses, HypervisorWork, MachineSpec } from '../hypervisor.ts';
import type { Template } from '../vm-conf/template.ts';
import { expectAccelerator } from './accelerator.ts';
import { type CommandParts, qemuArguments, switchNote } from './arguments.ts';
import { bootImageArguments, refuseNetworkBoot } from './boot-image.ts';
import { describeDisk } from './disk.ts';

/** The programs as the real run finds them, or their plain names. */
export interface Programs {
  readonly qemu: string;
  readonly image: string;
}

/** What is done with QEMU for `work`. @throws HypervisorError when QEMU would not be called */
export async function describe(
  work: HypervisorWork,
  programs: Programs,
  templateOf: (name: string) => Template,
): Promise<readonly Action[]> {
  switch (work.kind) {
    case 'probe': {
      const { name, file } = templateOf(work.machine.template);
      const { reason, probe } = await expectAccelerator(programs.qemu);
      return [
        { type: 'check', text: `${file} has the template ${name}.` },
        { type: 'note', text: reason },
        ...(probe === undefined
          ? []
          : [hostCommand(probe, 'once', 'first of all: does KVM work? It is ended at once')]),
      ];
    }
    case 'create-disk':
      return describeDisk(work.disk, programs.image);
    case 'start':
      return describeStart(work.spec, programs, templateOf(work.spec.template), work.fetchesCdrom);
    case 'wait':
      return [{ type: 'note', text: 'The machine has ended when its QEMU process has.' }];
    case 'stop': {
      const quit = 'QEMU is told to end (QMP quit)';
      return [
        {
          type: 'note',
          text:
            work.graceMs > 0
              ? `The guest is asked to end (QMP system_powerdown); if it still runs after ${work.graceMs / 1000} s, ${quit}.`
              : `${quit}.`,
        },
      ];
    }
  }
}

async function describeStart(
  spec: MachineSpec,
  programs: Programs,
  template: Template,
  fetchesCdrom = false,
): Promise<Action[]> {
  const note = spec.purpose === 'install' ? switchNote(spec) : undefined;
  const actions: Action[] = note === undefined ? [] : [{ type: 'note', text: note }];
  let bootImage: readonly string[] = [];
  if (spec.purpose === 'install') {
    const cdrom = spec.cdrom ?? template.cdrom;
    if (cdrom !== undefined && !fetchesCdrom) actions.push(await describeFile(cdrom, 'ISO image'));
    if (spec.boot === undefined) refuseNetworkBoot(spec);
    else {
      const kernel = await describeFile(spec.boot, 'boot image');
      actions.push(kernel);
      // How QEMU takes it depends on what is in it.
      bootImage = kernel.type === 'check' ? await bootImageArguments(spec.boot) : ['<boot-image-arguments>'];
    }
  }
  const parts: CommandParts = {
    spec,
    template,
    accelerator: (await expectAccelerator(programs.qemu)).name,
    bootImage,
    port: FORWARDED_PORT,
    serialPath: '<socket-folder>/serial',
    controlPath: '<socket-folder>/control',
  };
  return [...actions, hostCommand([programs.qemu, ...qemuArguments(parts)])];
}

/** A free port of 127.0.0.1, chosen at the start. */
const FORWARDED_PORT = '<forwarded-port>';

export const EXPECTED_ADDRESSES: ExpectedAddresses = {
  host: '100.64.1.2',
  bind: '127.0.0.1',
  guest: { host: '127.0.0.1', port: FORWARDED_PORT },
};
