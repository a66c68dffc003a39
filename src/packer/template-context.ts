import { BUILD_DATA_NAMES, type ShownBuildData } from '../plan/build-plan.ts';
import { buildFunctions } from '../template/index.ts';
import type { Datum } from '../template/index.ts';
import type { SourceNames } from './names.ts';
import type { Renderer } from './render.ts';

/** What `{{ }}` means in a source or a data source: there is no data, only functions. */
export function sourceRenderer(source: SourceNames | undefined, cwd: string): Renderer {
  return { functions: buildFunctions(source, cwd), data: {} };
}

/** What `{{ }}` means in a provisioner or a post-processor: `{{ .ID }}` is the same as `${build.ID}`. */
export function buildRenderer(source: SourceNames, cwd: string, data: ShownBuildData | undefined): Renderer {
  const values: Record<string, Datum> = {};
  for (const name of BUILD_DATA_NAMES) values[name] = data ? String(data[name]) : '<unknown>';
  return { functions: buildFunctions(source, cwd), data: values };
}
