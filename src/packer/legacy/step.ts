import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { hasErrors } from '../../hcl/diagnostic.ts';
import type { ContentAttribute } from '../../hcl/schema.ts';
import type { PostProcessorPlan, ProvisionerPlan, Resolved, ShownBuildData } from '../../plan/build-plan.ts';
import type { JsonObject } from '../../plan/json.ts';
import { blockSchema } from '../../schema/index.ts';
import type { Configuration } from '../configuration.ts';
import type { DecodedBlock } from '../decode.ts';
import { checkPaths, checkTransfer } from '../rules/files.ts';
import { originOf } from '../places.ts';
import { problem } from '../problems.ts';
import { problemOf } from '../step-block.ts';
import type { PlannedStep } from '../step-block.ts';
import { unsupportedPostProcessor, unsupportedProvisioner } from '../unsupported-types.ts';
import type { NamedBuilder } from './builder.ts';
import { decodeLegacy } from './decode.ts';
import { stepRenderer } from './functions.ts';
import { membersOf } from './literals.ts';
import { POST_PROCESSOR_MEMBERS, PROVISIONER_MEMBERS, readMembers } from './meta.ts';
import type { LegacyMeta } from './meta.ts';
import type { LegacyBlock } from './structure.ts';

/** Plans a provisioner, or the `error-cleanup-provisioner`, for one builder. */
export function planLegacyProvisioner(
  block: LegacyBlock,
  builder: NamedBuilder,
  configuration: Configuration,
): PlannedStep<ProvisionerPlan> {
  const { meta, diagnostics, resolve } = prepare(block, 'provisioner', builder, configuration);
  if (!meta.applies || hasErrors(diagnostics) || !resolve) return { plan: undefined, diagnostics };
  const { type, headerRange } = block;
  const { pauseBefore, timeout, maxRetries } = meta;
  const origin = originOf(headerRange);
  const plan = { type, origin, pauseBefore, timeout, maxRetries, continueOnError: false, resolve };
  return { plan, diagnostics };
}

/** Plans a post-processor for one builder. Its name, which `-except` matches, is its type unless it has one. */
export function planLegacyPostProcessor(
  block: LegacyBlock,
  builder: NamedBuilder,
  configuration: Configuration,
): PlannedStep<PostProcessorPlan> {
  const { meta, diagnostics, resolve } = prepare(block, 'post-processor', builder, configuration);
  if (!meta.applies || hasErrors(diagnostics) || !resolve) return { plan: undefined, diagnostics };
  const { type, headerRange } = block;
  const { name, keepInputArtifact } = meta;
  return { plan: { type, name, origin: originOf(headerRange), keepInputArtifact, resolve }, diagnostics };
}

interface Prepared {
  readonly meta: LegacyMeta;
  readonly diagnostics: readonly Diagnostic[];
  readonly resolve: ((data: ShownBuildData) => Resolved<JsonObject>) | undefined;
}

function prepare(
  block: LegacyBlock,
  kind: 'provisioner' | 'post-processor',
  builder: NamedBuilder,
  configuration: Configuration,
): Prepared {
  const { type, headerRange, typeRange } = block;
  const metaNames: readonly string[] = kind === 'provisioner' ? PROVISIONER_MEMBERS : POST_PROCESSOR_MEMBERS;
  const isMeta = ({ name }: ContentAttribute) => metaNames.includes(name);
  const { meta, diagnostics } = readMembers(block.members.filter(isMeta), builder, configuration);
  const schema = `${kind}-${type}`;
  if (blockSchema(schema) === undefined) {
    if (meta.applies) {
      const advice = kind === 'provisioner' ? unsupportedProvisioner(type) : unsupportedPostProcessor(type);
      diagnostics.push(problem(`${kind}-unsupported`, advice, typeRange));
    }
    return { meta, diagnostics, resolve: undefined };
  }
  const decode = (data: ShownBuildData | undefined): DecodedBlock =>
    decodeLegacy({
      schema,
      title: `the ${kind} "${type}"`,
      headerRange,
      members: block.members.filter((member) => !isMeta(member)),
      override: meta.override && membersOf(meta.override),
      renderer: stepRenderer(builder, configuration, data),
      configuration,
    });
  if (meta.applies) {
    const decoded = decode(undefined);
    diagnostics.push(...decoded.diagnostics, ...checkPaths(decoded, configuration.options));
    if (schema === 'provisioner-file') diagnostics.push(...checkTransfer(decoded, configuration.options));
  }
  const resolve = (data: ShownBuildData): Resolved<JsonObject> => {
    const decoded = decode(data);
    const errors = decoded.diagnostics.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) return { ok: false, problems: errors.map(problemOf) };
    return { ok: true, config: decoded.config };
  };
  return { meta, diagnostics, resolve };
}
