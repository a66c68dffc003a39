import { createReadStream } from 'node:fs';
import type { ReadStream, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';

/** A folder or file that is uploaded. */
export interface LocalEntry {
  readonly kind: 'folder' | 'file';
  /** Path below the destination, with `/`. */
  readonly name: string;
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes; 0 for a folder. */
  readonly size: number;
}

/**
 * Everything below `root`, each folder before what is in it; unless `root` ends with `/`, the folder itself comes first and the
 * names begin with its name. Symbolic links are followed, as scp does; one that leads nowhere, or to a folder that contains it, is
 * an error. Sockets, devices and the like are left out.
 */
export async function localTree(root: string): Promise<LocalEntry[]> {
  const entries: LocalEntry[] = [];
  const walk = async (folder: string, prefix: string, above: readonly string[]): Promise<void> => {
    const real = await realpath(folder);
    if (above.includes(real)) throw new Error(`${folder} is a symbolic link to a folder that contains it`);
    const names = (await readdir(folder)).sort();
    const infos = await Promise.all(names.map((base) => statEntry(join(folder, base))));
    for (const [index, info] of infos.entries()) {
      const base = names[index] ?? '';
      const path = join(folder, base);
      const name = prefix + base;
      const common = { name, path, mode: info.mode & 0o777 };
      if (info.isDirectory()) {
        entries.push({ kind: 'folder', size: 0, ...common });
        await walk(path, `${name}/`, [...above, real]);
      } else if (info.isFile()) {
        entries.push({ kind: 'file', size: info.size, ...common });
      }
    }
  };
  if (root.endsWith('/')) {
    await walk(root, '', []);
    return entries;
  }
  const name = basename(resolve(root));
  // Of / there is no name.
  if (name !== '')
    entries.push({ kind: 'folder', name, path: root, mode: (await stat(root)).mode & 0o777, size: 0 });
  await walk(root, name === '' ? '' : `${name}/`, []);
  return entries;
}

async function statEntry(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (path.includes('\ufffd')) throw new Error(`the name of ${path} is not valid UTF-8; rename it`);
    if (code === 'ENOENT')
      throw new Error(`${path} is a symbolic link that leads nowhere, or was removed just now`);
    if (code === 'ELOOP') throw new Error(`${path} is a symbolic link that leads to itself`);
    throw new Error(message, { cause: error });
  }
}

/** The contents of a file. That it cannot be opened is told to whoever reads it. */
export function openEntry(entry: LocalEntry): ReadStream {
  return createReadStream(entry.path, { highWaterMark: 256 * 1024 }).on('error', () => {});
}
