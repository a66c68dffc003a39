import { chmod, copyFile, constants, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CdWriter } from '../../lib/cd-writer.ts';
import { CommandError } from '../../lib/process/command-error.ts';
import { run } from '../../lib/process/run.ts';
import { BuildError } from '../failure.ts';
import { requireRoom } from '../room.ts';
import type { CdContents } from './entries.ts';

export interface CdOptions {
  /** Absolute path of an empty private folder of the build. */
  readonly folder: string;
  readonly label: string;
  readonly writer: CdWriter;
  readonly signal: AbortSignal;
}

/** What the files and folders of an image take besides their contents: bytes, roughly. */
const OVERHEAD = 1024 * 1024;

/** Where the image is in the private folder, and what it is made of. */
export function cdPaths(folder: string): { readonly image: string; readonly files: string } {
  return { image: join(folder, 'cd.iso'), files: join(folder, 'files') };
}

/**
 * Copies the contents of a CD together and makes an ISO 9660 image of them. Nobody else of this machine can read either: what is
 * meant for the guest may be secret.
 * @returns absolute path of the image
 * @throws BuildError
 */
export async function makeCd(contents: CdContents, options: CdOptions): Promise<string> {
  const { folder, label, writer, signal } = options;
  const { image, files } = cdPaths(folder);
  await requireCdRoom(folder, contents);
  await mkdir(files, { mode: 0o700 });
  for (const [path, entry] of contents.entries) {
    signal.throwIfAborted();
    const target = join(files, path);
    if (entry.kind === 'folder') await mkdir(target, { mode: 0o700 });
    else if (entry.kind === 'content') await writeFile(target, entry.text, { mode: 0o600, flag: 'wx' });
    else await copy(entry.from, target, entry.executable);
  }
  const args = writer.arguments(label, image, files);
  try {
    await run(writer.program, args, { signal, env: { LC_ALL: 'C' }, ownGroup: true });
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new BuildError(`The CD of cd_files and cd_content could not be made. ${cause.message}`, { cause });
  }
  await chmod(image, 0o600);
  return image;
}

async function copy(from: string, to: string, executable: boolean): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(to, executable ? 0o700 : 0o600);
  } catch (cause) {
    throw new BuildError(`${from} of cd_files cannot be copied for the CD: ${(cause as Error).message}.`, {
      hint: 'You must be allowed to read it, and its copy needs room where temporary files are.',
      cause,
    });
  }
}

/** The copies and the image: everything is there twice for a moment. */
async function requireCdRoom(folder: string, { entries }: CdContents): Promise<void> {
  let bytes = OVERHEAD;
  for (const entry of entries.values()) if (entry.kind === 'file') bytes += 2 * entry.bytes;
  const hint = 'Make room there, or set TMPDIR to a folder on a larger disk.';
  await requireRoom(folder, bytes, 'Making the CD of cd_files', hint);
}
