import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { hasErrors } from '../../hcl/diagnostic.ts';
import type { SourcePlan } from '../../plan/build-plan.ts';
import { TemplateError, renderTemplate } from '../../template/index.ts';
import type { Configuration } from '../configuration.ts';
import { originOf } from '../places.ts';
import { problem } from '../problems.ts';
import { checkSource } from '../rules/source.ts';
import { isOurs } from '../source-plan.ts';
import { sshConfigOf } from '../ssh-config.ts';
import { vmmConfigOf } from '../vmm-config.ts';
import { decodeLegacy, evidenceOf, inJson, undeclaredCalls } from './decode.ts';
import { builderRenderer } from './functions.ts';
import { jsonOf, startRangeOf } from './literals.ts';
import type { LegacyBlock } from './structure.ts';

/** A builder with its name. */
export interface NamedBuilder {
  readonly block: LegacyBlock;
  readonly type: string;
  /** With the values of variables in it: what `-only` and `-except` match. */
  readonly name: string;
  /** As it is written: what `only`, `except` and `override` name. */
  readonly writtenName: string;
  /** What reports call the build: `TYPE.NAME`, or the name alone where it is the type. */
  readonly buildName: string;
}

/** Reads the names of the builders; each must be another. */
export function nameBuilders(
  blocks: readonly LegacyBlock[],
  configuration: Configuration,
): { builders: NamedBuilder[]; diagnostics: Diagnostic[] } {
  const builders: NamedBuilder[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const block of blocks) {
    const writtenName = readName(block, diagnostics);
    const name = renderName(writtenName, block, configuration, diagnostics);
    const earlier = builders.find((one) => one.writtenName === writtenName || one.name === name);
    if (earlier) {
      const { filename, start } = earlier.block.headerRange;
      const detail = `There is a builder "${name}" already, at ${filename}:${start.line}. Give one of the two another name: "name": "NAME".`;
      const place = nameMember(block)?.range ?? block.headerRange;
      diagnostics.push(problem('source-duplicate', detail, place, { summary: 'Duplicate builder' }));
      continue;
    }
    const buildName = name === block.type ? name : `${block.type}.${name}`;
    builders.push({ block, type: block.type, name, writtenName, buildName });
  }
  return { builders, diagnostics };
}

function nameMember({ members }: LegacyBlock) {
  return members.find(({ name }) => name === 'name');
}

function readName(block: LegacyBlock, diagnostics: Diagnostic[]): string {
  const member = nameMember(block);
  if (!member) return block.type;
  const name = jsonOf(member.expression);
  if (name === null || name === '') return block.type;
  if (typeof name === 'string') return name;
  const detail = 'The name of a builder must be a text: "name": "NAME".';
  diagnostics.push(problem('value-wrong-type', detail, startRangeOf(member.expression)));
  return block.type;
}

function renderName(
  written: string,
  block: LegacyBlock,
  configuration: Configuration,
  diagnostics: Diagnostic[],
): string {
  const member = nameMember(block);
  if (!member || !written.includes('{{')) return written;
  const { functions } = builderRenderer({ type: block.type, name: written }, configuration);
  diagnostics.push(...undeclaredCalls(member.expression, configuration.names));
  try {
    return renderTemplate(written, {}, { functions });
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const values = evidenceOf(member.expression, configuration.names);
    diagnostics.push(problem('template-call-invalid', error.message, member.expression.range, { values }));
    return written;
  }
}

/** Evaluates and checks a builder of ours. */
export function planBuilder(
  { block, type, name, writtenName }: NamedBuilder,
  configuration: Configuration,
): { plan: SourcePlan | undefined; diagnostics: Diagnostic[] } {
  const { cwd, env, dataSources, missingFiles } = configuration.options;
  const title = `the builder "${writtenName}"`;
  const { headerRange } = block;
  const decoded = decodeLegacy({
    schema: 'source-vmm',
    title,
    headerRange,
    members: block.members.filter((member) => member.name !== 'name'),
    renderer: builderRenderer({ type, name }, configuration),
    configuration,
  });
  const rules = checkSource({
    block: decoded,
    title,
    headerRange,
    cwd,
    missingFiles,
    env,
    sources: configuration.sources,
    runsHere: dataSources === 'run',
  });
  const diagnostics = [...decoded.diagnostics, ...inJson(rules)];
  if (hasErrors(diagnostics) || !isOurs(type)) return { plan: undefined, diagnostics };
  const plan: SourcePlan = {
    type,
    name,
    origin: originOf(headerRange),
    config: vmmConfigOf(decoded, { cwd, env }),
    ssh: sshConfigOf(decoded, { cwd, env }),
  };
  return { plan, diagnostics };
}
