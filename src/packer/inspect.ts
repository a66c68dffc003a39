import { justAttributes } from '../hcl/content.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { isSensitive } from '../hcl/value/marks.ts';
import type { Value } from '../hcl/value/value.ts';
import { constraintName } from '../hcl/value/type-ops.ts';
import type { Json } from '../plan/json.ts';
import { fullBuildName, readBuild } from './builds.ts';
import type { Configuration, RequiredPlugin, ScopedBlock } from './configuration.ts';
import { Evaluator } from './evaluator.ts';
import { inspectLegacy } from './legacy/inspect.ts';
import type { NamedValue } from './names.ts';
import { pluginStatus } from './plugin-status.ts';
import type { PluginStatus, UsedTypes } from './plugin-status.ts';
import { sortDiagnostics } from './problems.ts';
import { valueToJson } from './schema-values.ts';
import { isOurs } from './source-plan.ts';

/** What a template consists of, as plain data; nothing sensitive is in it. */
export interface Inspection {
  readonly requiredVersion: string | undefined;
  readonly requiredPlugins: readonly (RequiredPlugin & { readonly status: PluginStatus })[];
  readonly variables: readonly InspectedVariable[];
  readonly locals: readonly InspectedValue[];
  /** As `type.name`. */
  readonly dataSources: readonly string[];
  readonly sources: readonly InspectedSource[];
  readonly builds: readonly InspectedBuild[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface InspectedValue {
  readonly name: string;
  /** Undefined: it has no value, or the value is sensitive, or it is known during the build only. */
  readonly value: Json | undefined;
  readonly state: 'known' | 'unset' | 'sensitive';
}

export interface InspectedVariable extends InspectedValue {
  readonly type: string;
  readonly description: string;
  /** Where the value comes from: `default`, or a flag, file or name in the environment. Undefined when unset. */
  readonly origin: string | undefined;
}

export interface InspectedSource {
  readonly type: string;
  readonly name: string;
  /** False: a source of another builder, which is not built here. */
  readonly built: boolean;
}

export interface InspectedBuild {
  readonly name: string;
  readonly description: string;
  /** Full names, as `-only` matches them. */
  readonly sources: readonly string[];
  readonly provisioners: readonly InspectedStep[];
  readonly errorCleanupProvisioner: InspectedStep | undefined;
  readonly postProcessors: readonly (readonly InspectedStep[])[];
}

export interface InspectedStep {
  readonly type: string;
  /** Absent when it has none. */
  readonly name?: string;
}

/** Describes a configuration; what could not be evaluated is left out or empty. */
export function inspectConfiguration(configuration: Configuration): Inspection {
  const { names, functions, context } = configuration;
  const evaluator = new Evaluator(names, functions, context);
  const diagnostics: Diagnostic[] = [];
  const legacy = configuration.legacy && inspectLegacy(configuration, configuration.legacy);
  const blocks = configuration.builds.map((block): InspectedBuild => {
    const { build, diagnostics: found } = readBuild(block, configuration, evaluator);
    diagnostics.push(...found);
    const inspect = (step: ScopedBlock) => inspectStep(step, evaluator);
    return {
      name: build.name,
      description: build.description,
      sources: build.sources.map((use) => fullBuildName(build.name, use)),
      provisioners: build.provisioners.map(inspect),
      errorCleanupProvisioner: build.errorCleanup && inspect(build.errorCleanup),
      postProcessors: build.postProcessors.map((sequence) => sequence.map(inspect)),
    };
  });
  const builds = legacy?.builds ?? blocks;
  diagnostics.push(...(legacy?.diagnostics ?? []));
  return {
    requiredVersion: configuration.requiredVersion,
    requiredPlugins: configuration.requiredPlugins.map((plugin) => ({
      ...plugin,
      status: pluginStatus(plugin, usedTypes(configuration, builds)),
    })),
    variables: [...configuration.variables.values()].map(({ name, type, description, broken }) => {
      const named = names.variables.get(name);
      const inspected = inspectValue(name, named, broken);
      const origin = inspected.state === 'unset' ? undefined : (named?.origin ?? 'default');
      return { ...inspected, type: constraintName(type), description, origin };
    }),
    locals: configuration.locals.map(({ name }) => inspectValue(name, names.locals.get(name), false)),
    dataSources: configuration.dataSources.map(({ type, name }) => `${type}.${name}`),
    sources: [...(legacy?.sources ?? configuration.sourceBlocks.values())].map(({ type, name }) => ({
      type,
      name,
      built: isOurs(type),
    })),
    builds,
    diagnostics: sortDiagnostics(diagnostics, configuration.files),
  };
}

function usedTypes(configuration: Configuration, builds: readonly InspectedBuild[]): UsedTypes {
  const typesOf = (blocks: Iterable<{ readonly type: string }>) =>
    new Set([...blocks].map(({ type }) => type));
  return new Map([
    ['source', typesOf(configuration.sourceBlocks.values())],
    ['data', typesOf(configuration.dataSources)],
    ['provisioner', typesOf(builds.flatMap(({ provisioners }) => provisioners))],
    ['post-processor', typesOf(builds.flatMap(({ postProcessors }) => postProcessors.flat()))],
  ]);
}

function inspectValue(name: string, named: NamedValue | undefined, broken: boolean): InspectedValue {
  if (!named || broken || isUnset(named.value)) return { name, value: undefined, state: 'unset' };
  if (isSensitive(named.value)) return { name, value: undefined, state: 'sensitive' };
  return { name, value: valueToJson(named.value), state: 'known' };
}

/** A value that could not be computed is wholly unknown, and of no type. */
function isUnset({ type, content }: Value): boolean {
  return type.kind === 'dynamic' && typeof content === 'symbol';
}

function inspectStep({ block, names }: ScopedBlock, evaluator: Evaluator): InspectedStep {
  const type = block.labels[0] ?? '';
  const attribute = justAttributes(block.body).content.attributes.get('name');
  if (!attribute) return { type };
  const { value } = evaluator.with(names).evaluate(attribute.expression);
  // What is wrong with the name is the business of the check.
  const { content } = value;
  return typeof content === 'string' && content !== '' && !isSensitive(value)
    ? { type, name: content }
    : { type };
}
