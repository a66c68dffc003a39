import type { Machine, PowerOff } from '../hypervisor/hypervisor.ts';
import { BuildError } from './failure.ts';
import type { ConsoleRecorder } from './console-recorder.ts';
import type { BootPurpose } from './events.ts';

/** A running machine, its recorded console, and its end: known to everybody who waits for anything, once it has come. */
export class BootedMachine {
  readonly machine: Machine;
  readonly boot: BootPurpose;
  readonly recorder: ConsoleRecorder;
  /** Resolves with the machine's end. Never rejects: a driver that loses track of the machine counts as its death. */
  readonly ended: Promise<PowerOff>;
  /** How it ended; undefined while it runs. */
  end: PowerOff | undefined;
  readonly #over = new AbortController();
  readonly #watch = new AbortController();

  constructor(machine: Machine, boot: BootPurpose, recorder: ConsoleRecorder) {
    this.machine = machine;
    this.boot = boot;
    this.recorder = recorder;
    this.ended = machine
      .waitForPowerOff(this.#watch.signal)
      .catch((error: Error): PowerOff => ({ cause: 'died', detail: error.message }))
      .then((end) => {
        this.end = end;
        this.#over.abort(endError(end, boot));
        return end;
      });
  }

  /** `signal`, which also aborts when the machine ends: for work that needs a running machine. */
  whileRunning(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#over.signal]);
  }

  /** Ends the machine and everything that belongs to it. Idempotent. */
  async stop(graceMs: number): Promise<void> {
    await this.machine.stop(graceMs);
    this.#watch.abort(new Error('the machine was stopped'));
    await this.ended;
    this.recorder.stop();
  }
}

/** What it means for work that needs the machine when it has ended. */
function endError(end: PowerOff, boot: BootPurpose): BuildError {
  const system = boot === 'install' ? 'The machine' : 'The machine with the installed system';
  if (end.cause === 'died') {
    return new BuildError(`${system} died${end.detail === undefined ? '.' : `: ${end.detail}`}`, {
      hint: 'See the console log and the log of the hypervisor (/var/log/daemon on OpenBSD).',
    });
  }
  return new BuildError(
    `${system} ${end.cause === 'guest' ? 'powered off' : 'was stopped'} before this step was done.`,
    { hint: 'See the end of the console log for the reason.' },
  );
}
