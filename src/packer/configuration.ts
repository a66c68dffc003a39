import type { ContentBlock } from '../hcl/schema.ts';
import type { CallContext, FunctionSpec } from '../hcl/functions/spec.ts';
import type { Range } from '../hcl/source.ts';
import type { Value } from '../hcl/value/value.ts';
import type { LoadOptions } from './api.ts';
import type { LegacyTemplate } from './legacy/structure.ts';
import type { Names } from './names.ts';
import type { Gaps } from './problems.ts';
import type { VariableDeclaration } from './variables.ts';

/** A template as it was loaded: what is evaluated, and the blocks that wait for a build. */
export interface Configuration extends Gaps {
  readonly options: LoadOptions;
  /** Names of the files, in load order. */
  readonly files: readonly string[];
  readonly sources: ReadonlyMap<string, string>;
  readonly names: Names;
  readonly functions: ReadonlyMap<string, FunctionSpec>;
  readonly context: CallContext;
  readonly variables: ReadonlyMap<string, VariableDeclaration>;
  readonly locals: readonly LocalDeclaration[];
  readonly dataSources: readonly DataDeclaration[];
  /** By `type.name`. */
  readonly sourceBlocks: ReadonlyMap<string, SourceBlock>;
  readonly builds: readonly ContentBlock[];
  /** The text of `packer { required_version }`. */
  readonly requiredVersion: string | undefined;
  readonly requiredPlugins: readonly RequiredPlugin[];
  /** Set for a legacy JSON template, which has no blocks. */
  readonly legacy?: LegacyTemplate;
}

export interface LocalDeclaration {
  readonly name: string;
  readonly sensitive: boolean;
  readonly range: Range;
}

export interface DataDeclaration {
  readonly type: string;
  readonly name: string;
  readonly block: ContentBlock;
}

export interface SourceBlock {
  readonly type: string;
  readonly name: string;
  readonly block: ContentBlock;
}

export interface RequiredPlugin {
  readonly name: string;
  readonly source: string | undefined;
  readonly version: string | undefined;
}

/** A block with the names that only its body knows: those of the `dynamic` blocks it comes from. */
export interface ScopedBlock {
  readonly block: ContentBlock;
  readonly names: Readonly<Record<string, Value>>;
}
