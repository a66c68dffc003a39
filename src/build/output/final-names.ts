import { link, rename, rm } from 'node:fs/promises';
import type { DiskPaths } from '../context.ts';
import { BuildError } from '../failure.ts';
import { oldName } from './lock.ts';

/** What a file system without links says. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'];

/**
 * Gives complete disks their final names: all of them, or after a failure none, and then what had the names before has them still.
 * The first disk comes last, since it is the one that is looked for.
 * @param replace whether files that have the names are replaced
 * @throws BuildError when a name is taken
 */
export async function giveFinalNames(disks: readonly DiskPaths[], replace: boolean): Promise<void> {
  const done: Placed[] = [];
  try {
    for (const disk of [...disks].reverse()) {
      done.push(await (replace ? replaceBy(disk, disks.length > 1) : placeAt(disk)));
    }
  } catch (error) {
    for (const { undo } of done.reverse()) await undo();
    throw error;
  }
  for (const { finish } of done) await finish();
}

/** A disk that has its name. Exactly one of the two is called. */
interface Placed {
  undo(): Promise<void>;
  finish(): Promise<void>;
}

/** Names a disk without replacing what has got the name in the meantime. */
async function placeAt({ partial, image }: DiskPaths): Promise<Placed> {
  try {
    await link(partial, image);
    return { undo: () => rm(image), finish: () => rm(partial) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new BuildError(`The image ${image} has appeared during the build and is not replaced.`, {
        hint: 'Move it away and build again, or build with -force.',
        cause: error,
      });
    }
    // A file system without links; the lock keeps other builds away.
    if (!NO_LINKS.includes(code ?? '')) throw error;
    await rename(partial, image);
    return { undo: () => rename(image, partial), finish: async () => {} };
  }
}

/** Replaces what has the name. @param canReturn keeps the old file at hand until everything is in place */
async function replaceBy({ partial, image }: DiskPaths, canReturn: boolean): Promise<Placed> {
  const old = oldName(partial);
  const hasOld = canReturn && (await isLinked(image, old));
  await rename(partial, image);
  return {
    undo: async () => {
      await rename(image, partial);
      if (hasOld) await rename(old, image);
    },
    finish: async () => {
      if (hasOld) await rm(old);
    },
  };
}

/** Gives a file a second name; false when there is no file, or no second name to be had. */
async function isLinked(path: string, second: string): Promise<boolean> {
  try {
    await link(path, second);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || NO_LINKS.includes(code ?? '')) return false;
    throw error;
  }
}
