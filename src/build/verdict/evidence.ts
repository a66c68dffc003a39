import type { SourcePlan } from '../../plan/build-plan.ts';
import type { EventBody, StepName } from '../events.ts';
import type { HttpEvidence, OutputTail } from '../result.ts';

/** What is known when a step has failed: what the rules of the verdict look at. Texts are without secrets. */
export interface Evidence {
  readonly step: StepName;
  /** The build did not fail by itself: it was told to end. */
  readonly cancelled: boolean;
  readonly message: string;
  /** What the failure itself says to do. */
  readonly hint?: string;
  /** `errno` names of the error and of its causes. */
  readonly codes: readonly string[];
  readonly source: SourcePlan;
  readonly hypervisor: 'vmctl' | 'qemu';
  /** The last lines of the console, oldest first; absent when no machine has run. */
  readonly console?: readonly string[];
  /** Milliseconds since the console has printed anything. */
  readonly silence?: number;
  readonly http?: HttpEvidence;
  /** Requests that were refused because of the client's address. */
  readonly refusedClients: readonly string[];
  /** How far the last attempt to connect came. */
  readonly ssh?: EventBody & { readonly type: 'ssh-state' };
  /** The end of what the provisioner or post-processor printed that failed. */
  readonly output?: OutputTail;
  /** How the last command of the guest ended. */
  readonly commandEnd?: { readonly status?: number; readonly signal?: string };
}

/** A rule of the verdict: what the evidence means, if it means this. */
export interface Rule {
  /** Stays the same from version to version. */
  readonly name: string;
  judge(evidence: Evidence): Judgement | undefined;
}

export interface Judgement {
  /** The most probable cause, in full sentences. */
  readonly cause: string;
  /** The next thing to try. */
  readonly next: string;
}
