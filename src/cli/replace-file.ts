import { chmod, chown, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Gives a file another content in one step: after a crash it has the old one or the new one, never a part. Links, mode and
 * owner stay as they are.
 * @throws Error when the file cannot be written; then it is unchanged and nothing is left beside it.
 */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const target = await realpath(file);
  const { mode, uid, gid } = await stat(target);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}~`);
  try {
    await writeFile(temporary, content, { flag: 'wx', mode: 0o600 });
    if (process.getuid?.() === 0) await chown(temporary, uid, gid);
    await chmod(temporary, mode & 0o7777);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
