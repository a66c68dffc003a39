import type { Origin } from '../plan/build-plan.ts';

/** What is looked at: the name of the check (in diagnostics `host-NAME`), and what is wrong when it fails. */
export const CHECKS = {
  openbsd: 'vmctl(8) away from OpenBSD',
  'openbsd-release': 'OpenBSD is too old',
  vmctl: 'vmctl(8) is missing',
  vmd: 'vmd(8) does not answer',
  virtualisation: 'No virtualisation in the processor',
  firmware: 'No firmware for virtual machines',
  'vm-conf': 'vm.conf(5) cannot be used',
  'vm-template': 'Unknown vm_template',
  'vm-owner': 'No permission to make instances',
  'vm-permission': 'Option not allowed to instances',
  'vm-name': 'Name in use',
  cdrom: 'The CD of the template',
  'boot-device': 'Boot device',
  'cd-drives': 'Two CDs and one drive',
  'cd-writer': 'No program that makes CDs',
  compressor: 'No program that compresses',
  ansible: 'No program that runs playbooks',
  forwarding: 'No way out for the guests',
  nat: 'No network address translation for the guests',
  tap: 'Not enough tap devices',
  cpus: 'The number of processors cannot be set',
  memory: 'Not enough memory',
  'disk-space': 'Not enough room for the image',
  'output-directory': 'The output directory cannot be written',
  wxallowed: 'node(1) on a file system without wxallowed',
  qemu: 'QEMU cannot be used',
  'qemu-img': 'qemu-img cannot be used',
  accelerator: 'No hardware acceleration',
} as const;

export type CheckName = keyof typeof CHECKS;

/** What was found out about one thing. */
export interface Check {
  readonly name: CheckName;
  /** `failed`: a build would fail; `warning`: it may; `unknown`: this user cannot find out. */
  readonly state: 'ok' | 'warning' | 'failed' | 'unknown';
  /** What is so: a full sentence. */
  readonly text: string;
  /** What follows from it, or how one knows: full sentences. */
  readonly why?: string;
  /** What to do, in this order. */
  readonly remedies?: readonly Remedy[];
  /** Full name of the build it is about; absent for the machine as a whole. */
  readonly build?: string;
  /** The argument of its source that is concerned. */
  readonly attribute?: string;
  /** The block that is concerned, when it is not the source. */
  readonly origin?: Origin;
}

export interface Remedy {
  /** What to do with the lines, ending in a colon; without lines a full sentence. */
  readonly text: string;
  /** Lines of a file, or commands. */
  readonly lines?: readonly string[];
}

export function ok(name: CheckName, text: string): Check {
  return { name, state: 'ok', text };
}

export function failed(name: CheckName, text: string, why: string, ...remedies: readonly Remedy[]): Check {
  return { name, state: 'failed', text, why, remedies };
}

export function warning(name: CheckName, text: string, why: string, ...remedies: readonly Remedy[]): Check {
  return { name, state: 'warning', text, why, remedies };
}

export function unknown(name: CheckName, text: string, ...remedies: readonly Remedy[]): Check {
  return { name, state: 'unknown', text, remedies };
}

/** The check as one about an argument of a source. */
export function at(check: Check, attribute: string): Check {
  return { ...check, attribute };
}

/** How to install something. @param packages its names on OpenBSD and on Debian */
export function install(
  what: string,
  packages: { readonly openbsd: string; readonly debian: string },
  platform: string,
): Remedy {
  return platform === 'openbsd'
    ? { text: `Install ${what}, as root:`, lines: [`pkg_add ${packages.openbsd}`] }
    : {
        text: `Install ${what}, as root (Debian and Ubuntu; elsewhere the package may be called otherwise):`,
        lines: [`apt-get install ${packages.debian}`],
      };
}

/** Commands for the superuser. */
export function asRoot(...lines: string[]): Remedy {
  return { text: 'Run as root:', lines };
}
