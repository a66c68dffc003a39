import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import type { ContentAttribute } from '../hcl/schema.ts';
import type { SourcePlan } from '../plan/build-plan.ts';
import { splitBody } from './bodies.ts';
import type { SplitBody } from './bodies.ts';
import type { SourceUse } from './builds.ts';
import type { Configuration, SourceBlock } from './configuration.ts';
import { attributesOfSchema, decodeBlock } from './decode.ts';
import type { Evaluator } from './evaluator.ts';
import { originOf } from './places.ts';
import { problem } from './problems.ts';
import { quotedReferences } from './quoted-references.ts';
import { checkSource } from './rules/source.ts';
import { sourceRenderer } from './template-context.ts';
import { sshConfigOf } from './ssh-config.ts';
import { vmmConfigOf } from './vmm-config.ts';

const SCHEMA = 'source-vmm';

/** The two names of the builder that this program is. */
export function isOurs(type: string): type is SourcePlan['type'] {
  return type === 'vmm' || type === 'openbsd-vmm';
}

/**
 * Evaluates and checks a source as a build uses it.
 * @param evaluator knows `source` already.
 */
export function planSource(
  { block, type, name }: SourceBlock,
  use: SourceUse | undefined,
  evaluator: Evaluator,
  configuration: Configuration,
): { plan: SourcePlan | undefined; diagnostics: Diagnostic[] } {
  const { cwd, env, dataSources, missingFiles } = configuration.options;
  const names = attributesOfSchema(SCHEMA);
  const title = `source "${type}" "${name}"`;
  const own = splitBody(block.body, names);
  const merged = use?.nested ? mergeNested(own, use, names, title) : { body: own, diagnostics: [] };
  const nestedEvaluator = use?.nested ? evaluator.with(use.nested.names) : evaluator;
  const ownNames = new Set(own.known.map((attribute) => attribute.name));
  const source = { type, name: use?.name ?? name };
  const decoded = decodeBlock({
    schema: SCHEMA,
    title,
    headerRange: block.headerRange,
    body: merged.body,
    evaluate: (attribute) =>
      (ownNames.has(attribute.name) ? evaluator : nestedEvaluator).evaluate(attribute.expression),
    evidence: (expression) => evaluator.evidence(expression),
    renderer: sourceRenderer(source, cwd),
    sources: configuration.sources,
  });
  const rules = checkSource({
    block: decoded,
    title,
    headerRange: block.headerRange,
    cwd,
    missingFiles,
    env,
    sources: configuration.sources,
    runsHere: dataSources === 'run',
  });
  const diagnostics = [
    ...merged.diagnostics,
    ...decoded.diagnostics,
    ...rules,
    ...quotedReferences(decoded, configuration.names),
  ];
  if (hasErrors(diagnostics) || !isOurs(type)) return { plan: undefined, diagnostics };
  const plan: SourcePlan = {
    type,
    name: source.name,
    origin: originOf(block.headerRange),
    config: vmmConfigOf(decoded, { cwd, env }),
    ssh: sshConfigOf(decoded, { cwd, env }),
  };
  return { plan, diagnostics };
}

/** A source block in a build adds arguments to the source; it cannot set one anew. */
function mergeNested(
  own: SplitBody,
  { nested }: SourceUse,
  names: readonly string[],
  title: string,
): { body: SplitBody; diagnostics: Diagnostic[] } {
  if (!nested) return { body: own, diagnostics: [] };
  const added = splitBody(nested.block.body, [...names, 'name']);
  const diagnostics: Diagnostic[] = [...added.diagnostics];
  const isNew = (attribute: ContentAttribute): boolean => {
    if (attribute.name === 'name') return false;
    const earlier = own.known.find(({ name }) => name === attribute.name);
    if (!earlier) return true;
    const { filename, start } = earlier.range;
    const detail = `${title} sets ${attribute.name} already, at ${filename}:${start.line}, and a build can only add arguments. Remove one of the two, or use a variable.`;
    diagnostics.push(problem('argument-duplicate', detail, attribute.nameRange));
    return false;
  };
  const body: SplitBody = {
    known: [...own.known, ...added.known.filter(isNew)],
    unknown: [...own.unknown, ...added.unknown],
    blocks: [...own.blocks, ...added.blocks],
    diagnostics: own.diagnostics,
  };
  return { body, diagnostics };
}
