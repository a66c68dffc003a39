import { readFileSync } from 'node:fs';

/*
 * Which process a number meant. Numbers are used again, so a process is known by its number and its start, which is written down as
 * a word: on Linux "boot:ID:TICKS", with the boot and the clock ticks since then, which is exact; elsewhere "time:SECONDS" since the
 * epoch, where a few seconds of difference are the price of not having to ask ps(1) about each new process.
 */

/** USER_HZ: what Linux shows to programs, whatever its own clock does. */
const TICKS_A_SECOND = 100;

let boot: string | false | undefined;

/** Seconds by which two notes of the same start may differ where the system's own note is not read. */
const TOLERANCE = 5;

/** The start of a process that was started just now by this one. */
export function startOfNew(pid: number): string {
  return linuxProcess(pid)?.started ?? timeStart(Date.now());
}

/** The start of this process. */
export function ownStart(): string {
  return linuxProcess(process.pid)?.started ?? timeStart(performance.timeOrigin);
}

/** The column `lstart` of ps(1), printed with TZ=UTC, such as "Tue Nov 24 09:04:36 2026". */
export function psStart(text: string): string | undefined {
  const time = Date.parse(`${text.trim()} UTC`);
  return Number.isNaN(time) ? undefined : timeStart(time);
}

/** Whether two notes are of the same start. */
export function isSameStart(one: string, other: string): boolean {
  const [a, b] = [secondsOf(one), secondsOf(other)];
  return a === undefined || b === undefined ? one === other : Math.abs(a - b) <= TOLERANCE;
}

/** The time of a start in milliseconds since the epoch, give or take a second; undefined when the machine was restarted since. */
export function timeOf(start: string): number | undefined {
  const known = secondsOf(start);
  if (known !== undefined) return known * 1000;
  const [, boot, ticks] = /^boot:([^:]+):(\d+)$/.exec(start) ?? [];
  const uptime = Number(readProc('/proc/uptime')?.split(' ')[0]);
  if (ticks === undefined || boot !== bootId() || Number.isNaN(uptime)) return undefined;
  return Date.now() - uptime * 1000 + (Number(ticks) / TICKS_A_SECOND) * 1000;
}

function timeStart(milliseconds: number): string {
  return `time:${Math.floor(milliseconds / 1000)}`;
}

/** The time in seconds in a note of the form "time:SECONDS"; undefined for the other form. */
export function secondsOf(start: string): number | undefined {
  const [, text] = /^time:(\d+)$/.exec(start) ?? [];
  return text === undefined ? undefined : Number(text);
}

/** The boot of a Linux system; undefined elsewhere. */
export function bootId(): string | undefined {
  boot ??= readProc('/proc/sys/kernel/random/boot_id')?.trim() || false;
  return boot || undefined;
}

/** A process of a Linux system; undefined when there is none, when it has ended and waits for its parent, and elsewhere. */
export function linuxProcess(pid: number): { readonly group: number; readonly started: string } | undefined {
  const stat = bootId() === undefined ? undefined : readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // proc(5): the fields from the third one on. The second is the name in parentheses, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, , group] = fields;
  const ticks = fields[19];
  if (ticks === undefined || state === 'Z' || state === 'X') return undefined;
  return { group: Number(group), started: `boot:${bootId()}:${ticks}` };
}

/** The text of a file of proc(5); undefined when it cannot be read. */
export function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
