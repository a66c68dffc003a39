import { link, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { intend } from '../../lib/belongings.ts';
import { flushFolder } from '../../lib/flush.ts';
import type { DiskPaths } from '../context.ts';
import { BuildError } from '../failure.ts';
import { newName, oldName } from './lock.ts';

/** What a file system without links says. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'];

/**
 * Gives complete disks their final names: all of them, or after a failure none, and then what had the names before has them still.
 * The first disk comes last, since it is the one that is looked for; when this process is killed before, the journal and the lock
 * lead to `halfNamed`, which takes the names away again.
 * @param replace whether files that have the names are replaced
 * @throws BuildError when a name is taken
 */
export async function giveFinalNames(
  [first, ...further]: readonly [DiskPaths, ...DiskPaths[]],
  replace: boolean,
): Promise<void> {
  const done: Placed[] = [];
  try {
    for (const disk of further.reverse()) {
      const { partial, image } = disk;
      const names = { path: image, partial, old: oldName(partial), first: first.partial };
      const entry = await intend({ kind: 'joint-name', what: 'the disk of an unfinished image', ...names });
      const { undo, finish } = await (replace ? replaceBy(disk) : placeAt(disk));
      const andForget = (action: () => Promise<void>) => () => action().then(() => entry.gone());
      done.push({ undo: andForget(undo), finish: andForget(finish) });
    }
    // A power cut must not leave the first disk with its name and others without.
    if (further.length > 0) await flushFolder(dirname(first.image));
    if (replace) await rename(first.partial, first.image);
    else done.push(await placeAt(first));
  } catch (error) {
    for (const { undo } of done.reverse()) await undo();
    throw error;
  }
  for (const { finish } of done) await finish();
  await flushFolder(dirname(first.image));
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

/** Replaces what has the name. The old file, and the name under which the new one was made, stay until everything is in place. */
async function replaceBy({ partial, image }: DiskPaths): Promise<Placed> {
  const [old, fresh] = [oldName(partial), newName(partial)];
  const hasOld = await isLinked(image, old);
  const undo = () => (hasOld ? rename(old, image) : rm(image));
  const removeOld = async () => {
    if (hasOld) await rm(old);
  };
  try {
    if (await isLinked(partial, fresh)) {
      await rename(fresh, image);
      return { undo, finish: () => removeOld().then(() => rm(partial)) };
    }
    await rename(partial, image);
  } catch (error) {
    for (const second of [fresh, old]) await rm(second, { force: true });
    throw error;
  }
  return { undo: () => rename(image, partial).then(() => (hasOld ? undo() : undefined)), finish: removeOld };
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
