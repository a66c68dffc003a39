import { within } from '../lib/abort.ts';
import type { EventBody, Outcome, StepName } from './events.ts';
import type { GuestAccess } from './guest/access.ts';
import type { OnError, Prompt } from './options.ts';
import type { StepTiming } from './result.ts';
import type { Step, Undo } from './step.ts';

/** Milliseconds that one undo may take: a VM that ignores everything is killed within 10 s, the rest is quick. */
const UNDO_LIMIT = 20_000;

export interface RunnerOptions {
  readonly build: string;
  readonly onError: OnError;
  readonly signal: AbortSignal;
  readonly emit: (event: EventBody) => void;
  readonly prompt?: Prompt;
  /** The ways into the guest at the moment, for `prompt`. Default: none. */
  readonly access?: () => GuestAccess;
  /** Pause between the steps. */
  readonly debug?: boolean;
  /** Called when a step has failed, before anything is undone. */
  readonly onFailure: (failure: StepFailure) => Promise<void> | void;
  /** Called before a failed step is repeated or left out: the build is not failing any more. */
  readonly onRetry?: () => void;
  /** Milliseconds for one undo. Default: 20 s. */
  readonly undoLimit?: number;
}

export interface StepFailure {
  readonly step: StepName;
  readonly error: unknown;
}

export interface StepsResult {
  readonly outcome: Outcome;
  readonly failure?: StepFailure;
  readonly timings: readonly StepTiming[];
  /** What is still there, with the way to remove it. */
  readonly leftBehind: readonly string[];
}

/**
 * Runs the steps in order and undoes them in reverse: after a success, after a cancellation, and after a failure as the
 * on-error policy says. Never throws.
 */
export async function runSteps<Context>(
  steps: readonly Step<Context>[],
  context: Context,
  options: RunnerOptions,
): Promise<StepsResult> {
  const runner = new Runner(context, options);
  for (const step of steps) {
    if (!(await runner.runStep(step))) break;
  }
  await runner.undoAll();
  return runner.result();
}

class Runner<Context> {
  readonly #context: Context;
  readonly #options: RunnerOptions;
  readonly #undos: { readonly step: StepName; readonly undo: Undo }[] = [];
  readonly #timings: StepTiming[] = [];
  readonly #leftBehind: string[] = [];
  #failure: StepFailure | undefined;
  /** The failure came of the abort. Whoever interrupts the cleanup of a build that had failed is still to be told why. */
  #isCancelled = false;
  #keepWork = false;
  readonly #access: () => GuestAccess;

  constructor(context: Context, options: RunnerOptions) {
    this.#context = context;
    this.#access = options.access ?? (() => ({}));
    this.#options = options;
  }

  result(): StepsResult {
    return {
      outcome: this.#failure === undefined ? 'success' : this.#isCancelled ? 'cancelled' : 'failure',
      failure: this.#failure,
      timings: this.#timings,
      leftBehind: this.#leftBehind,
    };
  }

  /** True when the build goes on. */
  async runStep(step: Step<Context>): Promise<boolean> {
    for (;;) {
      const undosBefore = this.#undos.length;
      const error = await this.#attempt(step);
      if (error === undefined) {
        await this.#pause(`after step "${step.name}"`);
        return true;
      }
      this.#failure = { step: step.name, error };
      this.#isCancelled = this.#options.signal.aborted;
      await this.#options.onFailure(this.#failure);
      const decision = await this.#decide(step, error);
      if (decision === 'end') return false;
      this.#failure = undefined;
      this.#options.onRetry?.();
      if (decision === 'continue' && step.skipFailed?.(this.#context) === 'next') return true;
      await this.#undoAttempt(undosBefore);
    }
  }

  /** Before a step is repeated, what its last attempt has left is removed. */
  async #undoAttempt(undosBefore: number): Promise<void> {
    for (const { step, undo } of this.#undos.splice(undosBefore).reverse()) {
      if (undo.isCleanupProvisioner !== true && undo.leaves() !== undefined) await this.#undo(step, undo);
    }
  }

  /** Runs a step once; returns what it threw. */
  async #attempt(step: Step<Context>): Promise<unknown> {
    const { emit, signal } = this.#options;
    emit({ type: 'step-start', step: step.name });
    const start = performance.now();
    const finish = (outcome: Outcome, error?: string) => {
      const duration = performance.now() - start;
      this.#timings.push({ step: step.name, duration, outcome });
      emit({ type: 'step-end', step: step.name, outcome, duration, error });
    };
    try {
      signal.throwIfAborted();
      await step.run(this.#context, (undo) => this.#undos.push({ step: step.name, undo }));
      finish('success');
      return undefined;
    } catch (error) {
      finish(signal.aborted ? 'cancelled' : 'failure', firstLine(error));
      return error ?? new Error('unknown failure');
    }
  }

  /** What becomes of the work so far. A cancelled build is always cleaned up. */
  async #decide(step: Step<Context>, error: unknown): Promise<'end' | 'retry' | 'continue'> {
    const { onError, prompt, signal, build } = this.#options;
    if (signal.aborted) return 'end';
    if (onError === 'abort' || onError === 'run-cleanup-provisioner') this.#keepWork = true;
    if (onError !== 'ask' || prompt === undefined) return 'end';
    try {
      const mayContinue = step.skipFailed !== undefined;
      const question = {
        build,
        step: step.name,
        message: firstLine(error),
        mayContinue,
        access: this.#access,
      };
      const answer = await prompt.onError(question, signal);
      if (answer === 'retry' || (answer === 'continue' && mayContinue)) return answer;
      this.#keepWork = answer === 'abort';
    } catch {
      // Interrupted, or the terminal is gone: nobody wants to keep the work.
    }
    return 'end';
  }

  async #pause(where: string): Promise<void> {
    const { debug, prompt, signal } = this.#options;
    // An interrupt during the pause is seen by the next step.
    if (debug === true && !signal.aborted) await prompt?.pause(where, signal, this.#access()).catch(() => {});
  }

  async undoAll(): Promise<void> {
    for (const { step, undo } of this.#undos.reverse()) {
      const leaves = undo.leaves();
      if (leaves === undefined) continue;
      if (this.#isWanted(undo, leaves)) await this.#undo(step, undo);
      else this.#skip(step, undo);
    }
  }

  #isWanted(undo: Undo, leaves: string): boolean {
    if (!this.#keepWork) return true;
    if (undo.isCleanupProvisioner === true) return this.#options.onError === 'run-cleanup-provisioner';
    // What cannot outlive this process is of no use to anybody.
    return leaves === '';
  }

  #skip(step: StepName, undo: Undo): void {
    const leaves = undo.leaves();
    if (leaves && undo.isCleanupProvisioner !== true) this.#leftBehind.push(leaves);
    undo.keep?.();
    this.#options.emit({ type: 'cleanup-skipped', step });
  }

  async #undo(step: StepName, undo: Undo): Promise<void> {
    const { emit, undoLimit = UNDO_LIMIT } = this.#options;
    const limit = undo.limit ?? undoLimit;
    await this.#pause(`before the cleanup of step "${step}"`);
    emit({ type: 'cleanup-start', step });
    const start = performance.now();
    let error: string | undefined;
    try {
      // An undo that hangs must not keep the others from running.
      if (!(await within(undo.run(), limit))) error = `it did not end within ${limit / 1000} s`;
    } catch (cause) {
      error = firstLine(cause);
    }
    const leaves = undo.leaves();
    if (error !== undefined && leaves && undo.isCleanupProvisioner !== true) this.#leftBehind.push(leaves);
    emit({ type: 'cleanup-end', step, duration: performance.now() - start, error });
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? text;
}
