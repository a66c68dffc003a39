import { once } from 'node:events';
import type { Socket } from 'node:net';
import { abortable, within } from '../../lib/abort.ts';
import { lastLines } from '../../lib/process/command-error.ts';
import { deliver } from '../../lib/deliver.ts';
import { describeEnd, type ProcessEnd, type RunningProcess } from '../../lib/process/run.ts';
import type { Addresses, Machine, PowerOff } from '../hypervisor.ts';
import { StreamConsole } from '../stream-console.ts';
import type { Qmp } from './qmp.ts';
import type { MachineSockets } from './sockets.ts';

/** What a started machine is made of. */
export interface MachineParts {
  readonly name: string;
  readonly process: RunningProcess;
  readonly sockets: MachineSockets;
  readonly serial: Socket;
  readonly qmp: Qmp;
  readonly addresses: Addresses;
}

/** Milliseconds in which QEMU closes its images after `quit`, before it gets signals. */
const QUIT_TIME = 5000;
/** Milliseconds for the last console output to arrive when QEMU is gone. */
const DRAIN_TIME = 1000;

export class QemuMachine implements Machine {
  readonly name: string;
  readonly console = new StreamConsole();
  readonly #parts: MachineParts;
  readonly #ended: Promise<PowerOff>;
  /** Reason of the last SHUTDOWN event, such as "guest-shutdown". */
  #shutdownReason: string | undefined;
  /** Why QEMU could not go on with the image of a disk. */
  #diskError: string | undefined;
  #stopped = false;

  constructor(parts: MachineParts) {
    this.name = parts.name;
    this.#parts = parts;
    deliver(parts.serial, (chunk) => this.console.push(chunk));
    this.console.attach(parts.serial);
    parts.qmp.onEvent = (event, data) => {
      if (event === 'SHUTDOWN') this.#shutdownReason = String(data['reason']);
      // QEMU stops a guest whose disk it cannot write, and waits for somebody to make room. Nobody will.
      if (event === 'BLOCK_IO_ERROR' && data['action'] === 'stop') this.#endAfterDiskError(data);
    };
    this.#ended = parts.process.ended.then((end) => this.#finish(end));
  }

  addresses(signal: AbortSignal): Promise<Addresses> {
    return abortable(Promise.resolve(this.#parts.addresses), signal);
  }

  waitForPowerOff(signal: AbortSignal): Promise<PowerOff> {
    return abortable(this.#ended, signal);
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    const { process } = this.#parts;
    if (graceMs > 0) {
      await within(this.#tell('system_powerdown'), graceMs);
      if (await within(this.#ended, graceMs)) return;
    }
    // QEMU closes its images in an orderly way on `quit`, and on SIGTERM.
    await within(Promise.race([this.#tell('quit'), this.#ended]), QUIT_TIME);
    if (!(await within(this.#ended, QUIT_TIME))) await process.kill();
    await this.#ended;
  }

  #endAfterDiskError({ operation, reason }: Readonly<Record<string, unknown>>): void {
    const access = operation === 'read' ? 'reading' : 'writing';
    this.#diskError ??= `${access} the disk image failed: ${String(reason)}`;
    void this.#tell('quit');
  }

  keep(): void {
    this.#parts.process.release();
  }

  get byHand(): string {
    const { process, addresses } = this.#parts;
    const { host, port } = addresses.guest;
    return `(SSH: port ${port} of ${host}; stop it with: kill ${process.pid})`;
  }

  /** Sends a command to QEMU; that it is gone already is no error here. */
  async #tell(command: string): Promise<void> {
    await this.#parts.qmp.execute(command).catch(() => undefined);
  }

  async #finish(end: ProcessEnd): Promise<PowerOff> {
    const { serial, qmp, sockets, process } = this.#parts;
    if (!serial.closed) await within(once(serial, 'close'), DRAIN_TIME);
    this.console.close();
    qmp.close();
    await sockets.remove();
    if (this.#diskError !== undefined && !this.#stopped) return { cause: 'died', detail: this.#diskError };
    return powerOff(end, this.#stopped, this.#shutdownReason, process.stderrTail());
  }
}

function powerOff(end: ProcessEnd, stopped: boolean, reason: string | undefined, stderr: string): PowerOff {
  if (stopped) return { cause: 'stopped' };
  const said = lastLines(stderr, 5);
  if (end.exitCode !== 0) {
    return { cause: 'died', detail: `QEMU ${describeEnd(end)}${said === '' ? '' : `: ${said}`}` };
  }
  if (reason !== undefined && !reason.startsWith('guest-')) {
    return { cause: 'died', detail: `QEMU was told to end by somebody else (${reason})` };
  }
  if (reason === 'guest-panic') return { cause: 'died', detail: 'the guest reported a panic' };
  return { cause: 'guest' };
}
