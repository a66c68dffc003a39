import { constants } from 'node:fs';
import { access, lstat, open, stat } from 'node:fs/promises';
import type { Action } from '../plan/action.ts';
import { HypervisorError } from './hypervisor.ts';
import type { MachineDisk } from './hypervisor.ts';

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

const QCOW2_MAGIC = Buffer.from('QFI\xfb', 'latin1');

/**
 * Refuses a raw disk on which the guest has written the beginning of a qcow2 image: what looks at files, such as vmctl(8), would
 * take the whole disk for one, and the guest could name any file of this machine as its base.
 * @throws HypervisorError
 */
export async function requireRaw({ path, format }: MachineDisk): Promise<void> {
  if (format !== 'raw') return;
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(QCOW2_MAGIC.length), 0, QCOW2_MAGIC.length, 0);
    if (bytesRead < QCOW2_MAGIC.length || !buffer.equals(QCOW2_MAGIC)) return;
  } finally {
    await file.close();
  }
  throw new HypervisorError(
    `The raw disk ${path} begins like a qcow2 image ("QFI"), which the guest has written there: vmctl(8) would read it as one, with any file of this machine as its base.`,
    'No system puts that at the start of the disk that it boots from: do not trust this guest. If the disk is meant to hold such an image, set disk_format = "qcow2".',
  );
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
