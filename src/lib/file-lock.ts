import { randomBytes } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { run } from './run.ts';

/** The process that holds a lock. */
export interface LockHolder {
  readonly pid: number;
  /** When that process started, in the words of the operating system: process ids are used again. */
  readonly started: string;
  readonly host: string;
  /** What the holder has to say to whoever finds the lock after its death. */
  readonly note: string;
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
): Promise<FileLock | { readonly taken: false; readonly holder: LockHolder }> {
  const started = (await startOf(process.pid)) ?? '';
  const own: LockHolder = { pid: process.pid, started, host: hostname(), note };
  let inherited: string | undefined;
  for (;;) {
    if (await create(path, own)) {
      let held = true;
      return {
        taken: true,
        inherited,
        release: async () => {
          if (held) await rm(path, { force: true });
          held = false;
        },
      };
    }
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const holder = parse(text);
    if (holder !== undefined && (await isAlive(holder))) return { taken: false, holder };
    if (await takeAway(path, text)) inherited = holder?.note ?? inherited;
  }
}

/** The lock belongs to this very process. */
export function isOwn(holder: LockHolder): boolean {
  return holder.pid === process.pid && holder.host === hostname();
}

async function create(path: string, holder: LockHolder): Promise<boolean> {
  const text = JSON.stringify(holder);
  const draft = `${path}.${unique()}`;
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

/** Removes a dead lock: exactly the one that was judged, not one that somebody else has taken since. */
async function takeAway(path: string, text: string): Promise<boolean> {
  const aside = `${path}.${unique()}`;
  try {
    await rename(path, aside);
  } catch {
    return false;
  }
  const isJudged = (await readFile(aside, 'utf8')) === text;
  if (!isJudged) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
  return isJudged;
}

function unique(): string {
  return `${process.pid}-${randomBytes(4).toString('hex')}`;
}

function parse(text: string): LockHolder | undefined {
  try {
    const value = JSON.parse(text) as Partial<LockHolder>;
    const isHolder = typeof value.pid === 'number' && value.pid > 0 && typeof value.note === 'string';
    return isHolder ? (value as LockHolder) : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive(holder: LockHolder): Promise<boolean> {
  // On a shared folder nothing can be told about the processes of another machine.
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const started = await startOf(holder.pid);
  return started === undefined || holder.started === '' || started === holder.started;
}

/** When a process started, as text that differs for two processes with the same id; undefined: cannot be told. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the 22nd field, in ticks since boot; the second is the name in parentheses, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[19] !== undefined) return fields[19];
  } catch {
    // No Linux /proc.
  }
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], { timeout: 5_000 });
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}
