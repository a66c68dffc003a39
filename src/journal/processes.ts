import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isSameStart, secondsOf } from '../lib/process/identity.ts';
import { hasInEnvironment, type ListedProcess, listProcesses, startOf } from '../lib/process/table.ts';
import type { OpenEntry } from './line.ts';
import type { Remnant } from './remnant.ts';

/** Milliseconds that a process gets to end after SIGTERM: QEMU closes its images in that time. */
const TERM_TIME = 5_000;
/** Milliseconds that the system gets to end it after SIGKILL. */
const KILL_TIME = 3_000;
/** Nothing tells about the end of a process that is not our child. */
const LOOK_AGAIN = 50;

/** What is left of a process that a run has started, and of what that has started in its own process group. */
export async function examineProcess(entry: OpenEntry, mark: string): Promise<readonly Remnant[]> {
  const { thing, traces } = entry;
  if (thing.kind !== 'process') return [];
  const table = (await listProcesses()).filter(({ pid }) => pid !== process.pid);
  if (traces?.pid === undefined) {
    // Killed between its start and the note of it: only its environment tells.
    const marked = await withMark(
      table.filter(({ started }) => isNotBefore(started, entry.intended)),
      mark,
    );
    return marked.map((one) => remnantOf(one, thing.ownGroup && one.pid === one.group));
  }
  const { pid, started = '' } = traces;
  const leader = table.find((one) => one.pid === pid && isSameStart(one.started, started));
  if (leader !== undefined) {
    const isProven =
      (await hasInEnvironment(pid, assignment(mark))) === true || runs(leader.command, thing.program);
    const doubt = isProven
      ? undefined
      : `Process ${pid} started when ours did, but runs another command: ${shorten(leader.command)}.`;
    return [remnantOf(leader, thing.ownGroup && leader.group === pid, doubt)];
  }
  if (!thing.ownGroup) return [];
  const members = await withMark(
    table.filter(({ group }) => group === pid),
    mark,
  );
  return members.map((one) => remnantOf(one, false));
}

/** Name and value of the environment variable by which the process of an entry is known. */
function assignment(mark: string): string {
  return `VMM_HCL_ENTRY=${mark}`;
}

async function withMark(table: readonly ListedProcess[], mark: string): Promise<ListedProcess[]> {
  const found = [];
  for (const one of table) if (await hasInEnvironment(one.pid, assignment(mark))) found.push(one);
  return found;
}

/** True as well when the note of the start cannot be compared with a time. */
function isNotBefore(started: string, time: number): boolean {
  const seconds = secondsOf(started);
  return seconds === undefined || seconds >= Math.floor(time / 1000) - 1;
}

/** Whether a command line is that of a program, also when its interpreter stands before it. */
function runs(command: string, program: string): boolean {
  const name = basename(program);
  return command
    .split(' ')
    .slice(0, 3)
    .some((word) => basename(word) === name);
}

/** Arguments may be long. */
function shorten(command: string): string {
  return command.length > 80 ? `${command.slice(0, 79)}…` : command;
}

function remnantOf({ pid, started, command }: ListedProcess, isGroup: boolean, doubt?: string): Remnant {
  const [program = ''] = command.split(' ');
  return {
    what: `the process ${pid} (${basename(program)})`,
    verb: 'end',
    doubt,
    byHand: `kill ${isGroup ? `-- -${pid}` : pid}`,
    remove: () => end(pid, started, isGroup),
  };
}

async function end(pid: number, started: string, isGroup: boolean): Promise<void> {
  for (const [signal, time] of [
    ['SIGTERM', TERM_TIME],
    ['SIGKILL', KILL_TIME],
  ] as const) {
    send(pid, signal, isGroup);
    for (const deadline = Date.now() + time; Date.now() < deadline; await delay(LOOK_AGAIN)) {
      if (!(await lives(pid, started, isGroup))) return;
    }
  }
  throw new Error('it does not end, not even by SIGKILL');
}

/** With the whole group: as long as one of it lives. */
async function lives(pid: number, started: string, isGroup: boolean): Promise<boolean> {
  const now = await startOf(pid);
  if (now !== undefined && isSameStart(now, started)) return true;
  // Its number is not given to another process as long as there is somebody in the group.
  return isGroup && now === undefined && (await listProcesses()).some(({ group }) => group === pid);
}

function send(pid: number, signal: NodeJS.Signals, isGroup: boolean): void {
  try {
    process.kill(isGroup ? -pid : pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
