import { createHash } from 'node:crypto';
import { parseSize } from '../../lib/size.ts';
import { disksOf, HypervisorError, type MachineDisk, type MachineSpec } from '../hypervisor.ts';
import type { Template } from '../vm-conf/template.ts';

/** What a command line of QEMU is made of. */
export interface CommandParts {
  readonly spec: MachineSpec;
  readonly template: Template;
  readonly accelerator: 'kvm' | 'tcg';
  /** Result of bootImageArguments for `spec.boot`. */
  readonly bootImage: readonly string[];
  /** Port of 127.0.0.1 that leads to `spec.guestPort`, or what stands for it in a description. */
  readonly port: number | string;
  readonly serialPath: string;
  readonly controlPath: string;
}

/** `vmctl start` gives a machine so much when nothing else is said. */
const DEFAULT_MEMORY = '512M';
const MIB = 1024n * 1024n;
/** An emulator's cache of translated code takes up to a gigabyte besides the guest's memory; so much is enough for an installer. */
const ACCELERATORS = { kvm: 'kvm', tcg: 'tcg,tb-size=256' } as const;

/**
 * The arguments for a machine that looks to its guest as vmd(8)'s do: BIOS on the serial console and no display, virtio
 * disk, network, random numbers and SCSI CD, and a network where the host is 100.64.1.2 and the guest 100.64.1.3.
 */
export function qemuArguments(parts: CommandParts): string[] {
  const { spec, template, accelerator } = parts;
  return [
    ...['-name', spec.name, '-nodefaults', '-no-user-config', '-display', 'none'],
    // Without graphics SeaBIOS uses the serial line as its console, as vmd's firmware does.
    ...['-machine', 'pc,graphics=off', '-accel', ACCELERATORS[accelerator]],
    // Systems of today ask for more than QEMU's default processor; five-level page tables only cost an emulator time.
    ...['-cpu', accelerator === 'kvm' ? 'host' : 'max,la57=off'],
    ...['-m', `${memoryInMib(spec.memory ?? template.memory ?? DEFAULT_MEMORY)}M`],
    ...['-smp', String(spec.cpus ?? template.cpus ?? 1)],
    ...['-device', 'virtio-rng-pci'],
    ...disksOf(spec).flatMap(diskArguments),
    ...bootArguments(parts),
    ...networkArguments(parts),
    ...['-chardev', `socket,id=serial0,path=${escape(parts.serialPath)}`, '-serial', 'chardev:serial0'],
    ...['-qmp', `unix:${escape(parts.controlPath)}`],
  ];
}

function diskArguments({ path, format }: MachineDisk, index: number): string[] {
  // The image is complete when QEMU has ended; until then nobody reads it, so the guest need not wait for our disk.
  const drive = `file=${escape(path)},if=none,id=disk${index},format=${format},cache=unsafe,discard=unmap`;
  return ['-drive', drive, '-device', `virtio-blk-pci,drive=disk${index}`];
}

/**
 * First boot order once, then the disk: the installer's reboot reaches the installed system. With a boot device vmd ends
 * the machine instead of restarting it, and so do we. To provision, that CD is not even there.
 */
function bootArguments({ spec, template, bootImage }: CommandParts): string[] {
  if (spec.purpose === 'provision') return [...cdArguments([spec.cd]), '-boot', 'order=c'];
  const cdrom = spec.cdrom ?? template.cdrom;
  const reboot = spec.bootDevice === undefined ? [] : ['-no-reboot'];
  const order = spec.bootDevice === 'disk' || cdrom === undefined ? 'order=c' : 'order=c,once=d';
  return [...cdArguments([cdrom, spec.cd]), ...bootImage, '-boot', order, ...reboot];
}

/** The drives of a machine, each with its image. The firmware boots the first one. */
function cdArguments(images: readonly (string | undefined)[]): string[] {
  const drives = images
    .flatMap((path) => path ?? [])
    .flatMap((path, index) => {
      const drive = `file=${escape(path)},if=none,id=cd${index},format=raw,media=cdrom,readonly=on`;
      return ['-drive', drive, '-device', `scsi-cd,drive=cd${index},bus=scsi0.0`];
    });
  return drives.length === 0 ? [] : ['-device', 'virtio-scsi-pci,id=scsi0', ...drives];
}

/** What there is to know about `-n` here; undefined without such interfaces. */
export function switchNote({ switches = [] }: Pick<MachineSpec, 'switches'>): string | undefined {
  if (switches.length === 0) return undefined;
  return `QEMU has no switches of vm.conf(5): the ${switches.length === 1 ? 'interface' : 'interfaces'} of ${switches.join(', ')} (switches) will be there, but connected to nothing.`;
}

/** The first interface is the local one of `vmctl start -L`; then come those of `-n`, connected to nothing; the others are the template's. */
function networkArguments({ spec, template, port }: CommandParts): string[] {
  const switched = spec.switches?.length ?? 0;
  const count = Math.max(1 + switched, template.interfaces.length);
  return Array.from({ length: count }, (_, index) => {
    const interfaceSpec = template.interfaces[index];
    const id = `net${index}`;
    const forward = index === 0 ? `,hostfwd=tcp:127.0.0.1:${port}-:${spec.guestPort}` : '';
    const backend =
      index === 0 || (index > switched && interfaceSpec?.local === true)
        ? `user,id=${id},ipv6=off,net=100.64.${index + 1}.0/24,host=100.64.${index + 1}.2,` +
          `dhcpstart=100.64.${index + 1}.3,dns=100.64.${index + 1}.1${forward}`
        : `hubport,id=${id},hubid=${index}`;
    const mac = interfaceSpec?.lladdr ?? macAddress(spec.name, index);
    return ['-netdev', backend, '-device', `virtio-net-pci,netdev=${id},mac=${mac},romfile=`];
  }).flat();
}

/** vmd's prefix, and two bytes that depend on the name: other machines get others, the same one keeps its own. */
function macAddress(name: string, index: number): string {
  const [first = 0, second = 0] = createHash('sha256').update(name).digest();
  return ['fe', 'e1', 'bb', `d${index + 1}`, hex(first), hex(second)].join(':');
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

/** A comma in the value of a QEMU option is written twice. */
function escape(value: string): string {
  return value.replaceAll(',', ',,');
}

/** vmctl(8) rounds down to MiB and refuses less than one. */
function memoryInMib(size: string): bigint {
  const bytes = parseSize(size);
  if (bytes === undefined || bytes < MIB) {
    throw new HypervisorError(
      `The memory size "${size}" cannot be used: it must be at least 1M.`,
      'Write digits and a unit, such as memory = "512M". Without a unit vmctl(8) counts bytes.',
    );
  }
  return bytes / MIB;
}
