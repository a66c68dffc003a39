import { setTimeout as delay } from 'node:timers/promises';
import { HypervisorError } from '../hypervisor.ts';
import type { VmctlClient } from './client.ts';
import type { StatusRow } from './status.ts';

/** `vmctl wait` that returns so many milliseconds after its start, or sooner, gets a pause before the next one. */
const QUICK = 1000;
/** Longest pause, in milliseconds. */
const LONGEST_PAUSE = 1000;
/** Milliseconds for a look that somebody waits for, such as a cleanup. */
const LOOK_TIME = 3000;
/** When nothing happens, look after so many milliseconds anyway: a `wait` that was started too late never returns. */
const IDLE = 30_000;
/** So many failing looks in a row, a pause apart, mean that vmd(8) is gone; hanging ones reach the limit of time before. */
const FAILURES = 8;

/**
 * Knows when a machine has ended. A machine that was started by hand vanishes from vmd's table when it ends; `vmctl wait`
 * returns at that moment, but also when the guest reboots, so the table has the last word.
 */
export class MachineWatch {
  /** Resolves when the machine is gone; rejects when vmd(8) can no longer be asked. */
  readonly ended: Promise<void>;
  isOver = false;
  /** vmd(8) can no longer be asked: nobody knows whether the machine still runs. */
  isLost = false;
  readonly #client: VmctlClient;
  readonly #name: string;
  readonly #onReboot: (row: StatusRow) => void;
  #row: StatusRow;
  #wake: () => void = () => undefined;

  /** @param onReboot told of the row in which the machine has another process than before */
  constructor(client: VmctlClient, row: StatusRow, onReboot: (row: StatusRow) => void) {
    this.#client = client;
    this.#name = row.name;
    this.#row = row;
    this.#onReboot = onReboot;
    this.ended = this.#run();
    this.ended.catch(() => undefined);
  }

  /** Something has happened: look at the table now. */
  look(): void {
    this.#wake();
  }

  /** Whether vmd(8) still runs this very machine; true when it cannot be asked. */
  async check(): Promise<boolean> {
    if (this.isOver && !this.isLost) return false;
    try {
      return await this.#isAlive(AbortSignal.timeout(LOOK_TIME));
    } catch {
      return true;
    }
  }

  async #run(): Promise<void> {
    try {
      let failures = 0;
      let silentSince: number | undefined;
      for (let pause = 25; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
        // No event can be awaited from a vmd(8) that does not answer.
        if (failures === 0 && (await this.#untilEvent())) pause = 25;
        const asked = Date.now();
        try {
          if (!(await this.#isAlive())) return;
          failures = 0;
          silentSince = undefined;
        } catch (error) {
          silentSince ??= asked;
          if (++failures >= FAILURES || Date.now() - silentSince >= this.#client.limits.silence) {
            this.isLost = true;
            throw lost(this.#name, error);
          }
        }
        await delay(failures > 0 ? LONGEST_PAUSE : pause);
      }
    } finally {
      this.isOver = true;
    }
  }

  /** Waits for `vmctl wait`, `look` or a long time; false when `vmctl wait` came back suspiciously fast. */
  async #untilEvent(): Promise<boolean> {
    const since = Date.now();
    const controller = new AbortController();
    const wait = this.#client.wait(this.#name, controller.signal).then(({ ended }) => ended);
    let idle: NodeJS.Timeout | undefined;
    const other = new Promise<'other'>((resolve) => {
      this.#wake = () => resolve('other');
      idle = setTimeout(this.#wake, IDLE);
    });
    const event = await Promise.race([wait.catch(() => undefined), other]);
    clearTimeout(idle);
    controller.abort();
    await wait.catch(() => undefined);
    return event === 'other' || Date.now() - since > QUICK;
  }

  /** The row of a machine that ended can only be another one's. */
  async #isAlive(signal?: AbortSignal): Promise<boolean> {
    const row = await this.#client.certainRow(this.#name, signal);
    if (row === undefined || row.id !== this.#row.id || row.state === 'stopped') return false;
    if (row.pid !== undefined && row.pid !== this.#row.pid) this.#onReboot((this.#row = row));
    return true;
  }
}

function lost(name: string, cause: unknown): HypervisorError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new HypervisorError(
    `The virtual machine ${name} is out of sight: vmd(8) can no longer be asked about it. ${reason}`,
    'See whether vmd(8) runs, and its log /var/log/daemon.',
    { cause },
  );
}
