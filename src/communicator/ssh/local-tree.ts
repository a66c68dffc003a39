import { createReadStream } from 'node:fs';
import type { ReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder or file below the folder that is uploaded. */
export interface LocalEntry {
  readonly kind: 'folder' | 'file';
  /** Path below the uploaded folder, with `/`. */
  readonly name: string;
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * Everything below `root`, each folder before what is in it. Symbolic links are followed, as scp does; a link to a folder that
 * contains it is an error. Sockets, devices and the like are left out.
 */
export async function localTree(root: string): Promise<LocalEntry[]> {
  const entries: LocalEntry[] = [];
  const walk = async (folder: string, prefix: string, above: readonly string[]): Promise<void> => {
    const real = await realpath(folder);
    if (above.includes(real)) throw new Error(`${folder} is a symbolic link to a folder that contains it`);
    for (const base of (await readdir(folder)).sort()) {
      const path = join(folder, base);
      const name = prefix + base;
      const info = await stat(path);
      const common = { name, path, mode: info.mode & 0o777 };
      if (info.isDirectory()) {
        entries.push({ kind: 'folder', size: 0, ...common });
        await walk(path, `${name}/`, [...above, real]);
      } else if (info.isFile()) {
        entries.push({ kind: 'file', size: info.size, ...common });
      }
    }
  };
  await walk(root, '', []);
  return entries;
}

export function openEntry(entry: LocalEntry): ReadStream {
  return createReadStream(entry.path, { highWaterMark: 256 * 1024 });
}
