import { link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Artifact } from '../../plan/artifact.ts';
import type { BuildContext } from '../context.ts';
import { BuildError } from '../failure.ts';
import type { Step } from '../step.ts';
import { binaryUnits } from '../../lib/size.ts';

/** Kind of builder in manifests; the same for every hypervisor, since the images are. */
export const BUILDER_ID = 'openbsd.vmm';

/** Gives the complete image its final name. From here on nothing that fails takes it away again. */
export const image: Step<BuildContext> = {
  name: 'image',
  async run(context) {
    const { paths, plan, force, emitter } = context;
    await flush(paths.partial);
    if (force) await rename(paths.partial, paths.image);
    else await renameIfFree(paths.partial, paths.image);
    context.hasPartial = false;
    await flush(dirname(paths.image)).catch(() => {
      // Some systems cannot flush a folder; the image itself is safe.
    });
    const { size } = await stat(paths.image);
    const { disk_format: format, vm_name: name } = plan.source.config;
    emitter.say(`The image is complete: ${paths.image}`);
    context.image = fileArtifact(
      name,
      paths.image,
      `VM image ${paths.image} (${format}, ${binaryUnits(size)})`,
    );
  },
};

function fileArtifact(id: string, path: string, description: string): Artifact {
  return {
    builderId: BUILDER_ID,
    id,
    files: [path],
    description,
    destroy: () => rm(path, { force: true }),
  };
}

/** Renames without replacing what has got the name in the meantime. */
async function renameIfFree(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
    await rm(from);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new BuildError(`The image ${to} has appeared during the build and is not replaced.`, {
        hint: 'Move it away and build again, or build with -force.',
        cause: error,
      });
    }
    // A file system without links; the lock keeps other builds away.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(code ?? '')) throw error;
    await rename(from, to);
  }
}

/** Waits until the contents are on the disk: a power cut must not leave the final name with half an image. */
async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
