import { watch } from 'node:fs';
import { dirname } from 'node:path';
import { type FileLock, type LockHolder, tryLock } from '../../lib/file-lock.ts';

/** Milliseconds after which a lock is looked at again, though its folder did not change: its holder may have died. */
const LOOK_AGAIN = 2_000;

/** Takes a lock, and waits as long as somebody else has it. @param onHeld called once, with the first holder */
export async function waitForLock(
  path: string,
  note: string,
  signal: AbortSignal,
  onHeld: (holder: LockHolder) => void,
): Promise<FileLock> {
  for (let isFirst = true; ; isFirst = false) {
    signal.throwIfAborted();
    const lock = await tryLock(path, note);
    if (lock.taken) return lock;
    if (isFirst) onHeld(lock.holder);
    await change(dirname(path), signal);
  }
}

/** Until something in a folder changes, some time is over, or the signal aborts. */
async function change(folder: string, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      watcher?.close();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, LOOK_AGAIN);
    signal.addEventListener('abort', done, { once: true });
    let watcher: ReturnType<typeof watch> | undefined;
    try {
      watcher = watch(folder, done);
      watcher.on('error', done);
    } catch {
      // Not every file system tells about changes; then the time must do.
    }
  });
}
