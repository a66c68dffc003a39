import type { HttpRequest } from '../http/server.ts';
import type { Origin } from '../plan/build-plan.ts';
import type { BuildFailure } from './result.ts';

/**
 * What happens during a build, as data. Every view (human log, `-machine-readable`, JSON lines) is a subscriber of this one
 * stream. Sensitive texts are already removed from all strings: see `redact.ts`, the only place that does it.
 */
export type BuildEvent = EventHead & EventBody;

export interface EventHead {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Full name of the build, as in `BuildPlan.name`. */
  readonly build: string;
}

export type Outcome = 'success' | 'failure' | 'cancelled';

export type EventBody =
  | {
      readonly type: 'build-start';
      readonly sourceType: string;
      readonly sourceName: string;
      readonly origin: Origin;
      readonly hypervisor: string;
    }
  | {
      readonly type: 'build-end';
      readonly outcome: Outcome;
      /** Milliseconds. */
      readonly duration: number;
      readonly failure?: BuildFailure;
    }
  | { readonly type: 'step-start'; readonly step: StepName }
  | {
      readonly type: 'step-end';
      readonly step: StepName;
      readonly outcome: Outcome;
      /** Milliseconds. */
      readonly duration: number;
      /** First line of what went wrong. */
      readonly error?: string;
    }
  /** The undo of a step begins; only steps that have something to undo emit it. */
  | { readonly type: 'cleanup-start'; readonly step: StepName }
  | {
      readonly type: 'cleanup-end';
      readonly step: StepName;
      readonly duration: number;
      /** Set when something could not be removed: what, and how to remove it by hand. */
      readonly error?: string;
    }
  /** `-on-error=abort` (and its like) leaves the work of this step in place. */
  | { readonly type: 'cleanup-skipped'; readonly step: StepName }
  /** One sentence for the user. `scope`: type of the post-processor that speaks, absent otherwise. */
  | { readonly type: 'say'; readonly text: string; readonly scope?: string }
  | { readonly type: 'error'; readonly text: string; readonly scope?: string }
  /** One line printed by a command of the guest or of this machine, without its line end. */
  | {
      readonly type: 'output';
      readonly stream: 'stdout' | 'stderr';
      readonly line: string;
      readonly scope?: string;
    }
  /** A stretch of what the guest's serial console printed, escape sequences included. */
  | { readonly type: 'console'; readonly boot: BootPurpose; readonly text: string }
  /** One whole line of the serial console, without escape sequences and line end. */
  | { readonly type: 'console-line'; readonly boot: BootPurpose; readonly line: string }
  /** What is known while waiting, for a live status line: "TCP port open, no SSH banner yet". */
  | { readonly type: 'status'; readonly text: string }
  | ({ readonly type: 'http-request' } & HttpRequest)
  /** A program of this machine or a command line of the guest is run. */
  | {
      readonly type: 'command';
      /** Tells it from the other commands of the build. */
      readonly id: number;
      readonly where: 'host' | 'guest';
      readonly command: readonly string[];
    }
  /** That command has ended: with a status, by a signal, or `error` says why nothing else is known of its end. */
  | {
      readonly type: 'command-end';
      readonly id: number;
      readonly where: 'host' | 'guest';
      readonly status?: number;
      readonly signal?: string;
      readonly error?: string;
      /** Milliseconds. */
      readonly duration: number;
    }
  /** An attempt to reach the guest by SSH ended differently than the one before it. */
  | {
      readonly type: 'ssh-state';
      /** How far it came; `connected`: we are logged in. */
      readonly stage: 'tcp' | 'banner' | 'handshake' | 'authentication' | 'connected';
      readonly host: string;
      readonly port: number;
      readonly text: string;
      /** Ways to log in that the server offers, and those that were tried, in order. */
      readonly offered?: readonly string[];
      readonly tried?: readonly string[];
    }
  | {
      readonly type: 'provisioner-start';
      readonly provisioner: string;
      readonly name?: string;
      readonly origin: Origin;
      /** 1 for the first one of the build. */
      readonly index: number;
      /** 1 for the first attempt. */
      readonly attempt: number;
    }
  | {
      readonly type: 'provisioner-end';
      readonly provisioner: string;
      readonly name?: string;
      readonly index: number;
      readonly attempt: number;
      readonly outcome: Outcome;
      readonly duration: number;
      readonly error?: string;
    }
  | {
      readonly type: 'post-processor-start';
      readonly postProcessor: string;
      readonly name?: string;
      readonly origin: Origin;
    }
  | {
      readonly type: 'post-processor-end';
      readonly postProcessor: string;
      readonly name?: string;
      readonly outcome: Outcome;
      readonly duration: number;
      readonly error?: string;
    }
  | {
      readonly type: 'artifact';
      readonly builderId: string;
      readonly id: string;
      readonly files: readonly string[];
      readonly description: string;
    };

export type CommandEnd = Pick<EventBody & { readonly type: 'command-end' }, 'status' | 'signal' | 'error'>;

/** The boots of one build: the installer's, then that of the installed disk. */
export type BootPurpose = 'install' | 'provision';

/** Names of the executor's steps, in the order in which they run. */
export type StepName =
  | 'output directory'
  | 'cd image'
  | 'iso image'
  | 'temporary key'
  | 'disk'
  | 'start (install)'
  | 'http server'
  | 'generated files'
  | 'boot command'
  | 'install'
  | 'start (provision)'
  | 'connect'
  | 'provision'
  | 'clear keys'
  | 'shutdown'
  | 'image'
  | 'post-processors';
