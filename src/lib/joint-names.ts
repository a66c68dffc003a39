import type { BigIntStats } from 'node:fs';
import { lstat, rename, rm } from 'node:fs/promises';

/*
 * Files that belong together, such as the disks of a machine, get their final names one after the other, and the process that does
 * it can be killed in between. So each further file keeps the name under which it was made until all have their final names, and
 * the first file is named last: it tells whether the others are to keep theirs.
 */

/** One of the further files. Paths. */
export interface JointName {
  /** The final name. */
  readonly path: string;
  /** The name under which the file was made. */
  readonly partial: string;
  /** Second name of the file that had the final name before. */
  readonly old: string;
  /** The name under which the first file was made. */
  readonly first: string;
}

/**
 * Whether a file has got its final name although the first one never will, since the process is gone.
 * @returns what gives the name back to whatever had it before
 */
export async function halfNamed({
  path,
  partial,
  old,
  first,
}: JointName): Promise<(() => Promise<void>) | undefined> {
  const firstMade = await infoOf(first);
  // It has moved to its final name, or has two names.
  if (firstMade === undefined || firstMade.nlink > 1n) return undefined;
  const made = await infoOf(partial);
  const named = await infoOf(path);
  if (made === undefined || named === undefined || made.ino !== named.ino) return undefined;
  return async () => {
    if ((await infoOf(old)) === undefined) await rm(path, { force: true });
    else await rename(old, path);
  };
}

async function infoOf(path: string): Promise<BigIntStats | undefined> {
  return lstat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
