import { setTimeout as delay } from 'node:timers/promises';
import { type Entry, intend } from '../../lib/belongings.ts';
import { describeEnd, type ProcessEnd, type RunningProcess } from '../../lib/process/run.ts';
import { HypervisorError, LeftoverError } from '../hypervisor.ts';
import type { StreamConsole } from '../stream-console.ts';
import { stopArguments } from './arguments.ts';
import type { VmctlClient } from './client.ts';
import { FORCED_STOP_TIME } from './limits.ts';
import type { StatusRow } from './status.ts';

export interface Launch {
  readonly client: VmctlClient;
  readonly name: string;
  readonly args: readonly string[];
  readonly console: StreamConsole;
  readonly signal: AbortSignal;
  /** Turns what vmctl said into a cause and a remedy. */
  readonly explain: (said: string) => HypervisorError;
}

/** Milliseconds that an aborted start gets to come to an outcome that can be undone. */
const ABANDON_TIME = 5000;
/** Milliseconds for a machine to appear in the table, or to leave it, when vmctl has ended. */
const SETTLE_TIME = 1000;
/** What vmctl(8) and vmd(8) say when they start nothing. */
const REFUSAL = /command failed|could not|invalid|firmware|specified|usage|memory size|too long|too many/;
/** A guest whose firmware has printed nothing after so many milliseconds is taken for a silent one. */
const SILENCE = 1000;
/** Milliseconds for a look at the table during cleanup. */
const LOOK_TIME = 3000;
/** vmd may be busy: so many failing looks at its table in a row are one too many. */
const FAILURES = 4;

/**
 * Runs `vmctl start -c` and resolves when the machine runs. `-c` turns vmctl into cu(1) without a word, so the ID comes from
 * the table, and only a failure shows as the end of the process. When this rejects, no machine is left.
 */
export async function launch(options: Launch): Promise<Launched> {
  const { client, console, name } = options;
  const entry = await intend({ kind: 'machine', name, program: client.program() });
  const process = await begin(options, entry);
  const attempt = new Attempt(options, process);
  try {
    const row = await attempt.untilRunning();
    await entry.exists(row);
    return { process, row, entry };
  } catch (error) {
    const isGone = await attempt.abandon();
    if (isGone) await entry.gone();
    console.close();
    if (isGone) throw error;
    throw new LeftoverError(
      error,
      `the virtual machine ${options.name} (stop it with: vmctl stop -f ${options.name})`,
      () => attempt.remove().then(() => entry.gone()),
    );
  }
}

export interface Launched {
  /** Of `vmctl start -c`. */
  readonly process: RunningProcess;
  readonly row: StatusRow;
  /** The record of the machine. */
  readonly entry: Entry;
}

async function begin({ client, args, console }: Launch, entry: Entry): Promise<RunningProcess> {
  try {
    return await client.attach(args, { onStdout: (chunk) => console.push(chunk) });
  } catch (error) {
    await entry.gone();
    throw error;
  }
}

/** A row of the table, none, or no table: it could not be had soon. */
type Look = StatusRow | undefined | 'unknown';

class Attempt {
  readonly #options: Launch;
  readonly #process: RunningProcess;
  #end: ProcessEnd | undefined;
  /** Nothing was started: a machine of that name, if there is one, is not ours. */
  #nothingStarted = false;
  /** The ID of the machine that could not be ended, if it is known. */
  #left: number | undefined;
  /** Output, or the end of vmctl: reasons to look at the table at once. */
  #news: () => void = () => undefined;

  constructor(options: Launch, process: RunningProcess) {
    this.#options = options;
    this.#process = process;
    options.console.onData(() => this.#news());
    void process.ended.then((end) => {
      this.#end = end;
      this.#news();
    });
  }

  async untilRunning(): Promise<StatusRow> {
    const { client, signal, name } = this.#options;
    let deadline = Date.now() + client.limits.start;
    let failures = 0;
    for (let pause = 50; ; pause = Math.min(2 * pause, 250)) {
      await this.#newsOr(pause);
      signal.throwIfAborted();
      const end = this.#end;
      if (end !== undefined) return this.#afterEnd(end);
      try {
        const row = await client.row(name, signal);
        if (isRunning(row) && (await this.#isOurs())) {
          signal.throwIfAborted();
          return row;
        }
        if (row?.state === 'waiting') deadline = Date.now() + client.limits.start;
        failures = 0;
      } catch (error) {
        signal.throwIfAborted();
        if (++failures >= FAILURES) throw error;
      }
      if (Date.now() > deadline) {
        throw new HypervisorError(
          `vmd(8) did not start the virtual machine ${name} within ${client.limits.start / 1000} s.`,
          "See vmd's log /var/log/daemon.",
        );
      }
    }
  }

  /**
   * Whether the machine in the table is the one that this vmctl has started, and not one that somebody else has started under
   * the same name in the meantime, about which vmctl is about to tell. Output of the guest is proof.
   */
  async #isOurs(): Promise<boolean> {
    const deadline = Date.now() + SILENCE;
    while (!this.#options.console.hasOutput && this.#end === undefined) {
      if (Date.now() >= deadline) return true;
      await this.#newsOr(deadline - Date.now());
    }
    return this.#end === undefined;
  }

  #isRefused(): boolean {
    return this.#end !== undefined && this.#end.exitCode !== 0 && REFUSAL.test(this.#process.stderrTail());
  }

  /** vmctl has ended: with an error, or because cu(1) ended while the machine lives on or has ended already. */
  async #afterEnd(end: ProcessEnd): Promise<StatusRow> {
    const { explain, name, console, signal } = this.#options;
    const said = this.#process.stderrTail();
    this.#nothingStarted = this.#isRefused();
    if (!this.#nothingStarted) {
      const row = await this.#settledRow(signal);
      if (isRunning(row)) return row;
      this.#nothingStarted = row === undefined;
    }
    if (end.exitCode === 0) {
      const printed = console.hasOutput ? '' : ' without printing anything';
      throw new HypervisorError(
        `The virtual machine ${name} ended as soon as it was started${printed}.`,
        'It may have had nothing to boot, or another machine uses its disk. The log of vmd(8) is /var/log/daemon.',
      );
    }
    throw explain(said.trim() === '' ? `nothing, but ${describeEnd(end)}` : said);
  }

  /**
   * Leaves no machine behind. vmd may still be about to start it, so the outcome is awaited, for a while; then what runs
   * under the name, which was free, is stopped.
   * @returns false when it still runs
   */
  async abandon(): Promise<boolean> {
    try {
      if (this.#nothingStarted) return true;
      const deadline = Date.now() + ABANDON_TIME;
      let row = await this.#look();
      for (
        let pause = 20;
        (row === undefined || row === 'unknown') && this.#end === undefined && Date.now() < deadline;
        pause *= 2
      ) {
        await this.#newsOr(Math.min(pause, 250));
        row = await this.#look();
      }
      if (!(await this.#isOurs()) && this.#isRefused()) return true;
      row ??= await this.#settledRow();
      if (row === undefined) return true;
      this.#left = row === 'unknown' ? undefined : row.id;
      for (let tries = 0; tries < 3; tries++) if (await this.#stop()) return true;
      return false;
    } finally {
      await this.#process.kill(1000);
    }
  }

  /** Tries once more to end what `abandon` could not. */
  async remove(): Promise<void> {
    if (await this.#stop()) return;
    throw new HypervisorError(`The virtual machine ${this.#options.name} could not be stopped.`);
  }

  /** True when the machine is gone: the table says so, or while that cannot be had vmctl. */
  async #stop(): Promise<boolean> {
    const { client, name } = this.#options;
    const result = await client
      .run(stopArguments(name, true), { timeout: FORCED_STOP_TIME, accept: 'any' })
      .catch(() => undefined);
    const row = await this.#goneRow();
    if (row !== 'unknown') return row === undefined || (this.#left !== undefined && row.id !== this.#left);
    return result !== undefined && (result.exitCode === 0 || /vm not found/.test(result.stderr));
  }

  /** The row of a running machine, once there is one; undefined when none comes. */
  async #settledRow(signal?: AbortSignal): Promise<Look> {
    const deadline = Date.now() + SETTLE_TIME;
    for (;;) {
      const row = await this.#look();
      signal?.throwIfAborted();
      if (isRunning(row) || Date.now() > deadline) return row;
      await delay(100);
    }
  }

  /** Undefined as soon as the machine has left the table; its row when it stays. */
  async #goneRow(): Promise<Look> {
    const deadline = Date.now() + SETTLE_TIME;
    for (;;) {
      const row = await this.#look();
      if (row === undefined || Date.now() > deadline) return row;
      await delay(100);
    }
  }

  #look(): Promise<Look> {
    const { client, name } = this.#options;
    return client.certainRow(name, AbortSignal.timeout(LOOK_TIME)).catch(() => 'unknown' as const);
  }

  /** Waits for news, an abort, or so many milliseconds. */
  async #newsOr(milliseconds: number): Promise<void> {
    const { signal } = this.#options;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => done(), milliseconds);
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#news = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}

function isRunning(row: Look): row is StatusRow {
  return typeof row === 'object' && ['running', 'paused', 'unknown'].includes(row.state);
}
