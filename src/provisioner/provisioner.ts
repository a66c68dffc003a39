import type { Communicator } from '../communicator/communicator.ts';
import type { Action } from '../plan/action.ts';
import type { BuildData, ShownBuildData } from '../plan/build-plan.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Ui } from '../plan/ui.ts';

/** A kind of provisioner block. `config` is the evaluated block, checked against `schema/provisioner-NAME.schema.json`. */
export interface Provisioner {
  readonly type: string;
  /** Does the work; throws with a full sentence on failure. MUST end soon after `context.signal` aborts. */
  run(config: JsonObject, context: ProvisionContext): Promise<void>;
  /** What `run` would do, with the same command lines; it may read files. Absent: only the block itself can be shown. */
  describe?(config: JsonObject, context: ShownContext): Promise<readonly Action[]>;
}

/** What is known of the context before the build runs. */
export interface ShownContext {
  readonly data: ShownBuildData;
  readonly sourceName: string;
  readonly sourceType: string;
}

export interface ProvisionContext {
  readonly communicator: Communicator;
  readonly ui: Ui;
  readonly signal: AbortSignal;
  readonly data: BuildData;
  /** Name of the source block: `PACKER_BUILD_NAME`. */
  readonly sourceName: string;
  /** Type of the source block: `PACKER_BUILDER_TYPE`. */
  readonly sourceType: string;
  /** Shows a text and waits until the person at the terminal has pressed Enter; absent where there is none. */
  readonly pause?: (text: string, signal: AbortSignal) => Promise<void>;
}
