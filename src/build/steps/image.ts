import { rm, stat } from 'node:fs/promises';
import { requireRaw } from '../../hypervisor/files.ts';
import type { Artifact } from '../../plan/artifact.ts';
import { disksOf } from '../context.ts';
import type { BuildContext } from '../context.ts';
import { giveFinalNames } from '../output/final-names.ts';
import type { Step } from '../step.ts';
import { flush } from '../../lib/flush.ts';
import { binaryUnits } from '../../lib/size.ts';

/** Kind of builder in manifests; the same for every hypervisor, since the images are. */
const BUILDER_ID = 'openbsd.vmm';

/** Gives the complete image, and the other disks with it, their final names. From here on nothing that fails takes them away again. */
export const image: Step<BuildContext> = {
  name: 'image',
  async run(context) {
    const { paths, plan, force, emitter } = context;
    const disks = disksOf(paths);
    const { disk_format: format, vm_name: name } = plan.source.config;
    for (const { partial } of disks) {
      await requireRaw({ path: partial, format });
      // A power cut must not leave the final name with half an image.
      await flush(partial);
    }
    await giveFinalNames(disks, force);
    context.hasPartial = false;
    const { size } = await stat(paths.image);
    emitter.say(`The image is complete: ${paths.image}`);
    const others = paths.additional.map((disk) => disk.image);
    context.image = fileArtifact(
      name,
      [paths.image, ...others],
      `VM image ${paths.image} (${format}, ${binaryUnits(size)})` +
        (others.length === 0
          ? ''
          : ` with ${others.length === 1 ? 'the disk' : 'the disks'} ${others.join(', ')}`),
    );
  },
};

function fileArtifact(id: string, files: readonly string[], description: string): Artifact {
  return {
    builderId: BUILDER_ID,
    id,
    files,
    description,
    destroy: async () => {
      for (const path of files) await rm(path, { force: true });
    },
  };
}
