import type { Origin, SourcePlan } from '../plan/build-plan.ts';

/** A build whose needs are checked. */
export interface Subject {
  /** Full name of the build. */
  readonly build: string;
  readonly config: Pick<
    SourcePlan['config'],
    | 'vm_name'
    | 'vm_template'
    | 'boot'
    | 'boot_device'
    | 'cd'
    | 'cdrom'
    | 'cpus'
    | 'disk_additional_size'
    | 'disk_base'
    | 'disk_size'
    | 'iso'
    | 'memory'
    | 'output_directory'
    | 'switches'
  >;
  /** Programs that its post-processors compress with. */
  readonly compressors?: readonly NeededProgram[];
  /** Programs that its provisioners ansible run. */
  readonly ansiblePrograms?: readonly NeededProgram[];
}

export interface NeededProgram {
  readonly program: string;
  /** The block that needs it. */
  readonly origin: Origin;
}

/** The argument that gives the machine a CD to install from; undefined when it has none. */
export function cdArgument({ cdrom, iso }: Subject['config']): string | undefined {
  if (cdrom !== undefined) return 'cdrom';
  if (iso === undefined) return undefined;
  return iso.urls.length > 1 ? 'iso_urls' : 'iso_url';
}

/** The argument that gives the machine a CD of files; undefined when it has none. */
export function filesCdArgument({ cd }: Subject['config']): string | undefined {
  if (cd === undefined) return undefined;
  return cd.files.length > 0 ? 'cd_files' : 'cd_content';
}

/** How many interfaces `vmctl start` is given: a local one, and one on each switch. */
export function interfaceCount({ switches = [] }: Subject['config']): number {
  return 1 + switches.length;
}
