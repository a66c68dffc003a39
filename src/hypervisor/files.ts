import { constants } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import type { Action } from '../plan/action.ts';
import { HypervisorError } from './hypervisor.ts';

/**
 * Checks that a file that a virtual machine needs is there, before a hypervisor says so in its own words.
 * @throws HypervisorError
 */
export async function requireFile(path: string, what: string, writable = false): Promise<void> {
  let reason: string;
  try {
    const isDirectory = (await stat(path)).isDirectory();
    await access(path, writable ? constants.R_OK | constants.W_OK : constants.R_OK);
    if (!isDirectory) return;
    reason = 'is a directory';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') reason = 'does not exist';
    else if (code === 'EACCES') reason = `may not be ${writable ? 'written' : 'read'} by you`;
    else reason = `cannot be opened (${code ?? String(error)})`;
  }
  throw new HypervisorError(
    `The ${what} ${path} ${reason}.`,
    `Check the path of the ${what} in the template.`,
  );
}

/** Whether `requireFile` would be content at this moment. */
export async function describeFile(path: string, what: string): Promise<Action> {
  try {
    await requireFile(path, what);
    return { type: 'check', text: `The ${what} ${path} is there and can be read.` };
  } catch (error) {
    if (!(error instanceof HypervisorError)) throw error;
    return { type: 'problem', text: error.message, hint: error.hint };
  }
}

/** Refuses to create a disk over anything. @throws HypervisorError */
export async function requireNoFile(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new HypervisorError(`The disk image ${path} cannot be created (${String(error)}).`, undefined, {
      cause: error,
    });
  }
  throw new HypervisorError(
    `The disk image ${path} exists already.`,
    'Move it away, choose another output_directory or vm_name, or replace it with -force.',
  );
}
