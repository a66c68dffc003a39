import { parseSize } from '../../lib/size.ts';
import {
  type DiskSpec,
  disksOf,
  HypervisorError,
  type MachineSpec,
  type ProbedMachine,
} from '../hypervisor.ts';

/** `vmctl create [-b BASE] [-s SIZE] FORMAT:PATH`. vmctl(8) stops reading options at the first operand. */
export function createArguments(disk: DiskSpec): string[] {
  if (disk.size !== undefined) checkSize(disk.size, 'disk size', '"20G"', 1n);
  else if (disk.base === undefined) {
    throw new HypervisorError('A disk image without a base needs a size.', 'Set disk_size, such as "20G".');
  }
  if (disk.base !== undefined && disk.format !== 'qcow2') {
    throw new HypervisorError('Base images require the disk format qcow2.', 'Set disk_format = "qcow2".');
  }
  return ['create', ...option('-b', disk.base), ...option('-s', disk.size), `${disk.format}:${disk.path}`];
}

/**
 * `vmctl start -c -L [-n SWITCH ...] -d DISK ... -t TEMPLATE [-m MEMORY] [-p CPUS] [-B DEVICE] [-b BOOT] [-r ISO] NAME`. To provision, the machine boots
 * its disk: neither the installer's CD nor a kernel is passed, and no boot device, because with one vmd(8) ends the machine when
 * the guest reboots. Only when the template has a CD of its own, which would boot again, must the disk be named.
 */
export function startArguments(spec: MachineSpec, templateHasCdrom: boolean): string[] {
  if (spec.memory !== undefined) checkSize(spec.memory, 'memory size', '"512M"', 1024n * 1024n);
  checkDrives({ hasCdrom: spec.cdrom !== undefined, hasCd: spec.cd !== undefined });
  const installing = spec.purpose === 'install';
  // A CD of files takes the place of the template's, and cannot be booted.
  const provisioningDevice = templateHasCdrom && spec.cd === undefined ? 'disk' : undefined;
  return [
    'start',
    ...[
      '-c',
      '-L',
      ...(spec.switches ?? []).flatMap((name) => ['-n', name]),
      ...disksOf(spec).flatMap(({ path }) => ['-d', path]),
      '-t',
      spec.template,
    ],
    ...option('-m', spec.memory),
    ...option('-p', spec.cpus === undefined ? undefined : String(spec.cpus)),
    ...option('-B', installing ? spec.bootDevice : provisioningDevice),
    ...option('-b', installing ? spec.boot : undefined),
    ...option('-r', (installing ? spec.cdrom : undefined) ?? spec.cd),
    spec.name,
  ];
}

/**
 * A command line that starts nothing, for want of a name, and shows whether vmctl(8) knows `-p`: only where it does not, the option
 * is called unknown.
 */
export const CPUS_PROBE: readonly string[] = ['start', '-p', '1'];

/** `vmctl status [NAME]`: the table of machines. */
export function statusArguments(name?: string): string[] {
  return name === undefined ? ['status'] : ['status', name];
}

/** `vmctl wait NAME`: until the machine has ended, or restarts. */
export function waitArguments(name: string): string[] {
  return ['wait', name];
}

/** `vmctl console NAME`: attaches the serial console. */
export function consoleArguments(name: string): string[] {
  return ['console', name];
}

/** `vmctl stop [-f] -w NAME`: asks the guest to end, or ends the machine, and waits for it. */
export function stopArguments(name: string, force: boolean): string[] {
  return ['stop', ...(force ? ['-f'] : []), '-w', name];
}

/** What vmctl(8) takes for a name, and in front a letter, which its manual asks for: digits alone would be an ID. */
export function checkName(name: string): void {
  if (/^[A-Za-z][A-Za-z0-9._-]{0,62}$/.test(name)) return;
  throw new HypervisorError(
    `vmctl(8) does not accept "${name}" as the name of a virtual machine.`,
    'vm_name must start with a letter, have at most 63 characters, and consist of letters, digits, ".", "_" and "-".',
  );
}

/** One `-r` is one drive. */
const ONE_CD_DRIVE = {
  message:
    'vmctl(8) gives a machine one CD drive (start -r), and the source wants two: for the ISO image of the installation (cdrom or iso_url), and for the CD of cd_files and cd_content.',
  hint: 'Serve the files over HTTP instead, with http_content or http_directory. The qemu driver has two drives.',
} as const;

/** @throws HypervisorError when a machine would need two CD drives */
export function checkDrives({ hasCdrom, hasCd }: Pick<ProbedMachine, 'hasCdrom' | 'hasCd'>): void {
  if (hasCdrom && hasCd) throw new HypervisorError(ONE_CD_DRIVE.message, ONE_CD_DRIVE.hint);
}

function option(letter: string, value: string | undefined): string[] {
  return value === undefined ? [] : [letter, value];
}

function checkSize(size: string, what: string, example: string, least: bigint): void {
  const bytes = parseSize(size);
  if (bytes !== undefined && bytes >= least) return;
  throw new HypervisorError(
    `The ${what} "${size}" cannot be used.`,
    `Write digits and one of B K M G T P E, such as ${example}. Without a unit vmctl(8) counts bytes.`,
  );
}
