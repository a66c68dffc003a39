import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import type { ContentAttribute } from '../hcl/schema.ts';
import { tupleValue } from '../hcl/value/construct.ts';
import { isKnown } from '../hcl/value/access.ts';
import type { Evaluation } from '../hcl/functions/spec.ts';
import type { Value } from '../hcl/value/value.ts';
import type { ShownBuildData, PostProcessorPlan, ProvisionerPlan, Resolved } from '../plan/build-plan.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Problem } from '../plan/problem.ts';
import { blockSchema } from '../schema/index.ts';
import { splitBody } from './bodies.ts';
import type { SplitBody } from './bodies.ts';
import type { Configuration, ScopedBlock } from './configuration.ts';
import { attributesOfSchema, decodeBlock } from './decode.ts';
import type { DecodedBlock } from './decode.ts';
import type { Evaluator } from './evaluator.ts';
import { checkPaths, checkTransfer } from './rules/files.ts';
import { POST_PROCESSOR_META, PROVISIONER_META, readMeta } from './meta-arguments.ts';
import type { MetaArguments } from './meta-arguments.ts';
import { buildNameValue, buildValue } from './names.ts';
import type { SourceNames } from './names.ts';
import { keyRange, originOf, partOf } from './places.ts';
import { problem } from './problems.ts';
import { quotedReferences } from './quoted-references.ts';
import { buildRenderer } from './template-context.ts';
import { unsupportedPostProcessor, unsupportedProvisioner } from './unsupported-types.ts';

/** A build as its provisioners and post-processors see it. */
export interface StepContext {
  readonly configuration: Configuration;
  /** Knows the dynamic names of no block yet, nor `source` and `build`. */
  readonly evaluator: Evaluator;
  readonly source: SourceNames;
  readonly sourceValue: Value;
  readonly buildName: string;
  /** `type.name` of all sources of the build. */
  readonly allSources: readonly string[];
}

export interface PlannedStep<T> {
  /** Undefined: it does not apply to this source, or has errors. */
  readonly plan: T | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Plans a `provisioner` or an `error-cleanup-provisioner` for one source. */
export function planProvisioner(scoped: ScopedBlock, context: StepContext): PlannedStep<ProvisionerPlan> {
  const step = prepareStep(scoped, 'provisioner', context);
  const { meta, type, diagnostics, resolve } = step;
  if (!meta.applies || hasErrors(diagnostics) || !resolve) return { plan: undefined, diagnostics };
  const plan: ProvisionerPlan = {
    type,
    name: meta.name,
    origin: originOf(scoped.block.headerRange),
    pauseBefore: meta.pauseBefore,
    timeout: meta.timeout,
    maxRetries: meta.maxRetries,
    continueOnError: meta.continueOnError,
    resolve,
  };
  return { plan, diagnostics };
}

/** Plans a `post-processor` for one source. */
export function planPostProcessor(scoped: ScopedBlock, context: StepContext): PlannedStep<PostProcessorPlan> {
  const { meta, type, diagnostics, resolve } = prepareStep(scoped, 'post-processor', context);
  if (!meta.applies || hasErrors(diagnostics) || !resolve) return { plan: undefined, diagnostics };
  const plan: PostProcessorPlan = {
    type,
    name: meta.name,
    origin: originOf(scoped.block.headerRange),
    keepInputArtifact: meta.keepInputArtifact,
    resolve,
  };
  return { plan, diagnostics };
}

interface PreparedStep {
  readonly type: string;
  readonly meta: MetaArguments;
  readonly diagnostics: readonly Diagnostic[];
  readonly resolve: ((data: ShownBuildData) => Resolved<JsonObject>) | undefined;
}

function prepareStep(
  { block, names }: ScopedBlock,
  kind: 'provisioner' | 'post-processor',
  context: StepContext,
): PreparedStep {
  const type = block.labels[0] ?? '';
  const schema = `${kind}-${type}`;
  const metaNames: readonly string[] = kind === 'provisioner' ? PROVISIONER_META : POST_PROCESSOR_META;
  const isSupported = blockSchema(schema) !== undefined;
  const body = splitBody(block.body, [...metaNames, ...attributesOfSchema(schema)]);
  const evaluator = context.evaluator.with({ ...names, source: context.sourceValue });
  const isMeta = ({ name }: ContentAttribute) => metaNames.includes(name);
  const { meta, diagnostics: metaDiagnostics } = readMeta(body.known.filter(isMeta), {
    evaluator: evaluator.with({ build: buildNameValue(context.buildName) }),
    source: `${context.source.type}.${context.source.name}`,
    sourceName: context.source.name,
    allSources: context.allSources,
  });
  const diagnostics = [...metaDiagnostics];
  if (!isSupported) {
    if (meta.applies) {
      const advice = kind === 'provisioner' ? unsupportedProvisioner(type) : unsupportedPostProcessor(type);
      diagnostics.push(problem(`${kind}-unsupported`, advice, block.labelRanges[0] ?? block.headerRange));
    }
    return { type, meta, diagnostics, resolve: undefined };
  }
  const own: SplitBody = { ...body, known: body.known.filter((attribute) => !isMeta(attribute)) };
  const decode = (data: ShownBuildData | undefined): DecodedBlock =>
    decodeStep(schema, `${block.type} "${type}"`, block.headerRange, own, meta, context, {
      evaluator: evaluator.with({ build: buildValue(context.buildName, data) }),
      data,
    });
  if (meta.applies) {
    const decoded = decode(undefined);
    diagnostics.push(...decoded.diagnostics, ...checkPaths(decoded, context.configuration.options));
    diagnostics.push(...quotedReferences(decoded, context.configuration.names));
    if (schema === 'provisioner-file')
      diagnostics.push(...checkTransfer(decoded, context.configuration.options));
  }
  const resolve = (data: ShownBuildData): Resolved<JsonObject> => {
    const decoded = decode(data);
    const errors = decoded.diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) return { ok: false, problems: errors.map(problemOf) };
    return { ok: true, config: decoded.config };
  };
  return { type, meta, diagnostics, resolve };
}

function decodeStep(
  schema: string,
  title: string,
  headerRange: ScopedBlock['block']['headerRange'],
  body: SplitBody,
  meta: MetaArguments,
  { configuration, source }: StepContext,
  { evaluator, data }: { evaluator: Evaluator; data: ShownBuildData | undefined },
): DecodedBlock {
  const overridden = overrides(body, meta, source.name, attributesOfSchema(schema));
  return decodeBlock({
    schema,
    title,
    headerRange,
    body: overridden.body,
    evaluate: (attribute) => {
      const value = overridden.values.get(attribute.name);
      if (!value) return evaluator.evaluate(attribute.expression);
      const written = body.known.find(({ name }) => name === attribute.name);
      return mergeOverride(value, written && evaluator.evaluate(written.expression));
    },
    evidence: (expression) => evaluator.evidence(expression),
    renderer: buildRenderer(source, configuration.options.cwd, data),
    sources: configuration.sources,
  });
}

/** Puts the options of `override` in the place of those of the body. */
function overrides(
  body: SplitBody,
  { override, overrideAttribute }: MetaArguments,
  sourceName: string,
  names: readonly string[],
): { body: SplitBody; values: ReadonlyMap<string, Value> } {
  if (override.size === 0 || !overrideAttribute) return { body, values: override };
  const options = partOf(overrideAttribute.expression, [sourceName]);
  const replaced = [...override.keys()].map((name): ContentAttribute => {
    const expression = partOf(options, [name]);
    return { name, expression, range: expression.range, nameRange: keyRange(options, name) };
  });
  const isKnownName = ({ name }: ContentAttribute) => names.includes(name);
  return {
    values: override,
    body: {
      ...body,
      known: [...body.known.filter(({ name }) => !override.has(name)), ...replaced.filter(isKnownName)],
      unknown: [...body.unknown, ...replaced.filter((attribute) => !isKnownName(attribute))],
    },
  };
}

/** A list that replaces a longer one leaves the tail of that, as in Packer. */
function mergeOverride(value: Value, written: Evaluation | undefined): Evaluation {
  const isList = (one: Value) => Array.isArray(one.content) && isKnown(one);
  if (!written || !isList(value) || !isList(written.value)) return { value, diagnostics: [] };
  const head = value.content as readonly Value[];
  const tail = (written.value.content as readonly Value[]).slice(head.length);
  return { value: tail.length > 0 ? tupleValue([...head, ...tail]) : value, diagnostics: [] };
}

/** A problem at run time, placed. */
export function problemOf({ summary, detail, subject }: Diagnostic): Problem {
  return {
    summary,
    detail,
    file: subject?.filename,
    line: subject?.start.line,
    column: subject?.start.column,
  };
}
