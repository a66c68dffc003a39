import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The files of a dossier, the most important first: a disk may be nearly full. */
export const FILES = [
  'verdict.txt',
  'screen.txt',
  'console.txt',
  'log.txt',
  'http.txt',
  'ssh.txt',
  'commands.txt',
  'template.txt',
  'steps.txt',
  'environment.txt',
] as const;

export type FileName = (typeof FILES)[number];

/**
 * Makes the folder, for its owner only; the files of an older dossier in it are removed, and nothing else.
 * @throws Error when it cannot be made, or something else of somebody else's has its name
 */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const info = await lstat(path);
  if (!info.isDirectory() || (process.getuid !== undefined && info.uid !== process.getuid())) {
    throw new Error(`${path} is not a folder of yours`);
  }
  await chmod(path, 0o700);
  for (const name of FILES) await rm(join(path, name), { force: true });
}

/** Writes a new file for its owner only. */
export async function writeNew(path: string, text: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
