import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type Picomatch from 'picomatch';
import { lazily } from './lazy.ts';

const picomatch = lazily<typeof Picomatch>('picomatch');

/** Links can make a tree endless; no path of a match is longer than this many names. */
const DEEPEST_PATH = 64;

/**
 * The regular files under a directory that a pattern matches, with `*`, `?`, `[…]` and `{a,b}` within a name, and `**`
 * for any number of directories. Names that begin with a point are like others.
 * @returns paths relative to the directory, separated by slashes
 */
export function globFiles(directory: string, pattern: string): string[] {
  const components = join('.', pattern)
    .split(/[/\\]/)
    .filter((component) => component !== '' && component !== '.');
  const found = new Set<string>();
  walk(directory, [], components, found);
  return [...found];
}

function walk(
  root: string,
  path: readonly string[],
  components: readonly string[],
  found: Set<string>,
): void {
  const [component, ...rest] = components;
  if (component === undefined) {
    if (kindOf(root, path) === 'file') found.add(path.join('/'));
    return;
  }
  if (path.length > DEEPEST_PATH) return;
  if (component === '**') {
    // No directory at all; as the last component it stands for files as well.
    walk(root, path, rest.length === 0 ? ['*'] : rest, found);
    for (const name of namesIn(root, path)) {
      if (kindOf(root, [...path, name]) === 'directory') walk(root, [...path, name], components, found);
    }
    return;
  }
  if (!/[*?[{\\]/.test(component)) {
    walk(root, [...path, component], rest, found);
    return;
  }
  const matches = picomatch()(component, { dot: true, nonegate: true, noextglob: true, posix: false });
  for (const name of namesIn(root, path)) if (matches(name)) walk(root, [...path, name], rest, found);
}

function namesIn(root: string, path: readonly string[]): string[] {
  try {
    return readdirSync(join(root, ...path)).sort();
  } catch {
    return []; // not a directory, or one that we may not read
  }
}

function kindOf(root: string, path: readonly string[]): 'file' | 'directory' | 'other' {
  const stats = statSync(join(root, ...path), { throwIfNoEntry: false });
  if (stats === undefined) return 'other';
  return stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
}
