import { join } from 'node:path';
import type { BuildPlan } from '../../plan/build-plan.ts';
import type { BuildPaths, DiskPaths } from '../context.ts';

/** @param id what tells this run's unfinished disks from those of other runs */
export function pathsOf({ source: { config } }: BuildPlan, id: string): BuildPaths {
  const { output_directory: folder, vm_name: name, disk_format: format } = config;
  const disk = (diskName: string): DiskPaths => ({
    image: join(folder, `${diskName}.${format}`),
    partial: join(folder, `.${diskName}.partial-${id}.${format}`),
  });
  return {
    ...disk(name),
    // Packer's qemu builder counts from 1: 0 is the disk that is booted.
    additional: (config.disk_additional_size ?? []).map((_, index) => disk(`${name}-${index + 1}`)),
    consoleLog: join(config.log_directory, `${name}.log`),
    recordings: {
      install: join(config.log_directory, `${name}-install.cast`),
      provision: join(config.log_directory, `${name}-provision.cast`),
    },
  };
}
