import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** An absolute path; relative ones start at the directory where the command runs, `~` is the home directory. */
export function absolutePath(path: string, cwd: string): string {
  if (path === '~') return homedir();
  return path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(cwd, path);
}

/** The cache directory: `PACKER_CACHE_DIR`, else `name` in that of the user. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>, name: string): string {
  if (env['PACKER_CACHE_DIR']) return env['PACKER_CACHE_DIR'];
  return join(env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'), name);
}

/** An http or https URL as it is, or the absolute path that a path or file URL means; undefined for other URLs and empty texts. */
export function placeOf(text: string, cwd: string): string | undefined {
  if (text === '') return undefined;
  const [, scheme] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text) ?? [];
  switch (scheme?.toLowerCase()) {
    case undefined:
      return absolutePath(text, cwd);
    case 'http':
    case 'https':
      return URL.canParse(text) ? new URL(text).href : undefined;
    case 'file': {
      // file://./name is no URL of the standard, but Packer's templates have it.
      if (/^file:\/\/\.{0,2}(?!\/)/.test(text) && !/^file:\/\/localhost\//.test(text)) {
        return resolve(cwd, text.slice('file://'.length));
      }
      try {
        return fileURLToPath(text);
      } catch {
        return resolve(cwd, text.slice('file://'.length));
      }
    }
    default:
      return undefined;
  }
}
