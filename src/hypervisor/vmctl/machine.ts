import { setTimeout as delay } from 'node:timers/promises';
import { abortable, within } from '../../lib/abort.ts';
import type { Entry } from '../../lib/belongings.ts';
import { CommandError } from '../../lib/process/command-error.ts';
import type { RunningProcess } from '../../lib/process/run.ts';
import { type Addresses, HypervisorError, type Machine, type PowerOff } from '../hypervisor.ts';
import type { HypervisorOptions } from '../options.ts';
import type { StreamConsole } from '../stream-console.ts';
import { stopArguments } from './arguments.ts';
import type { VmctlClient } from './client.ts';
import { FORCED_STOP_COMMAND_TIME, FORCED_STOP_TIME } from './limits.ts';
import { ConsoleLine } from './line.ts';
import type { StatusRow } from './status.ts';
import { nextAddress } from './tap.ts';
import { MachineWatch } from './watch.ts';

export interface MachineParts {
  readonly client: VmctlClient;
  readonly name: string;
  readonly row: StatusRow;
  /** The record of the machine. */
  readonly entry: Entry;
  readonly guestPort: number;
  readonly console: StreamConsole;
  /** The process of `vmctl start -c`. */
  readonly process: RunningProcess;
  readonly onNote?: HypervisorOptions['onNote'];
}

export class VmctlMachine implements Machine {
  readonly name: string;
  readonly console: StreamConsole;
  readonly #parts: MachineParts;
  readonly #watch: MachineWatch;
  readonly #ended: Promise<PowerOff>;
  #stopped = false;
  #asking: Promise<void> | undefined;
  #forcing: Promise<void> | undefined;

  constructor(parts: MachineParts) {
    this.name = parts.name;
    this.console = parts.console;
    this.#parts = parts;
    this.#watch = new MachineWatch(parts.client, parts.row, (row) => void parts.entry.exists(row));
    const line = new ConsoleLine(parts.client, parts.name, parts.console, parts.process);
    const kept = line.keep(
      () => this.#watch.check(),
      () => this.#watch.look(),
    );
    const lost = (why: string) => {
      parts.console.close();
      parts.onNote?.(`The console of ${parts.name} was lost and cannot be attached again${why}.`);
    };
    kept.then(
      (attached) => attached || lost(''),
      (error: unknown) => lost(`: ${String(error)}`),
    );
    this.#ended = this.#watch.ended
      .finally(async () => {
        await line.end();
        await kept.catch(() => undefined);
      })
      .then(() => parts.entry.gone())
      .then(() => (this.#stopped ? { cause: 'stopped' } : { cause: 'guest' }));
    this.#ended.catch(() => undefined);
  }

  async addresses(signal: AbortSignal): Promise<Addresses> {
    const { client, guestPort } = this.#parts;
    const { id } = this.#parts.row;
    const deadline = Date.now() + client.limits.tap;
    for (let pause = 20; ; pause = Math.min(2 * pause, 250)) {
      const host = await client.tapAddress(id, signal);
      if (host !== undefined)
        return { host, bind: host, guest: { host: nextAddress(host), port: guestPort } };
      if (this.#watch.isOver) {
        throw new HypervisorError(`The virtual machine ${this.name} ended before its network was known.`);
      }
      if (Date.now() > deadline) {
        throw new HypervisorError(
          `The tap interface of the virtual machine ${this.name} got no address within ${client.limits.tap / 1000} s.`,
          `Look for a tap with the description vm${id}-if0-… in: ifconfig tap. vmd's log is /var/log/daemon.`,
        );
      }
      await Promise.race([delay(pause, undefined, { signal }), this.#watch.ended]).catch(() => undefined);
      signal.throwIfAborted();
    }
  }

  waitForPowerOff(signal: AbortSignal): Promise<PowerOff> {
    return abortable(this.#ended, signal);
  }

  async stop(graceMs: number): Promise<void> {
    if (this.#watch.isLost) {
      await this.#stopUnseen();
    } else if (!this.#watch.isOver) {
      this.#stopped = true;
      if (graceMs > 0) {
        const deadline = Date.now() + graceMs;
        await within((this.#asking ??= this.#ask(graceMs)), graceMs);
        await this.#overWithin(deadline - Date.now());
      }
      if (!this.#watch.isOver) {
        this.#forcing ??= this.#force().finally(() => (this.#forcing = undefined));
        await this.#forcing;
      }
    }
    await this.#ended.catch(() => undefined);
  }

  /** Asks the guest to end. A guest without a vmmci(4) driver loses its power by this. */
  async #ask(time: number): Promise<void> {
    await this.#command(stopArguments(this.name, false), time);
  }

  async #force(): Promise<void> {
    const deadline = Date.now() + FORCED_STOP_TIME;
    let said = '';
    while (!this.#watch.isOver && Date.now() < deadline) {
      said = await this.#command(stopArguments(this.name, true), FORCED_STOP_COMMAND_TIME);
      // `stop -w` is also woken by a reboot, and fails while another stop is under way.
      await this.#overWithin(500);
    }
    if (!this.#watch.isOver || this.#watch.isLost) throw this.#unstoppable(said);
  }

  /** vmd(8) runs it; only its console goes with us. */
  keep(): void {}

  get byHand(): string {
    return `(stop it with: vmctl stop -f ${this.name})`;
  }

  /** The machine is out of sight; by now vmd(8) may answer again. */
  async #stopUnseen(): Promise<void> {
    if (!(await this.#watch.check())) return;
    const said = await this.#command(stopArguments(this.name, true), FORCED_STOP_COMMAND_TIME);
    if (await this.#watch.check()) throw this.#unstoppable(said);
  }

  #unstoppable(said: string): HypervisorError {
    return new HypervisorError(
      `The virtual machine ${this.name} could not be stopped. ${said}`.trim(),
      `Stop it by hand: vmctl stop -f -w ${this.name}. When that hangs, restart vmd(8): rcctl restart vmd.`,
    );
  }

  /** Runs a stop command, but never on a machine that is gone: the name may be somebody else's by now. */
  async #command(args: readonly string[], timeout: number): Promise<string> {
    if (!(await this.#watch.check())) return '';
    try {
      await this.#parts.client.run(args, { timeout });
      return '';
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return error.message;
    } finally {
      this.#watch.look();
    }
  }

  async #overWithin(milliseconds: number): Promise<void> {
    const over = this.#watch.ended.catch(() => undefined);
    if (milliseconds > 0) await within(over, milliseconds);
  }
}
