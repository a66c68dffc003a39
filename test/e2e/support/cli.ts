import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { CLI } from './paths.ts';
import { MARK, listeningPortsOf, processesOf } from './processes.ts';
import { waitUntil } from './wait.ts';

export interface RunOutcome {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly duration: number;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the program, such as `ip netns exec NAME`. */
  readonly prefix?: readonly string[];
  /** Whether `until` notes the ports of the run's processes. It takes a while. Default: true. */
  readonly watchesPorts?: boolean;
  /** Default: the program of this checkout. */
  readonly program?: string;
}

const marks = new Set<string>();

function killAll(): void {
  for (const mark of marks) for (const { pid } of processesOf(mark)) kill(pid);
}

// The runs have process groups of their own: they would outlive an interrupted test.
for (const [name, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const) {
  process.once(name, () => {
    killAll();
    process.exit(128 + number);
  });
}

/** The ends of the logs of consoles in log/, where the builds of the tests have theirs. */
function consolesBelow(folder: string): string {
  const logs = join(folder, 'log');
  const names = existsSync(logs) ? readdirSync(logs).filter((name) => name.endsWith('.log')) : [];
  return names
    .map((name) => `--- ${name}\n${readFileSync(join(logs, name), 'latin1').slice(-2000)}`)
    .join('\n');
}

/** A run of the built program. Whatever it started is killed when the test ends, if the program has not ended it. */
export class CliRun {
  readonly ended: Promise<RunOutcome>;
  /** Resolves when the program has ended, though what it started may still hold its output open. */
  readonly exited: Promise<unknown>;
  readonly #mark = randomUUID();
  readonly #child;
  #stdout = '';
  #stderr = '';
  #outcome: RunOutcome | undefined;
  readonly #ports = new Set<number>();
  readonly #watchesPorts: boolean;
  readonly #cwd: string;

  constructor(context: TestContext, args: readonly string[], options: RunOptions) {
    const start = performance.now();
    this.#cwd = options.cwd;
    this.#watchesPorts = options.watchesPorts ?? true;
    marks.add(this.#mark);
    const [command, ...words] = [
      ...(options.prefix ?? []),
      process.execPath,
      options.program ?? CLI,
      ...args,
    ];
    this.#child = spawn(command!, words, {
      cwd: options.cwd,
      env: { ...environment(), XDG_STATE_HOME: STATE_HOME, ...options.env, [MARK]: this.#mark },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, as a shell gives to what it runs.
      detached: true,
    });
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.exited = once(this.#child, 'exit');
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (status, signal) => {
        const duration = performance.now() - start;
        this.#outcome = { status, signal, stdout: this.#stdout, stderr: this.#stderr, duration };
        resolve(this.#outcome);
      });
    });
    context.after(() => {
      for (const { pid } of processesOf(this.#mark)) kill(pid);
      marks.delete(this.#mark);
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Waits for something that `look` finds; fails with all output when the program ends before it does. */
  async until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    const found = await waitUntil(
      what,
      () => {
        const result = look();
        if (this.#watchesPorts) this.#notePorts();
        if (result) return { result, ended: undefined };
        if (this.#outcome) return { result: undefined, ended: this.#outcome };
        return undefined;
      },
      () => `${this.#stdout}\n${this.#stderr}\n${consolesBelow(this.#cwd)}`,
    );
    if (found.ended) {
      const { status, stdout, stderr } = found.ended;
      assert.fail(`The program ended with ${status} before ${what}.\n${stdout}\n${stderr}`);
    }
    return found.result as T;
  }

  /** Sends a signal to the program alone, as `kill` does. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Closes the terminal: nobody reads any more, and the program hears of it by SIGHUP. */
  hangUp(): void {
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
    this.#child.kill('SIGHUP');
  }

  /** Presses Ctrl-C: the terminal sends the signal to the program and to all that it started in its process group. */
  interrupt(): void {
    // Nothing hears it when all have ended.
    if (this.#outcome === undefined) kill(-this.#child.pid!, 'SIGINT');
  }

  /** Ports on which the program or what it started listened whenever `until` looked. */
  get portsSeen(): readonly number[] {
    return [...this.#ports];
  }

  /** Living processes of this run. */
  get processes(): readonly string[] {
    return processesOf(this.#mark).map(({ pid, command }) => `${pid} ${command}`);
  }

  #notePorts(): void {
    for (const port of listeningPortsOf(this.#mark)) this.#ports.add(port);
  }
}

/** Runs the program to its end. */
export function runCli(
  context: TestContext,
  args: readonly string[],
  options: RunOptions,
): Promise<RunOutcome> {
  return new CliRun(context, args, options).ended;
}

/** The journals of this process's runs: no other test may clean up after them, nor the user's own builds. */
export const STATE_HOME = mkdtempSync(join(tmpdir(), 'vmm-hcl-state-'));
process.once('exit', () => rmSync(STATE_HOME, { recursive: true, force: true }));

/** Ours without what would change the program's behaviour. */
function environment(): Record<string, string> {
  const foreign = /^(VMM_HCL_|PACKER_|PKR_VAR_|NODE_|FORCE_COLOR|NO_COLOR)/;
  const entries = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return Object.fromEntries(entries) as Record<string, string>;
}

function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
