import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { Configuration } from './configuration.ts';

/** Everything from outside the template that decides what it means. */
export interface LoadOptions {
  /** The current directory: paths in the template are relative to it, as in Packer. Absolute. */
  readonly cwd: string;
  /** The environment: `PKR_VAR_…`, and what `env()` reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `-var`, in order. */
  readonly vars?: readonly VarFlag[];
  /** `-var-file`, in order. */
  readonly varFiles?: readonly string[];
  /** How to read a template that ends in neither `.pkr.hcl` nor `.pkr.json`: `-config-type`. Default: `json`. */
  readonly configType?: 'json' | 'hcl2';
  /** Whether a variable file may set variables that nobody declares without a warning. Default: `warn`. */
  readonly undeclared?: 'warn' | 'ignore';
  /** `skip` leaves the outputs of data sources unknown, as Packer does while validating. Default: `skip`. */
  readonly dataSources?: 'run' | 'skip';
  /**
   * How severe it is when a file or directory is missing that must exist; `warning` when the build may run on another machine.
   * Default: `error`.
   */
  readonly missingFiles?: 'error' | 'warning';
  /** Stop after the syntax and the values of variables: `-syntax-only`. */
  readonly syntaxOnly?: boolean;
  /** Reads the standard input, for the operand `-`. */
  readonly stdin?: () => Promise<string>;
  /** Ends running data sources. */
  readonly signal?: AbortSignal;
}

export interface VarFlag {
  readonly name: string;
  readonly value: string;
}

export interface LoadResult {
  /** As much of the template as could be understood; present even when there are errors. */
  readonly configuration: Configuration;
  /** Sorted by place. */
  readonly diagnostics: readonly Diagnostic[];
  /** Every text that was read, by the name that diagnostics use: for excerpts. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface PlanOptions {
  /** Globs of `-only`. */
  readonly only?: readonly string[];
  /** Globs of `-except`. */
  readonly except?: readonly string[];
}

export interface PlanResult {
  /** The builds that can run, in the order of the template. Only those without errors. */
  readonly plans: readonly BuildPlan[];
  /** Full names of the selected builds that have errors. */
  readonly invalid: readonly string[];
  /** Sorted by place. */
  readonly diagnostics: readonly Diagnostic[];
}
