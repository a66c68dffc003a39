import type { Machine, PowerOff } from '../../hypervisor/hypervisor.ts';
import { within } from '../../lib/abort.ts';
import { BuildError } from '../failure.ts';
import type { ConsoleRecorder, Transcript } from '../console/transcript.ts';
import type { ConsoleWatch } from '../console/watch.ts';
import type { BootPurpose } from '../events.ts';

/** Milliseconds in which a guest that has printed its last words may go on printing. */
const AFTER_FATAL_TEXT = 1_500;

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
  #stuck = new AbortController();
  readonly #watch = new AbortController();
  readonly #console: ConsoleWatch;

  constructor(machine: Machine, boot: BootPurpose, transcript: Transcript, watch: ConsoleWatch) {
    this.#console = watch;
    this.machine = machine;
    this.boot = boot;
    this.ended = machine
      .waitForPowerOff(this.#watch.signal)
      .catch((error: Error): PowerOff => ({ cause: 'died', detail: error.message }))
      .then((end) => {
        this.end = end;
        // A guest that says why it gives up and goes has given the reason of its end.
        this.#over.abort((end.cause === 'guest' && this.deadEnd) || endError(end, boot));
        return end;
      });
    // Last, because it tells at once what has been printed so far.
    this.recorder = transcript.record(machine.console, boot, (line, isWhole) =>
      this.#watchFor(line, isWhole),
    );
  }

  #watchFor(line: string, isWhole: boolean): void {
    const before = this.#console.deadEnd;
    this.#console.look(line, isWhole);
    if (before !== undefined || this.#console.deadEnd === undefined) return;
    // What follows in the next moment, such as the rest of the line or a stack trace, belongs into the report; a machine that
    // ends then has said more.
    const stuck = this.#stuck;
    void within(this.ended, AFTER_FATAL_TEXT).then(() => {
      if (this.deadEnd !== undefined) stuck.abort(this.deadEnd);
    });
  }

  /** Why the guest cannot have done what it was to do, as its console shows; undefined when nothing there says so. */
  get deadEnd(): BuildError | undefined {
    const { deadEnd } = this.#console;
    return deadEnd && new BuildError(deadEnd.message, { hint: deadEnd.hint });
  }

  /** `signal`, which also aborts when the console shows that the guest will never go on. */
  unlessStuck(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#stuck.signal]);
  }

  /** `signal`, which also aborts when the machine ends or is stuck: for work that needs a running machine. */
  whileRunning(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#over.signal, this.#stuck.signal]);
  }

  /** `signal`, which also aborts when the machine ends. */
  unlessEnded(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, this.#over.signal]);
  }

  /** Somebody has helped the guest on, or wants to wait in spite of what it has shown. */
  forgetFatalText(): void {
    this.#stuck = new AbortController();
    this.#console.forget();
  }

  /** Ends the machine and everything that belongs to it. Idempotent. */
  async stop(graceMs: number): Promise<void> {
    await this.machine.stop(graceMs);
    this.#watch.abort(new Error('the machine was stopped'));
    await this.ended;
    await this.recorder.stop();
  }
}

/** What it means for work that needs the machine when it has ended. */
function endError(end: PowerOff, boot: BootPurpose): BuildError {
  const system = boot === 'install' ? 'The machine' : 'The machine with the installed system';
  if (end.cause === 'died') {
    return new BuildError(`${system} died${because(end)}`, {
      hint: 'See the console log and the log of the hypervisor (/var/log/daemon on OpenBSD).',
    });
  }
  return new BuildError(
    `${system} ${end.cause === 'guest' ? 'powered off' : 'was stopped'} before this step was done.`,
    { hint: 'See the end of the console log for the reason.' },
  );
}

/** The end of a sentence about a machine that died: what the hypervisor said. */
export function because({ detail }: PowerOff): string {
  if (detail === undefined) return '.';
  return `: ${detail}${/[.!?]$/.test(detail) ? '' : '.'}`;
}
