import { readdirSync } from 'node:fs';
import { bootId, linuxProcess, psStart, readProc } from './identity.ts';
import { run } from './run.ts';

/** A process of this machine. */
export interface ListedProcess {
  readonly pid: number;
  /** Number of its process group: that of its leader. */
  readonly group: number;
  /** See identity.ts. */
  readonly started: string;
  /** The program and its arguments, in one line. */
  readonly command: string;
}

/** Milliseconds that ps(1) may take. */
const PS_TIME = 10_000;
/** What makes ps(1) print times that can be read. */
const PS_ENV = { LC_ALL: 'C', TZ: 'UTC' };

/**
 * The start of a living process; undefined when there is none with this number. One that has ended and waits for its parent is none.
 * "": it is there, and nothing more can be told about it.
 */
export async function startOf(pid: number): Promise<string | undefined> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return undefined;
    // Somebody else's may be hidden (the mount option hidepid of proc(5)).
    if (bootId() !== undefined) return linuxProcess(pid)?.started ?? '';
  }
  if (bootId() !== undefined) return linuxProcess(pid)?.started;
  const { stdout } = await ps(['-o', 'stat=,lstart=', '-p', String(pid)]);
  const [, state, time] = /^\s*(\S+)\s+(.+)$/m.exec(stdout) ?? [];
  if (state?.startsWith('Z') === true) return undefined;
  return (time === undefined ? undefined : psStart(time)) ?? '';
}

/** All living processes that can be seen. Empty when ps(1) fails. */
export async function listProcesses(): Promise<ListedProcess[]> {
  if (bootId() !== undefined) return linuxProcesses();
  const { stdout } = await ps(['-axww', '-o', 'pid=,pgid=,lstart=,command=']);
  return stdout.split('\n').flatMap((line) => parsePs(line) ?? []);
}

/** Whether `NAME=VALUE` is in the environment with which a process was started; undefined when that cannot be seen. */
export async function hasInEnvironment(pid: number, assignment: string): Promise<boolean | undefined> {
  if (bootId() !== undefined) {
    return readProc(`/proc/${pid}/environ`)?.split('\0').includes(assignment);
  }
  // ps(1) of the BSDs prints the environment together with the command.
  const { stdout } = await ps(['-eww', '-o', 'command=', '-p', String(pid)]);
  return stdout.trim() === '' ? undefined : stdout.split(/\s+/).includes(assignment);
}

/** A line of `ps -o pid=,pgid=,lstart=,command=`; `lstart` has five words. */
function parsePs(line: string): ListedProcess | undefined {
  const [, pid, group, time, command] =
    /^\s*(\d+)\s+(\d+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line) ?? [];
  const started = time === undefined ? undefined : psStart(time);
  if (started === undefined || command === undefined) return undefined;
  return { pid: Number(pid), group: Number(group), started, command: command.trim() };
}

function linuxProcesses(): ListedProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const found = linuxProcess(Number(name));
      if (found === undefined) return [];
      const command = (readProc(`/proc/${name}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
      return [{ pid: Number(name), ...found, command }];
    });
}

async function ps(args: readonly string[]): Promise<{ readonly stdout: string }> {
  return run('ps', args, { timeout: PS_TIME, accept: 'any', env: PS_ENV }).catch(() => ({ stdout: '' }));
}
