import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** Waits until the contents of a file are on the disk. */
export async function flush(path: string): Promise<void> {
  await opened(path, (file) => file.sync());
}

/**
 * Waits until the names in a folder are on the disk: a new name is there only when its folder is. Some systems cannot flush a folder;
 * then a power cut may cost the names, and a kill does not.
 */
export async function flushFolder(path: string): Promise<void> {
  await opened(path, (folder) => folder.sync().catch(() => {}));
}

async function opened(path: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'r');
  try {
    await use(file);
  } finally {
    await file.close();
  }
}
