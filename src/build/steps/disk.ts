import { lstat, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, parse } from 'node:path';
import type { DiskSpec } from '../../hypervisor/hypervisor.ts';
import type { BuildPlan } from '../../plan/build-plan.ts';
import { intend } from '../../lib/belongings.ts';
import type { FileLock } from '../../lib/file-lock.ts';
import { disksOf } from '../context.ts';
import type { BuildContext, BuildPaths } from '../context.ts';
import { BuildError } from '../failure.ts';
import { lockOutput, newName, oldName, removeInherited } from '../output/lock.ts';
import type { Defer, Step } from '../step.ts';

/**
 * Creates the disks under temporary names beside their final places. A file that is there already is an error without
 * `-force`; with it, it stays until the new ones are complete.
 */
export const disk: Step<BuildContext> = {
  name: 'disk',
  async run(context, defer) {
    const { paths, plan, signal, emitter } = context;
    const { config, origin } = plan.source;
    await refuseExisting(context);
    await lockAll(context, origin.file, defer);
    // Another build may have finished between the first look and the lock.
    await refuseExisting(context);
    await tellOfKept(context);
    if (config.disk_size === undefined && config.disk_base === undefined) {
      throw new BuildError('The size of the disk is not known.', {
        hint: 'Set disk_size, such as disk_size = "20G", or disk_base to the image to start from.',
        origin,
      });
    }
    defer({
      leaves: () =>
        context.hasPartial
          ? `${unfinished(paths)} (remove ${pronoun(paths)} with rm, once no machine uses ${pronoun(paths)})`
          : undefined,
      run: async () => {
        for (const { partial } of disksOf(paths)) await rm(partial, { force: true });
        context.hasPartial = false;
      },
    });
    for (const [index, spec] of diskSpecs(plan, paths).entries()) {
      const name = basename(disksOf(paths)[index]!.image);
      emitter.say(
        `Creating the disk ${name}${spec.size === undefined ? '' : ` of ${spec.size}`}` +
          `${spec.base === undefined ? '' : ` on ${spec.base}`}`,
      );
      const entry = await intend({ kind: 'file', path: spec.path, what: 'the unfinished image' });
      for (const [path, of] of [
        [oldName(spec.path), 'the replaced'] as const,
        [newName(spec.path), 'the new'] as const,
      ]) {
        await intend({ kind: 'file', path, what: `the second name of ${of} image` });
      }
      await context.hypervisor.createDisk(spec, signal);
      context.hasPartial = true;
      await entry.exists();
    }
    context.blank = config.disk_base === undefined ? await stateOf(paths.partial) : undefined;
  },
};

/** A text that differs once something was written to a disk image. @throws BuildError when it is gone */
export async function stateOf(path: string): Promise<string> {
  try {
    const { size, blocks, mtimeMs } = await stat(path);
    return `${size} ${blocks} ${mtimeMs}`;
  } catch (cause) {
    throw new BuildError(`The unfinished image ${path} has vanished: ${(cause as Error).message}.`, {
      hint: 'Something other than this build has removed it; see which program cleans up in output_directory.',
      cause,
    });
  }
}

function unfinished(paths: BuildPaths): string {
  const partials = disksOf(paths).map(({ partial }) => partial);
  return `the unfinished ${partials.length === 1 ? 'image' : 'disks'} ${partials.join(' ')}`;
}

function pronoun(paths: BuildPaths): string {
  return paths.additional.length === 0 ? 'it' : 'them';
}

/** Each disk has a lock of its own: one machine's second disk can have the name of another one's first. */
async function lockAll(context: BuildContext, template: string, defer: Defer): Promise<void> {
  const held: { readonly image: string; readonly lock: FileLock }[] = [];
  defer({
    leaves: () => {
      // An unfinished image that is kept needs none: the next build has another name for its own.
      return held.length === 0 ? undefined : '';
    },
    run: async () => {
      for (let one = held.at(-1); one !== undefined; one = held.at(-1)) {
        await one.lock.release();
        held.pop();
      }
    },
  });
  try {
    for (const { image, partial } of disksOf(context.paths)) {
      const lock = await lockOutput(dirname(image), basename(image), basename(partial), template);
      held.push({ image, lock });
    }
  } finally {
    for (const { image, lock } of held.toReversed()) {
      if (lock.inherited !== undefined) await removeInherited(dirname(image), lock.inherited);
    }
  }
}

/** Tells of unfinished images that `-on-error` has kept: they take room, and nobody else thinks of them. */
async function tellOfKept({ paths, emitter }: BuildContext): Promise<void> {
  const { dir, name, ext } = parse(paths.image);
  const entries = await readdir(dir).catch(() => []);
  const kept = entries.filter((entry) => {
    const id = entry.startsWith(`.${name}.partial-`) ? entry.slice(`.${name}.partial-`.length) : '';
    return id.endsWith(ext) && /^[0-9a-f]+$/.test(id.slice(0, -ext.length));
  });
  for (const entry of kept) {
    emitter.say(
      `An earlier build has kept its unfinished image ${join(dir, entry)} (-on-error). It stays until vmm-hcl gc -kept removes it.`,
    );
  }
}

/** The disks as they are created, in the order of `disksOf`. */
export function diskSpecs({ source: { config } }: BuildPlan, paths: BuildPaths): readonly DiskSpec[] {
  const { disk_format: format, disk_additional_size: sizes = [] } = config;
  return [
    { path: paths.partial, format, size: config.disk_size, base: config.disk_base },
    ...paths.additional.map(({ partial }, index) => ({ path: partial, format, size: sizes[index] })),
  ];
}

/**
 * Looks for images that are there already.
 * @returns those that will be replaced
 * @throws BuildError when one must not be replaced
 */
export async function refuseExisting({
  paths,
  force,
  plan,
}: Pick<BuildContext, 'paths' | 'force' | 'plan'>): Promise<readonly string[]> {
  const { origin } = plan.source;
  const there: string[] = [];
  for (const { image } of disksOf(paths)) {
    const info = await lstat(image).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw new BuildError(`It cannot be told whether ${image} exists: ${error.message}.`);
    });
    if (info === undefined) continue;
    if (info.isDirectory()) {
      throw new BuildError(`The image ${image} cannot be written: a folder has this name.`, {
        hint: 'Choose another vm_name or output_directory.',
        origin,
      });
    }
    there.push(image);
  }
  if (force || there.length === 0) return there;
  throw new BuildError(`The image ${there[0]} exists already.`, {
    hint: 'Move it away, choose another vm_name or output_directory, or build with -force to replace it once the new one is complete.',
    origin,
  });
}
