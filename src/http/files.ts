import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** What a URL path stands for. */
export type Found =
  | { readonly kind: 'file'; readonly path: string; readonly name: string }
  /** `paths`: the folders that lie over each other there. */
  | { readonly kind: 'directory'; readonly names: readonly string[]; readonly paths: readonly string[] }
  /** `reason` says why something that exists is not served. */
  | { readonly kind: 'missing'; readonly reason?: string };

/**
 * Looks up the segments of a URL path in folders that lie over each other: the first one that has the file wins, directories
 * are merged. Nothing outside the folders is ever found, whatever the path or the symbolic links in them say, and no name
 * that begins with a dot.
 * @param roots absolute paths
 */
export async function find(roots: readonly string[], segments: readonly string[]): Promise<Found> {
  if (segments.some((segment) => segment === '..' || segment.includes('\0') || segment.includes(sep))) {
    return { kind: 'missing', reason: 'the path leaves the served folder' };
  }
  if (segments.some((segment) => segment.startsWith('.'))) {
    return { kind: 'missing', reason: 'names that begin with a dot are not served' };
  }
  const names = new Set<string>();
  const paths: string[] = [];
  let reason: string | undefined;
  for (const root of roots) {
    const here = await inside(root, join(root, ...segments));
    if (here === undefined) continue;
    if (here === 'outside') {
      reason ??= 'it is a symbolic link that leaves the served folder';
    } else if (here.kind === 'file') {
      if (paths.length === 0) return { kind: 'file', path: here.path, name: `/${segments.join('/')}` };
    } else if (here.kind === 'directory') {
      const below = await namesIn(root, here.path);
      if (below === undefined) {
        reason ??= 'it is a folder that cannot be read';
        continue;
      }
      paths.push(here.path);
      for (const name of below) names.add(name);
    } else {
      reason ??= 'it is not a regular file';
    }
  }
  return paths.length > 0
    ? { kind: 'directory', names: [...names].sort(), paths }
    : { kind: 'missing', reason };
}

/** Every file that `find` would find, as URL paths before encoding, sorted. Links that lead back upwards are not followed. */
export async function list(roots: readonly string[], limit = 10_000): Promise<string[]> {
  const files = new Set<string>();
  const walk = async (segments: readonly string[], above: readonly string[]): Promise<void> => {
    const found = await find(roots, segments);
    if (found.kind === 'file') files.add(found.name);
    if (found.kind !== 'directory' || found.paths.every((path) => above.includes(path))) return;
    for (const name of found.names) {
      if (files.size >= limit) return;
      await walk([...segments, name.replace(/\/$/, '')], [...above, ...found.paths]);
    }
  };
  await walk([], []);
  return [...files].sort();
}

type Inside = { readonly kind: 'file' | 'directory' | 'other'; readonly path: string };

async function inside(root: string, path: string): Promise<Inside | 'outside' | undefined> {
  try {
    const [base, real] = await Promise.all([realpath(root), realpath(path)]);
    if (real !== base && !real.startsWith(base.endsWith(sep) ? base : base + sep)) return 'outside';
    const info = await stat(real);
    return { kind: info.isFile() ? 'file' : info.isDirectory() ? 'directory' : 'other', path: real };
  } catch {
    // Not there, a loop of links, or not readable: for the guest it does not exist.
    return undefined;
  }
}

/** Undefined for a folder that cannot be read, such as lost+found. */
async function namesIn(root: string, directory: string): Promise<string[] | undefined> {
  const entries = await readdir(directory).catch(() => undefined);
  if (entries === undefined) return undefined;
  const names: string[] = [];
  for (const entry of entries) {
    if (entry.startsWith('.')) continue;
    const here = await inside(root, join(directory, entry));
    if (here === undefined || here === 'outside' || here.kind === 'other') continue;
    names.push(here.kind === 'directory' ? `${entry}/` : entry);
  }
  return names;
}
