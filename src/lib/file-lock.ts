import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { intend } from './belongings.ts';
import { isThisProcess, parseOwner, type ProcessOwner, stateOf, thisProcess } from './process/owner.ts';

/** The process that holds a lock. */
export interface LockHolder extends ProcessOwner {
  /** What the holder has to say to whoever finds the lock after its death. */
  readonly note: string;
  /** What the holder works for, such as the path of its template. */
  readonly purpose?: string;
}

export interface FileLock {
  readonly taken: true;
  /** The note of a dead process from which the lock was taken over. */
  readonly inherited?: string;
  /** Removes the lock file. Idempotent. */
  release(): Promise<void>;
}

/**
 * Takes the lock file `path`, also from a process that is gone. Does not wait: tells who holds it.
 * @param note see `LockHolder.note`
 */
export async function tryLock(
  path: string,
  note: string,
  purpose?: string,
): Promise<FileLock | { readonly taken: false; readonly holder: LockHolder }> {
  const own: LockHolder = { ...thisProcess(), note, purpose };
  const draft = `${path}.${unique()}`;
  const entry = await intend({ kind: 'lock', path, draft });
  let inherited: string | undefined;
  try {
    for (;;) {
      if (await create(path, draft, own)) break;
      const text = await readIfThere(path);
      if (text === undefined) continue;
      const holder = parse(text);
      if (holder !== undefined && (await stateOf(holder)) !== 'dead') {
        await entry.gone();
        return { taken: false, holder };
      }
      if (await takeAway(path, text, draft)) inherited = holder?.note ?? inherited;
    }
  } catch (error) {
    await entry.gone();
    throw error;
  }
  await entry.exists();
  let held = true;
  const release = async () => {
    if (held) await rm(path, { force: true });
    held = false;
    await entry.gone();
  };
  return { taken: true, inherited, release };
}

/** The lock belongs to this very process. */
export function isOwn(holder: LockHolder): boolean {
  return isThisProcess(holder);
}

/**
 * Removes the lock file `path` if it is that of a dead owner; otherwise leaves it alone.
 * @returns whether it was removed
 */
export async function removeDeadLock(path: string, owner: ProcessOwner): Promise<boolean> {
  const text = await readIfThere(path);
  if (text === undefined || !isHeldBy(text, owner)) return false;
  return takeAway(path, text, `${path}.${unique()}`);
}

/** Whether a lock file is that of this owner. */
export function isHeldBy(text: string, owner: ProcessOwner): boolean {
  const holder = parse(text);
  return holder?.pid === owner.pid && holder.started === owner.started && holder.host === owner.host;
}

async function create(path: string, draft: string, holder: LockHolder): Promise<boolean> {
  const text = JSON.stringify(holder);
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
    // Written aside and linked, so that nobody ever reads half a lock; where links do not exist, a shorter moment must do.
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(error.code ?? '')) throw error;
      return writeFile(path, text, { mode: 0o600, flag: 'wx' });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes a dead lock: exactly the one that was judged, not one that somebody else has taken since.
 * @returns false when there is another one, or none
 * @throws Error when it may not be removed: whoever waits for it would wait for ever
 */
async function takeAway(path: string, text: string, aside: string): Promise<boolean> {
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  const isJudged = (await readFile(aside, 'utf8')) === text;
  if (!isJudged) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
  return isJudged;
}

/** @throws Error when it is there and cannot be read: somebody else's lock */
async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

function unique(): string {
  return `${process.pid}-${randomBytes(4).toString('hex')}`;
}

function parse(text: string): LockHolder | undefined {
  try {
    const value = JSON.parse(text) as Partial<Record<keyof LockHolder, unknown>>;
    const owner = parseOwner(value);
    if (owner === undefined || typeof value.note !== 'string') return undefined;
    return {
      ...owner,
      note: value.note,
      purpose: typeof value.purpose === 'string' ? value.purpose : undefined,
    };
  } catch {
    return undefined;
  }
}
