import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that cannot be formatted, with the reason. */
export class FmtError extends Error {
  override name = 'FmtError';
}

const FORMATTED = /\.(pkr|pkrvars)\.hcl$/;

/**
 * The files that an operand of `fmt` stands for, sorted by name in each directory. In directories, hidden files and the
 * backups of editors (`x~`, `#x#`) are passed over, and subdirectories are entered only when `recursive`.
 * @throws FmtError for a path that is missing, or a file that is neither a template nor a variable file.
 */
export async function filesToFormat(path: string, recursive: boolean): Promise<string[]> {
  const facts = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new FmtError(
      error.code === 'ENOENT'
        ? `There is no file or directory ${path}.`
        : `Cannot read ${path}: ${error.message}`,
    );
  });
  if (facts.isDirectory()) return inDirectory(path, recursive);
  if (FORMATTED.test(path)) return [path];
  throw new FmtError(
    `${path} is neither a template (.pkr.hcl) nor a variable file (.pkrvars.hcl), so it is left alone.`,
  );
}

async function inDirectory(path: string, recursive: boolean): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: Error) => {
    throw new FmtError(`Cannot read ${path}: ${error.message}`);
  });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of entries) {
    if (isPassedOver(entry.name)) continue;
    const inside = join(path, entry.name);
    if (entry.isDirectory()) {
      if (recursive) files.push(...(await inDirectory(inside, recursive)));
    } else if (FORMATTED.test(entry.name)) files.push(inside);
  }
  return files;
}

function isPassedOver(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~') || (name.startsWith('#') && name.endsWith('#'));
}
