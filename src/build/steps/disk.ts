import { lstat, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { DiskSpec } from '../../hypervisor/hypervisor.ts';
import type { BuildPlan } from '../../plan/build-plan.ts';
import type { BuildContext, BuildPaths } from '../context.ts';
import { BuildError } from '../failure.ts';
import { lockOutput } from '../lock.ts';
import type { Step } from '../step.ts';

/**
 * Creates the disk image under a temporary name beside its final place. An image that is there already is an error without
 * `-force`; with it, it stays until the new one is complete.
 */
export const disk: Step<BuildContext> = {
  name: 'disk',
  async run(context, defer) {
    const { paths, plan, signal, emitter } = context;
    const { config, origin } = plan.source;
    const name = basename(paths.image);
    await refuseExisting(context);
    const lock = await lockOutput(dirname(paths.image), name, basename(paths.partial));
    let locked = true;
    defer({
      leaves: () => (locked ? `the lock of ${paths.image}` : undefined),
      run: async () => {
        await lock.release();
        locked = false;
      },
    });
    // Another build may have finished between the first look and the lock.
    await refuseExisting(context);
    if (config.disk_size === undefined && config.disk_base === undefined) {
      throw new BuildError('The size of the disk is not known.', {
        hint: 'Set disk_size, such as disk_size = "20G", or disk_base to the image to start from.',
        origin,
      });
    }
    emitter.say(
      `Creating the disk ${name}${config.disk_size === undefined ? '' : ` of ${config.disk_size}`}` +
        `${config.disk_base === undefined ? '' : ` on ${config.disk_base}`}`,
    );
    await context.hypervisor.createDisk(diskSpec(plan, paths), signal);
    context.hasPartial = true;
    defer({
      leaves: () =>
        context.hasPartial
          ? `the unfinished image ${paths.partial} (remove it with rm, once no machine uses it)`
          : undefined,
      run: async () => {
        await rm(paths.partial, { force: true });
        context.hasPartial = false;
      },
    });
  },
};

/** The image as it is created. */
export function diskSpec({ source: { config } }: BuildPlan, paths: BuildPaths): DiskSpec {
  return { path: paths.partial, format: config.disk_format, size: config.disk_size, base: config.disk_base };
}

/**
 * Looks for an image that is there already; true when there is one that will be replaced.
 * @throws BuildError when it must not be replaced
 */
export async function refuseExisting({
  paths,
  force,
  plan,
}: Pick<BuildContext, 'paths' | 'force' | 'plan'>): Promise<boolean> {
  const info = await lstat(paths.image).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new BuildError(`It cannot be told whether ${paths.image} exists: ${error.message}.`);
  });
  if (info === undefined) return false;
  const { origin } = plan.source;
  if (info.isDirectory()) {
    throw new BuildError(`The image ${paths.image} cannot be written: a folder has this name.`, {
      hint: 'Choose another vm_name or output_directory.',
      origin,
    });
  }
  if (force) return true;
  throw new BuildError(`The image ${paths.image} exists already.`, {
    hint: 'Move it away, choose another vm_name or output_directory, or build with -force to replace it once the new one is complete.',
    origin,
  });
}
