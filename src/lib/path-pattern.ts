import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether a path holds wildcards of Go's filepath.Glob. */
export function isPathPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * What is there of the names that a pattern of Go's filepath.Glob matches: absolute paths of files and folders, sorted within
 * each folder. Wildcards stay within a name, and match names that start with a dot as well.
 * @param folder absolute path at which a relative pattern starts
 */
export async function matchPaths(pattern: string, folder: string): Promise<string[]> {
  const { default: picomatch } = await import('picomatch');
  const isAbsolute = pattern.startsWith('/');
  let paths = [isAbsolute ? '/' : folder];
  for (const part of pattern.split('/').filter((one) => one !== '' && one !== '.')) {
    if (!/[*?[\\]/.test(part)) {
      paths = paths.map((path) => join(path, part));
      continue;
    }
    const matches = picomatch(part, {
      dot: true,
      nonegate: true,
      noextglob: true,
      nobrace: true,
      posix: false,
    });
    const below = await Promise.all(paths.map((path) => readdir(path).catch((): string[] => [])));
    paths = paths.flatMap((path, index) =>
      (below[index] ?? [])
        .filter((name) => matches(name))
        .sort()
        .map((name) => join(path, name)),
    );
  }
  return paths;
}
