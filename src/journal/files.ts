import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Belonging } from '../lib/belongings.ts';
import { isHeldBy, removeDeadLock } from '../lib/file-lock.ts';
import { halfNamed } from '../lib/joint-names.ts';
import { shellQuote } from '../lib/process/shell-words.ts';
import type { OpenEntry, Story } from './line.ts';
import type { Remnant } from './remnant.ts';

type Of<Kind extends Belonging['kind']> = Extract<Belonging, { readonly kind: Kind }>;

/** What is left of a file, a folder or a lock. */
export async function examineFile(entry: OpenEntry, { run }: Story): Promise<readonly Remnant[]> {
  const { thing } = entry;
  switch (thing.kind) {
    case 'file':
    case 'folder':
      return examineNamed(thing, entry);
    case 'empty-folders':
      return examineFolders(thing, entry);
    case 'joint-name': {
      const undo = await halfNamed(thing);
      if (undo === undefined) return [];
      const { what, path } = thing;
      return [{ what: `${what} ${path}`, verb: 'remove', byHand: `rm ${shellQuote(path)}`, remove: undo }];
    }
    case 'lock': {
      const { path, draft } = thing;
      const text = await readFile(path, 'utf8').catch(() => undefined);
      const lock: Remnant = {
        what: `the lock ${path}`,
        verb: 'remove',
        byHand: `rm ${shellQuote(path)}`,
        remove: async () => void (await removeDeadLock(path, run.owner)),
      };
      return [
        ...(text !== undefined && isHeldBy(text, run.owner) ? [lock] : []),
        ...(await examineNamed({ kind: 'file', path: draft, what: 'the unfinished lock' }, entry)),
      ];
    }
    case 'process':
    case 'machine':
      return [];
  }
}

/** A file or folder under a name that nobody could guess. */
async function examineNamed(
  { kind, path, what }: Of<'file' | 'folder'>,
  { traces }: OpenEntry,
): Promise<readonly Remnant[]> {
  const info = await infoOf(path);
  if (info === undefined) return [];
  const isFolder = kind === 'folder';
  return [
    {
      what: `${what} ${path}`,
      verb: 'remove',
      doubt: doubtOf(info, isFolder, traces?.inode),
      byHand: `rm ${isFolder ? '-r ' : ''}${shellQuote(path)}`,
      remove: () => rm(path, { recursive: isFolder, force: true }),
    },
  ];
}

/** What speaks against a file being the one that we have made. */
function doubtOf(info: BigIntStats, isFolder: boolean, inode: string | undefined): string | undefined {
  if (info.isDirectory() !== isFolder || info.isSymbolicLink()) {
    return 'It is of another kind than what this program made.';
  }
  const uid = process.getuid?.();
  if (uid !== undefined && uid !== 0 && info.uid !== BigInt(uid)) return 'It belongs to another user.';
  if (inode !== undefined && inode !== String(info.ino)) {
    return 'It is another one than what this program made under this name.';
  }
  return undefined;
}

/** Folders with names of the user's choice: they go when they are empty, as when a build fails. */
async function examineFolders(
  { path, first, what }: Of<'empty-folders'>,
  { traces }: OpenEntry,
): Promise<readonly Remnant[]> {
  const info = await infoOf(path);
  if (info === undefined || (await isInUse(path))) return [];
  const isOurs = traces?.inode !== undefined && traces.inode === String(info.ino);
  return [
    {
      what: `${what} ${path}`,
      verb: 'remove',
      doubt: isOurs ? undefined : 'It is not sure that this program made it.',
      byHand: `rmdir ${shellQuote(path)}`,
      remove: async () => {
        for (let folder = path; folder.length >= first.length; folder = dirname(folder)) {
          try {
            await rmdir(folder);
          } catch (error) {
            // What somebody has put there stays.
            if (folder === path) throw error;
            return;
          }
        }
      },
    },
  ];
}

async function infoOf(path: string): Promise<BigIntStats | undefined> {
  return lstat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

/** Whether something is in a folder; also when that cannot be seen. */
async function isInUse(path: string): Promise<boolean> {
  return readdir(path).then(
    (names) => names.length > 0,
    () => true,
  );
}
