import type { StepName } from './events.ts';

/**
 * One step of a build: small, and able to undo what it did. A step says how to undo a thing as soon as the thing exists; what it
 * has not said when it throws, it has removed itself.
 */
export interface Step<Context> {
  readonly name: StepName;
  run(context: Context, defer: Defer): Promise<void>;
  /**
   * Leaves out what has failed, when the person at the terminal says so: `rerun` when the step has more to do, `next` when the
   * build goes on with the next step. Absent: the build cannot go on without this step.
   */
  skipFailed?(context: Context): 'rerun' | 'next';
}

export type Defer = (undo: Undo) => void;

/** Runs at the end of the build, in reverse order, whether the build succeeded or not; it asks the context what is left to do. */
export interface Undo {
  /**
   * What stays when this does not run, with the way to remove it, such as "the folder /tmp/x (remove it with rm -r)". "" when
   * it ends with this process; undefined when there is nothing left to do.
   */
  leaves(): string | undefined;
  /** Called when it stays: nothing may remove it when this process ends. */
  keep?(): void;
  /** Removes it. Not cancellable; the runner limits its time. */
  run(): Promise<void>;
  /** Runs under `-on-error=run-cleanup-provisioner` as well. */
  readonly isCleanupProvisioner?: boolean;
  /** Milliseconds that it may take, where the runner's own limit is too short. */
  readonly limit?: number;
}
