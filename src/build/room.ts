import { statfs } from 'node:fs/promises';
import { binaryUnits } from '../lib/size.ts';
import { BuildError } from './failure.ts';

/**
 * @param what beginning of the message, such as "The ISO image"
 * @param hint how to get more room
 * @throws BuildError when a folder has no room for so many bytes
 */
export async function requireRoom(folder: string, bytes: number, what: string, hint: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const room = bavail * bsize;
  if (bytes <= room) return;
  throw new BuildError(
    `${what} needs ${binaryUnits(bytes)} in ${folder}, and there is room for ${binaryUnits(room)}.`,
    { hint },
  );
}

/** Whether something failed because a file system or a quota is full. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}
