import type { JsonObject } from './json.ts';
import type { Problem } from './problem.ts';
import type { SshConfig } from './ssh-config.ts';
import type { VmmConfig } from './vmm-config.ts';

/**
 * One build, evaluated and checked: what `packer/` hands to `build/`. It holds plain data and no expressions;
 * the only thing left open is what depends on the running machine (`build.Host` …), behind `ProvisionerPlan.resolve`.
 */
export interface BuildPlan {
  /** Full name as Packer prints it and `-only` matches it: `[BUILDNAME.]TYPE.SOURCENAME`. */
  readonly name: string;
  /** `name` of the build block, "" if it has none. */
  readonly buildName: string;
  readonly source: SourcePlan;
  readonly provisioners: readonly ProvisionerPlan[];
  readonly errorCleanupProvisioner?: ProvisionerPlan;
  /** Sequences: each starts from the artifact of the builder, and in each the output of one feeds the next. */
  readonly postProcessors: readonly (readonly PostProcessorPlan[])[];
  /** Texts of the sensitive variables and locals (every string leaf): no output may show them. */
  readonly sensitive: readonly string[];
}

export interface SourcePlan {
  readonly type: 'vmm' | 'openbsd-vmm';
  readonly name: string;
  readonly origin: Origin;
  readonly config: VmmConfig;
  readonly ssh: SshConfig;
}

/** Where in the template something was written, for messages at run time. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Values of `build.*`, known once the machine runs (facts of Packer's contextual variables). */
export interface BuildData {
  readonly ID: string;
  readonly Host: string;
  readonly Port: number;
  readonly User: string;
  readonly Password: string;
  readonly ConnType: string;
  readonly PackerRunUUID: string;
  readonly PackerHTTPIP: string;
  readonly PackerHTTPPort: string;
  readonly PackerHTTPAddr: string;
  readonly SSHPublicKey: string;
  readonly SSHPrivateKey: string;
}

/** The names of `BuildData`, in the order in which messages list them. */
export const BUILD_DATA_NAMES = [
  'ID',
  'Host',
  'Port',
  'User',
  'Password',
  'ConnType',
  'PackerRunUUID',
  'PackerHTTPIP',
  'PackerHTTPPort',
  'PackerHTTPAddr',
  'SSHPublicKey',
  'SSHPrivateKey',
] as const satisfies readonly (keyof BuildData)[];

/** `BuildData`, or what is shown in place of it before the build runs. */
export type ShownBuildData = { readonly [Name in keyof BuildData]: string | number };

export type Resolved<T> =
  { readonly ok: true; readonly config: T } | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ProvisionerPlan {
  readonly type: string;
  readonly name?: string;
  readonly origin: Origin;
  /** Milliseconds; 0: none. */
  readonly pauseBefore: number;
  /** Milliseconds; 0: none. */
  readonly timeout: number;
  /** Extra attempts after the first failure. */
  readonly maxRetries: number;
  readonly continueOnError: boolean;
  /** Evaluates the block again with the real values of `build.*`. Attribute names as in the documentation, defaults filled in. */
  resolve(data: ShownBuildData): Resolved<JsonObject>;
}

export interface PostProcessorPlan {
  readonly type: string;
  readonly name?: string;
  readonly origin: Origin;
  /** As written; undefined: the post-processor's own default. */
  readonly keepInputArtifact?: boolean;
  resolve(data: ShownBuildData): Resolved<JsonObject>;
}
