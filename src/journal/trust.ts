import type { Stats } from 'node:fs';

/**
 * Why a journal, or the folder of the journals, is not to be believed: it says what to end and to remove, so nobody but us may have
 * written it. Undefined when it is to be believed. The text goes on after the path.
 */
export function distrustOf(info: Stats, kind: 'directory' | 'file'): string | undefined {
  if (kind === 'directory' ? !info.isDirectory() : !info.isFile()) return `is no ${kind}`;
  const uid = process.getuid?.();
  if (uid !== undefined && info.uid !== uid) return `belongs to another user (uid ${info.uid})`;
  if ((info.mode & 0o022) !== 0) {
    return `may be written by others (mode ${(info.mode & 0o777).toString(8)})`;
  }
  return undefined;
}
