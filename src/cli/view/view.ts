import type { BuildEvent } from '../../build/events.ts';
import type { RunResult } from '../../build/result.ts';
import type { BuildPlan } from '../../plan/build-plan.ts';

/** One way to show a run of builds. */
export interface View {
  /** A message that belongs to no build. */
  say(text: string): void;
  error(text: string): void;
  event(event: BuildEvent): void;
  /** Says how it ended. `duration`: of the whole run, in milliseconds. */
  finish(
    result: RunResult,
    duration: number,
    plans: readonly BuildPlan[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Gives the terminal free for a question, and takes it back. */
  suspend(): void;
  resume(): void;
}
