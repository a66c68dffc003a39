import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The path under which `name` can be executed: `name` itself when it contains a slash, otherwise the first hit on
 * `PATH`, then in `fallbackDirectories` (daemons and cron often run without the sbin directories). Undefined when there is none.
 */
export function findProgram(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
  fallbackDirectories: readonly string[] = [],
): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  const directories = [...(env['PATH'] ?? '').split(delimiter).filter(Boolean), ...fallbackDirectories];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
