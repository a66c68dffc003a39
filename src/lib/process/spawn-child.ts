import type { Writable } from 'node:stream';
import { atExit } from '../at-exit.ts';
import { intend } from '../belongings.ts';
import { CommandError } from './command-error.ts';
import { deliver } from '../deliver.ts';
import { endWhenSilent } from '../end-when-silent.ts';
import { startOfNew } from './identity.ts';
import type { ProcessEnd, ProcessOptions } from './run.ts';

/** A started process as the runner needs it. */
export interface Child {
  readonly pid: number;
  readonly stdin?: Writable;
  readonly ended: Promise<ProcessEnd>;
  send(name: 'SIGTERM' | 'SIGKILL'): void;
  /** It outlives this process. */
  release(): void;
}

/** The only place that starts processes. */
export async function spawnChild(argv: readonly string[], options: ProcessOptions): Promise<Child> {
  const { execa } = await import('execa');
  const [program = '', ...args] = argv;
  const ownGroup = options.ownGroup === true;
  const entry = await intend({ kind: 'process', program, ownGroup });
  const subprocess = execa(program, args, {
    ...stdinOptions(options.stdin ?? 'none'),
    // Any descriptor will do; execa's types know the first three only.
    stdout: (options.stdoutTo as 1 | undefined) ?? 'pipe',
    cwd: options.cwd,
    env: entry.mark === undefined ? options.env : { ...options.env, VMM_HCL_ENTRY: entry.mark },
    // Output is delivered chunk by chunk; nothing is collected and nothing is thrown here.
    buffer: false,
    reject: false,
    encoding: 'buffer',
    detached: ownGroup,
    // The runner escalates by itself, so that a whole group can be killed.
    forceKillAfterDelay: false,
  });
  const { pid } = subprocess;
  if (pid === undefined) {
    await entry.gone();
    const { code, cause } = await subprocess;
    throw new CommandError(argv, startFailure(code), {}, { cause });
  }
  void entry.exists({ pid, started: startOfNew(pid) });
  if (subprocess.stdout !== null) deliver(subprocess.stdout, (chunk) => options.onStdout?.(chunk));
  if (subprocess.stderr !== null) deliver(subprocess.stderr, (chunk) => options.onStderr?.(chunk));
  // EPIPE and the like: the end of the process tells what happened.
  subprocess.stdin?.on('error', () => undefined);
  const settled: Promise<unknown> = subprocess;
  const ended = new Promise<ProcessEnd>((resolve) => {
    subprocess.once('exit', (exitCode, signal) => {
      const callOff = endWhenSilent(
        [subprocess.stdout, subprocess.stderr].filter((stream) => stream !== null),
      );
      const end = signal === null ? { exitCode: exitCode ?? 1 } : { signal };
      void Promise.allSettled([settled]).then(() => {
        callOff();
        resolve(end);
      });
    });
  });
  const send = (name: 'SIGTERM' | 'SIGKILL') => signalProcess(pid, name, ownGroup);
  void ended.then(() => entry.gone());
  // execa ends its processes when we exit, but not those with a group of their own.
  const release = ownGroup ? atExit(() => send('SIGKILL')) : () => {};
  void ended.then(release);
  return { pid, stdin: subprocess.stdin ?? undefined, ended, send, release };
}

function stdinOptions(stdin: NonNullable<ProcessOptions['stdin']>) {
  if (typeof stdin === 'object') return { input: stdin.content };
  return { stdin: stdin === 'none' ? ('ignore' as const) : stdin };
}

function startFailure(code: string | undefined): string {
  switch (code) {
    case 'ENOENT':
      return 'was not found, or its directory does not exist';
    case 'EACCES':
      return 'may not be executed (permission denied)';
    case 'E2BIG':
      return 'could not be started because its arguments are too long';
    default:
      return `could not be started (${code ?? 'unknown reason'})`;
  }
}

function signalProcess(pid: number, name: 'SIGTERM' | 'SIGKILL', group: boolean): void {
  try {
    process.kill(group ? -pid : pid, name);
  } catch {
    // It is gone already.
  }
}
