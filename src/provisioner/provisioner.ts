import type { Communicator } from '../communicator/communicator.ts';
import type { BuildData } from '../plan/build-plan.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Ui } from '../plan/ui.ts';

/** A kind of provisioner block. `config` is the evaluated block, checked against `schema/provisioner-NAME.schema.json`. */
export interface Provisioner {
  readonly type: string;
  /** Does the work; throws with a full sentence on failure. MUST end soon after `context.signal` aborts. */
  run(config: JsonObject, context: ProvisionContext): Promise<void>;
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
}
