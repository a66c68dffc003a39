import type { Hypervisor } from '../../hypervisor/hypervisor.ts';
import type { Action } from '../../plan/action.ts';
import type { BuildPlan, Origin, ShownBuildData } from '../../plan/build-plan.ts';
import type { BuildPaths } from '../context.ts';
import type { StepName } from '../events.ts';

/** Everything that a build would do, told without doing it. Free of secrets. */
export interface BuildPreview {
  /** Full name, as in `BuildPlan.name`. */
  readonly build: string;
  readonly origin: Origin;
  readonly hypervisor: string;
  /** What happens before the first step. */
  readonly before: readonly Action[];
  /** All steps in order, with those that are left out. */
  readonly steps: readonly StepPreview[];
  /** The files that are there when the build has succeeded. */
  readonly files: readonly { readonly path: string; readonly what: string }[];
}

export interface StepPreview {
  readonly step: StepName;
  /** Why it is left out, in a full sentence. */
  readonly skipped?: string;
  readonly actions: readonly Action[];
}

export interface PreviewOptions {
  readonly hypervisor: Hypervisor;
  /** `-force` */
  readonly force: boolean;
}

/** What the previews of the steps know. */
export interface PreviewContext extends PreviewOptions {
  readonly plan: BuildPlan;
  readonly paths: BuildPaths;
  /** The host as the guest calls it, and the port of the server; undefined without a server. */
  readonly http?: { readonly host: string; readonly port: string };
  readonly data: ShownBuildData;
}

/** Tells what a step does. */
export type StepDescription = (context: PreviewContext) => Promise<readonly Action[]> | readonly Action[];
