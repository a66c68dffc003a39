import { join } from 'node:path';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { Range } from '../../hcl/source.ts';
import type { SourcePlan } from '../../plan/build-plan.ts';
import { warning } from '../problems.ts';

/** The images that the builds of a template make. Two builds cannot make the same file; which of them does is a matter of luck. */
export class Images {
  readonly #builds = new Map<string, string>();

  /** Notes the images of a build, and warns when an earlier one makes one of them too. */
  add(fullName: string, { config }: SourcePlan, range: Range): Diagnostic[] {
    const further = (config.disk_additional_size ?? []).map((_, index) => `-${index + 1}`);
    for (const suffix of ['', ...further]) {
      const image = join(config.output_directory, `${config.vm_name}${suffix}.${config.disk_format}`);
      const other = this.#builds.get(image);
      if (other === undefined) this.#builds.set(image, fullName);
      if (other === undefined || other === fullName) continue;
      const detail = `The builds ${other} and ${fullName} both make ${image}. Give one another vm_name or output_directory, or choose one with -only.`;
      return [warning('image-duplicate', detail, range)];
    }
    return [];
  }
}
