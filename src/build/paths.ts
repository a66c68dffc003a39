import { join } from 'node:path';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { BuildPaths } from './context.ts';

/** @param id what tells this run's unfinished image from those of other runs */
export function pathsOf({ source: { config } }: BuildPlan, id: string): BuildPaths {
  const { output_directory: folder, vm_name: name, disk_format: format } = config;
  return {
    image: join(folder, `${name}.${format}`),
    partial: join(folder, `.${name}.partial-${id}.${format}`),
    consoleLog: join(config.log_directory, `${name}.log`),
  };
}
