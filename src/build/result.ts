import type { Evidence } from '../http/evidence.ts';
import type { Artifact } from '../plan/artifact.ts';
import type { Origin } from '../plan/build-plan.ts';
import type { Problem } from '../plan/problem.ts';
import type { Outcome, StepName } from './events.ts';

/** What came of a run of builds. */
export interface RunResult {
  /** In the order of the plans. A build that never started because the run was cancelled is `cancelled` without steps. */
  readonly builds: readonly BuildResult[];
  /** A build was cancelled. Not set when the signal came too late for all of them. */
  readonly cancelled: boolean;
}

export interface BuildResult {
  readonly name: string;
  readonly outcome: Outcome;
  /** Milliseconds. */
  readonly duration: number;
  /** The steps that ran, in order. */
  readonly steps: readonly StepTiming[];
  /** What the build hands over: the image, then what post-processors made. Also set when only a post-processor failed. */
  readonly artifacts: readonly Artifact[];
  readonly failure?: BuildFailure;
}

export interface StepTiming {
  readonly step: StepName;
  /** Milliseconds. */
  readonly duration: number;
  readonly outcome: Outcome;
}

/** The message of a build that somebody has cancelled, who knows why. */
export const CANCELLED = 'The build was cancelled.';

/** Why a build failed, with the evidence. All texts are free of secrets. */
export interface BuildFailure {
  /** Absent when the build failed outside its steps. */
  readonly step?: StepName;
  /** Full sentences: what happened and why. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
  /** Set when the cause stands in the template. */
  readonly origin?: Origin;
  readonly problems?: readonly Problem[];
  /** The last lines of the console of the boot that failed, oldest first, without escape sequences. */
  readonly consoleTail?: readonly string[];
  /** Where the whole console transcript is. */
  readonly consoleLog?: string;
  readonly http?: HttpEvidence;
  /** The end of what the provisioner or post-processor printed that failed. */
  readonly output?: OutputTail;
  /** How far the last attempt to connect by SSH came, when that is where it failed. */
  readonly ssh?: { readonly host: string; readonly port: number; readonly text: string };
  /** What the evidence means, where that is known. */
  readonly verdict?: Verdict;
  /** The folder with all the evidence, absolute. */
  readonly dossier?: string;
  /** Why there is no such folder, or not all of it. */
  readonly dossierProblem?: string;
  /** What is still there, and how to remove it; empty when everything was cleaned up. */
  readonly leftBehind: readonly string[];
  /** The failure is a bug of this program. `stack` is for `PACKER_LOG=1`. */
  readonly internal?: { readonly stack: string };
}

export interface OutputTail {
  /** Who printed it, such as "the provisioner shell". */
  readonly of: string;
  readonly lines: readonly string[];
}

export interface Verdict {
  /** Name of the rule; stays the same from version to version. */
  readonly rule: string;
  /** The most probable cause, in full sentences. */
  readonly cause: string;
  /** The next thing to try. */
  readonly next: string;
}

/** What the installer did, and did not, ask the HTTP server for. */
export interface HttpEvidence extends Evidence {
  /** Base URL as the guest sees it, without a slash at its end. */
  readonly url: string;
}
