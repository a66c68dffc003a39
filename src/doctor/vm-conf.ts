import type { VmConf } from '../hypervisor/vm-conf/config.ts';
import { HypervisorError } from '../hypervisor/hypervisor.ts';
import { openVmConf } from '../hypervisor/vm-conf/template.ts';
import { asRoot, type Check, failed, ok, type Remedy, unknown, warning } from './check.ts';
import type { Probe } from './probe.ts';
import type { User } from './user.ts';

/** The vm.conf(5) of vmd(8), if it can be read. */
export interface OpenVmConf {
  readonly file: string;
  readonly conf: VmConf | undefined;
  readonly checks: readonly Check[];
}

const RELOAD = asRoot('vmd -n && vmctl reload');

/** Reads the vm.conf(5). @param named a copy of it that the user names, because the original is not for everybody */
export function readHostVmConf(probe: Probe, user: User, named: string | undefined): OpenVmConf {
  const file = named ?? '/etc/vm.conf';
  if (probe.stat(file) === undefined) {
    const why = 'vmd(8) then knows no machine that a build could be an instance of (vm_template).';
    const sample = addMachine(file, 'hcl-template', allowLine(['boot', 'cdrom', 'disk', 'memory'], user));
    return { file, conf: undefined, checks: [failed('vm-conf', `There is no ${file}.`, why, ...sample)] };
  }
  try {
    const conf = openVmConf(file, probe);
    return { file, conf, checks: [describe(conf, file, user)] };
  } catch (error) {
    if (!(error instanceof HypervisorError)) throw error;
    const isPermission = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EACCES';
    const check = isPermission
      ? unknown('vm-conf', `You may not read ${file}, so what it allows is not checked.`, {
          text: 'Run doctor as root too, or name a copy with -vm-conf.',
        })
      : failed(
          'vm-conf',
          `${error.message.replace(/\.$/, '')}.`,
          'vmd(8) refuses the whole file.',
          ...hintOf(error),
        );
    return { file, conf: undefined, checks: [check] };
  }
}

function hintOf({ hint }: HypervisorError): Remedy[] {
  return hint === undefined ? [] : [{ text: hint }];
}

function describe({ vms }: VmConf, file: string, user: User): Check {
  if (vms.length > 0) return ok('vm-conf', `${file} defines ${vms.map(({ name }) => name).join(', ')}.`);
  const why = 'A build is an instance of a machine that is defined there (vm_template).';
  const sample = addMachine(file, 'hcl-template', allowLine(['boot', 'cdrom', 'disk', 'memory'], user));
  return warning('vm-conf', `${file} defines no virtual machine.`, why, ...sample);
}

/** The line for a machine of vm.conf(5) that lets this user make instances. @param options what they may set */
export function allowLine(options: readonly string[], user: User, owner = user.name): string {
  const rights = [...new Set([...options, 'disk'])].sort();
  const all = user.isRoot ? rights : [...rights, `owner ${owner}`];
  return `allow instance { ${all.join(', ')} }`;
}

/** What to do for a new machine in vm.conf(5). */
export function addMachine(file: string, name: string, allow: string): Remedy[] {
  const lines = [`vm "${name}" {`, '\tdisable', '\tdisk "/dev/null"', '\tlocal interface', `\t${allow}`, '}'];
  return [{ text: `Add to ${file}:`, lines }, RELOAD];
}

/** What to do for a user who is not in a group that may. */
export function joinGroup(group: string, { name }: User): Remedy[] {
  return [asRoot(`usermod -G ${group} ${name}`), { text: 'Then log out and in again.' }];
}

/** What to do to have other permissions for a machine that is there. */
export function changeMachine(place: string, lines: readonly string[]): Remedy[] {
  return [{ text: `Put this into it (${place}), in place of such lines that are there:`, lines }, RELOAD];
}

export function reload(): Remedy {
  return RELOAD;
}
