import type { Writable } from 'node:stream';
import { CommandError } from './command-error.ts';
import { OutputTail } from '../output-tail.ts';
import { tellStart } from './observer.ts';
import { spawnChild } from './spawn-child.ts';

/** How a process ended: exactly one of the two is set. */
export interface ProcessEnd {
  readonly exitCode?: number;
  /** Name of the signal that ended it, such as "SIGKILL". */
  readonly signal?: string;
}

export interface ProcessOptions {
  /** Ends the process (SIGTERM, then SIGKILL) when it aborts. */
  readonly signal?: AbortSignal;
  readonly cwd?: string;
  /** Changes to this process's environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * Standard input: `none` is /dev/null, `pipe` stays open for `RunningProcess.stdin`, `inherit` is ours; a text or bytes
   * are handed over and closed. Default: none.
   */
  readonly stdin?: 'none' | 'pipe' | 'inherit' | { readonly content: string | Uint8Array };
  /** Descriptor of a file that takes standard output, past `onStdout`. */
  readonly stdoutTo?: number;
  readonly onStdout?: (chunk: Buffer) => void;
  readonly onStderr?: (chunk: Buffer) => void;
  /** Milliseconds between SIGTERM and SIGKILL. Default: 5 s. */
  readonly killAfter?: number;
  /**
   * Makes the process leader of a group of its own: Ctrl-C on the terminal does not reach it, and killing it kills what
   * it has started.
   */
  readonly ownGroup?: boolean;
}

export interface RunningProcess {
  readonly pid: number;
  readonly argv: readonly string[];
  /** Present with `stdin: 'pipe'`. Errors of the pipe are swallowed: `ended` tells what happened. */
  readonly stdin?: Writable;
  /** Resolves when the process has ended and its output has been delivered. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** The last lines of standard error so far. */
  stderrTail(): string;
  /** Ends the process: SIGTERM, and SIGKILL after `killAfter` milliseconds. Idempotent; resolves with the end. */
  kill(killAfter?: number): Promise<ProcessEnd>;
  /** From now on a process with a group of its own outlives this one. */
  release(): void;
}

/**
 * Starts a program with an argument list (no shell) and returns once it runs.
 * @throws CommandError when it cannot be started; the abort reason when `signal` is aborted already.
 */
export async function startProcess(
  program: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<RunningProcess> {
  options.signal?.throwIfAborted();
  const argv = [program, ...args];
  const tellEnd = tellStart(argv);
  const stderr = new OutputTail();
  const spawned = spawnChild(argv, {
    ...options,
    onStderr: (chunk) => {
      stderr.push(chunk);
      options.onStderr?.(chunk);
    },
  });
  spawned.then(
    ({ ended }) => void ended.then(tellEnd),
    (error: Error) => tellEnd({ error: error.message }),
  );
  const child = await spawned;
  let killing: Promise<ProcessEnd> | undefined;
  const kill = (killAfter = options.killAfter ?? 5000): Promise<ProcessEnd> =>
    (killing ??= escalate(child, killAfter));
  const onAbort = () => void kill();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  void child.ended.then(() => options.signal?.removeEventListener('abort', onAbort));
  if (options.signal?.aborted === true) onAbort();
  return {
    pid: child.pid,
    argv,
    stdin: child.stdin,
    ended: child.ended,
    stderrTail: () => stderr.text(),
    kill,
    release: child.release,
  };
}

async function escalate(
  child: { readonly ended: Promise<ProcessEnd>; send(name: 'SIGTERM' | 'SIGKILL'): void },
  killAfter: number,
): Promise<ProcessEnd> {
  child.send('SIGTERM');
  const timer = setTimeout(() => child.send('SIGKILL'), killAfter);
  try {
    return await child.ended;
  } finally {
    clearTimeout(timer);
  }
}

export interface RunOptions extends Omit<ProcessOptions, 'stdin'> {
  readonly stdin?: 'none' | 'inherit' | { readonly content: string | Uint8Array };
  /** Milliseconds after which the process is killed and the run fails. Default: none. */
  readonly timeout?: number;
  /** Exit statuses that are no failure. Default: 0 alone. `any`: every way to end is fine. */
  readonly accept?: readonly number[] | 'any';
}

export interface RunResult extends ProcessEnd {
  readonly stdout: string;
  readonly stderr: string;
}

/** More output than this of a program that is run for its output is an error of its own, not a reason to fill the memory. */
const MAX_OUTPUT = 16 * 1024 * 1024;

/**
 * Runs a program to its end and returns what it printed (UTF-8).
 * @throws CommandError when it cannot be started, fails, or takes longer than `timeout`; the abort reason on abort. In
 * every case the process is gone.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const stdout = new OutputTail(MAX_OUTPUT);
  const stderr = new OutputTail(MAX_OUTPUT);
  const child = await startProcess(program, args, {
    ...options,
    onStdout: (chunk) => {
      stdout.push(chunk);
      options.onStdout?.(chunk);
    },
    onStderr: (chunk) => {
      stderr.push(chunk);
      options.onStderr?.(chunk);
    },
  });
  let timedOut = false;
  const timer =
    options.timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          void child.kill();
        }, options.timeout);
  const end = await child.ended;
  clearTimeout(timer);
  options.signal?.throwIfAborted();
  const result = { ...end, timedOut, stdout: stdout.text(), stderr: stderr.text() };
  const fail = (reason: string) => new CommandError(child.argv, reason, result);
  if (timedOut) throw fail(`did not end within ${(options.timeout ?? 0) / 1000} s and was stopped`);
  if (stdout.overflowed) throw fail(`printed more than ${MAX_OUTPUT / 1024 / 1024} MiB`);
  if (!isAccepted(end, options.accept ?? [0])) throw fail(describeEnd(end));
  return result;
}

function isAccepted(end: ProcessEnd, accept: readonly number[] | 'any'): boolean {
  return accept === 'any' || (end.exitCode !== undefined && accept.includes(end.exitCode));
}

/** "failed with exit status 1" or "was ended by SIGKILL". */
export function describeEnd(end: ProcessEnd): string {
  if (end.signal !== undefined) return `was ended by ${end.signal}`;
  return end.exitCode === 0 ? 'ended' : `failed with exit status ${end.exitCode}`;
}
