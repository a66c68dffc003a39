import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { intend } from './belongings.ts';

export interface TemporaryFolder {
  /** Absolute. */
  readonly path: string;
  /** Removes it with all that is in it. Idempotent. */
  remove(): Promise<void>;
}

/** Length of what follows the prefix in the name of a temporary folder. */
export const RANDOM_LENGTH = 12;

/**
 * Makes a folder that only we can enter, under a name that nobody can guess.
 * @param prefix beginning of the name, such as "vmm-hcl-http-"
 * @param what it is for whoever finds it in the record, such as "the generated files"
 */
export async function temporaryFolder(
  prefix: string,
  what: string,
  parent = tmpdir(),
): Promise<TemporaryFolder> {
  const path = join(parent, `${prefix}${randomBytes(RANDOM_LENGTH / 2).toString('hex')}`);
  const entry = await intend({ kind: 'folder', path, what });
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    await entry.gone();
    throw error;
  }
  await entry.exists();
  return {
    path,
    remove: async () => {
      await rm(path, { recursive: true, force: true });
      await entry.gone();
    },
  };
}
