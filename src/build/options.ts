import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import type { BuildEvent, StepName } from './events.ts';
import type { GuestAccess } from './guest/access.ts';
import type { BuildFailure, BuildResult } from './result.ts';

/** `-on-error`: what becomes of the work of earlier steps when one fails. */
export type OnError = 'cleanup' | 'abort' | 'ask' | 'run-cleanup-provisioner';

export interface RunOptions {
  readonly hypervisor: Hypervisor;
  /** `-force`: replace an existing image. It is replaced only when the new one is complete. */
  readonly force: boolean;
  readonly onError: OnError;
  /** `-parallel-builds`: how many builds run at once; 0: all of them. */
  readonly parallel: number;
  /** Aborted by Ctrl-C. The builds end, undo what they did, and are reported as cancelled. */
  readonly signal: AbortSignal;
  /** Receives every event, in order, synchronously, without secrets. MUST NOT throw. */
  readonly onEvent: (event: BuildEvent) => void;
  /** UUID of this run: `build.PackerRunUUID`, the manifest's `packer_run_uuid`, PACKER_RUN_UUID of local scripts. */
  readonly runUuid: string;
  /** `-debug`: builds run one by one and `prompt.pause` is called between the steps. */
  readonly debug?: boolean;
  /** Folder of the sockets at which `vmm-hcl attach` finds the consoles of the builds; absent: they are shown to nobody. */
  readonly consoleFolder?: string;
  /** Where a build fails, a folder with the evidence is written; absent: none is. */
  readonly dossier?: DossierOptions;
  /** Needed by `-on-error=ask`, `-debug` and the breakpoint provisioner; absent where nobody can answer. */
  readonly prompt?: Prompt;
}

export interface DossierOptions {
  /** Name and version of this program. */
  readonly program: string;
  /** The verdict as text. */
  readonly report: (build: BuildResult, failure: BuildFailure) => string;
}

/** Why a run was told to end. */
export class Cancellation extends Error {
  override name = 'Cancellation';
  constructor(
    message: string,
    /** Somebody at the terminal did it, and knows why; otherwise the evidence is told as for a failure. */
    readonly byPerson: boolean,
  ) {
    super(message);
  }
}

/** Whether whoever ended the run by `signal` knows why it ended. */
export function isByPerson({ reason }: AbortSignal): boolean {
  return !(reason instanceof Cancellation) || reason.byPerson;
}

/** The person at the terminal. Every question ends when its signal aborts. */
export interface Prompt {
  /** A step failed. */
  onError(question: ErrorQuestion, signal: AbortSignal): Promise<ErrorAnswer>;
  /** Waits until the person has pressed Enter, who may have a look into the guest first. */
  pause(text: string, signal: AbortSignal, access: GuestAccess): Promise<void>;
}

/**
 * `cleanup` and `abort` end the build. `retry` runs the step again, the provisioners from the one that failed; `continue` goes on
 * without what failed, and is only allowed where `ErrorQuestion.mayContinue` says so.
 */
export type ErrorAnswer = 'cleanup' | 'abort' | 'retry' | 'continue';

export interface ErrorQuestion {
  readonly build: string;
  readonly step: StepName;
  readonly message: string;
  readonly mayContinue: boolean;
  /** The ways into the guest at this moment. */
  access(): GuestAccess;
}
