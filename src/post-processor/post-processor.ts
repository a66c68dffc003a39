import type { Action } from '../plan/action.ts';
import type { Artifact } from '../plan/artifact.ts';
import type { BuildData, ShownBuildData } from '../plan/build-plan.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Ui } from '../plan/ui.ts';

/** A kind of post-processor block. `config` is the evaluated block, checked against `schema/post-processor-NAME.schema.json`. */
export interface PostProcessor {
  readonly type: string;
  /** Whether the input artifact stays: `always` overrides the template, `keep` and `discard` are defaults. */
  readonly keepInput: 'always' | 'keep' | 'discard';
  /** Throws with a full sentence on failure; then the input artifact is untouched and nothing half-made is left. */
  run(input: Artifact, config: JsonObject, context: PostProcessContext): Promise<Artifact>;
  /** Looks, before the build starts, for what `run` needs of this machine. Throws with a full sentence when it is missing. */
  check?(config: JsonObject, context: ShownContext): void;
  /** What `run` would do. Absent: only the block itself can be shown. */
  describe?(config: JsonObject, context: ShownContext): readonly Action[] | Promise<readonly Action[]>;
}

/** What is known of the context before the build runs. */
export type ShownContext = Pick<PostProcessContext, 'sourceName' | 'sourceType'> & {
  readonly data: ShownBuildData;
};

export interface PostProcessContext {
  readonly ui: Ui;
  readonly signal: AbortSignal;
  readonly data: BuildData;
  readonly sourceName: string;
  readonly sourceType: string;
  /** Full build name, for messages. */
  readonly buildName: string;
  /** A file by the path that Packer would give it: below output_directory as the template has that. */
  readonly givenPath: (path: string) => string;
  /** `-force` was given. */
  readonly force: boolean;
}
