import type { SourcePlan } from '../plan/build-plan.ts';

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
    | 'cdrom'
    | 'disk_base'
    | 'disk_size'
    | 'memory'
    | 'output_directory'
  >;
}
