import { join } from 'node:path';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Range } from '../hcl/source.ts';
import type { SourcePlan } from '../plan/build-plan.ts';
import { warning } from './problems.ts';

/** The images that the builds of a template make. Two builds cannot make the same file; which of them does is a matter of luck. */
export class Images {
  readonly #builds = new Map<string, string>();

  /** Notes the image of a build, and warns when an earlier one makes it too. */
  add(fullName: string, { config }: SourcePlan, range: Range): Diagnostic[] {
    const image = join(config.output_directory, `${config.vm_name}.${config.disk_format}`);
    const other = this.#builds.get(image);
    if (other === undefined) this.#builds.set(image, fullName);
    if (other === undefined || other === fullName) return [];
    const detail = `The builds ${other} and ${fullName} both make ${image}. Give one another vm_name or output_directory, or choose one with -only.`;
    return [warning('image-duplicate', detail, range)];
  }
}
