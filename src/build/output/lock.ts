import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { isOwn, tryLock } from '../../lib/file-lock.ts';
import type { FileLock, LockHolder } from '../../lib/file-lock.ts';
import { isSameNamespace, thisProcess } from '../../lib/process/owner.ts';
import { halfNamed } from '../../lib/joint-names.ts';
import { BuildError } from '../failure.ts';
import { isFull } from '../room.ts';

/** Second name of the file that an unfinished disk at `partial` replaces, for the moment in which it does. */
export function oldName(partial: string): string {
  return `${partial}.old`;
}

/** Name that a complete disk at `partial` has for the moment in which it replaces another file. */
export function newName(partial: string): string {
  return `${partial}.new`;
}

/** The file that says that somebody builds the image `name` in `folder`. */
export function lockPath(folder: string, name: string): string {
  return join(folder, `.${name}.lock`);
}

/**
 * Takes the lock on the image `name` in `folder`: two builds of the same image at once would destroy each other's work. The lock
 * of a process that is gone is taken over; what that has left is for `removeInherited`.
 * @param partial base name of the unfinished image of this build
 * @param template path of the template, for whoever finds the image locked
 * @throws BuildError naming the holder
 */
export async function lockOutput(
  folder: string,
  name: string,
  partial: string,
  template: string,
): Promise<FileLock> {
  const path = lockPath(folder, name);
  let lock;
  try {
    lock = await tryLock(path, partial, resolve(template));
  } catch (cause) {
    throw new BuildError(`The output folder cannot be locked: ${(cause as Error).message}.`, {
      hint: isFull(cause)
        ? 'Make room there, or choose another output_directory.'
        : 'You must be allowed to write in output_directory.',
      cause,
    });
  }
  if (!lock.taken) throw inUse(folder, name, path, lock.holder);
  return lock;
}

/**
 * Removes what a killed build has left of a disk, whose lock was taken over. The further disks of a machine come before the first
 * one, which tells whether they are to keep their final names.
 * @param note of the lock: base name of the unfinished disk
 */
export async function removeInherited(folder: string, note: string): Promise<void> {
  // It comes from a file: only a name that a build of ours would have given is believed.
  const [, name, format] = /^\.([^/]+)\.partial-[0-9a-f]+(\.[a-z0-9]+)$/.exec(note) ?? [];
  if (name === undefined || format === undefined) return;
  const partial = join(folder, note);
  const first = join(folder, note.replace(/-\d+(?=\.partial-)/, ''));
  const [old, path] = [oldName(partial), join(folder, `${name}${format}`)];
  if (first !== partial) await (await halfNamed({ path, partial, old, first }))?.();
  for (const left of [partial, old, newName(partial)]) await rm(left, { force: true });
}

function inUse(folder: string, name: string, path: string, holder: LockHolder): BuildError {
  const image = join(folder, name);
  if (isOwn(holder)) {
    return new BuildError(`Two builds of this run write the same image ${image}.`, {
      hint: 'Give each of them its own vm_name or output_directory.',
    });
  }
  const isHere = holder.host === hostname();
  const where = isHere ? '' : ` on ${holder.host}`;
  const what = holder.purpose === undefined ? '' : ` (${holder.purpose})`;
  const isReachable = isHere && isSameNamespace(holder, thisProcess());
  return new BuildError(
    `Another build${what}, process ${holder.pid}${where}, is writing the same image ${image}.`,
    {
      hint: isReachable
        ? 'Wait for it to end, or give this build another vm_name or output_directory.'
        : `Wait for it to end, or remove ${path} if that ${isHere ? 'container' : 'machine'} no longer builds.`,
    },
  );
}
