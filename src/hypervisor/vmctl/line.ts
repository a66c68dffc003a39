import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../../lib/abort.ts';
import type { RunningProcess } from '../../lib/process/run.ts';
import type { StreamConsole } from '../stream-console.ts';
import { consoleArguments } from './arguments.ts';
import type { VmctlClient } from './client.ts';

/** So many attachments in a row that end at once mean that the console cannot be had again. */
const ATTEMPTS = 8;
/** An attachment that lived so many milliseconds was a good one. */
const GOOD_TIME = 2000;
const RETRY_DELAY = 500;
/** Milliseconds for the last output to arrive when the machine is gone; cu(1) may outlive it. */
const DRAIN_TIME = 500;

/** The process that carries a machine's console: cu(1), into which `vmctl start -c` and `vmctl console` turn. */
export class ConsoleLine {
  readonly #client: VmctlClient;
  readonly #name: string;
  readonly #console: StreamConsole;
  #process: RunningProcess;
  #ended = false;

  constructor(client: VmctlClient, name: string, console: StreamConsole, first: RunningProcess) {
    this.#client = client;
    this.#name = name;
    this.#console = console;
    this.#process = first;
  }

  /**
   * Keeps the console attached as long as `isAlive` says that the machine lives, and calls `onLost` each time cu(1) has ended:
   * often the first sign that the machine has. Resolves when there is nothing to keep, with false when the machine
   * lives but its console cannot be had again.
   */
  async keep(isAlive: () => Promise<boolean>, onLost: () => void): Promise<boolean> {
    for (let failures = 0; failures < ATTEMPTS;) {
      const since = Date.now();
      const { stdin } = this.#process;
      if (stdin !== undefined) this.#console.attach(stdin);
      await this.#process.ended;
      if (stdin !== undefined) this.#console.detach(stdin);
      failures = Date.now() - since > GOOD_TIME ? 0 : failures + 1;
      onLost();
      if (this.#hasEnded() || !(await isAlive())) return true;
      if (failures > 0) await delay(RETRY_DELAY);
      if (this.#hasEnded()) return true;
      this.#process = await this.#client.attach(consoleArguments(this.#name), {
        onStdout: (chunk) => this.#console.push(chunk),
      });
      // The machine may have ended while this was started; `end` knew only the one before.
      if (this.#hasEnded()) await this.#process.kill(1000);
    }
    return false;
  }

  /** A call, because the compiler takes a field for unchanged over an await. */
  #hasEnded(): boolean {
    return this.#ended;
  }

  /** The machine is gone: takes what output there is still, and ends cu(1). */
  async end(): Promise<void> {
    this.#ended = true;
    if (!(await within(this.#process.ended, DRAIN_TIME))) await this.#process.kill(1000);
    this.#console.close();
  }
}
