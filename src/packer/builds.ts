import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { evaluate } from '../hcl/eval/evaluate.ts';
import { contentProblem } from '../hcl/schema.ts';
import type { ContentAttribute, ContentBlock } from '../hcl/schema.ts';
import type { Range } from '../hcl/source.ts';
import { didYouMean } from '../hcl/suggestion.ts';
import { ConversionError, convert } from '../hcl/value/convert.ts';
import { listType, STRING } from '../hcl/value/type.ts';
import { isSensitive } from '../hcl/value/marks.ts';
import type { Value } from '../hcl/value/value.ts';
import { contentOf } from './bodies.ts';
import type { Configuration, ScopedBlock } from './configuration.ts';
import { expandDynamic } from './dynamic.ts';
import type { Evaluator } from './evaluator.ts';
import { literalText, partOf } from './places.ts';
import { problem } from './problems.ts';

/** A `build` block, with its dynamic blocks expanded. */
export interface BuildDefinition {
  /** "" if it has none. */
  readonly name: string;
  readonly description: string;
  readonly sources: readonly SourceUse[];
  /** In file order. */
  readonly provisioners: readonly ScopedBlock[];
  readonly errorCleanup: ScopedBlock | undefined;
  /** Each sequence; a `post-processor` of the build itself is one of length 1. */
  readonly postProcessors: readonly (readonly ScopedBlock[])[];
}

/** The full name of a build, which `-only` matches: `[BUILDNAME.]TYPE.SOURCENAME`. */
export function fullBuildName(buildName: string, { type, name }: Pick<SourceUse, 'type' | 'name'>): string {
  return [buildName, type, name].filter((part) => part !== '').join('.');
}

/** A source that a build uses. */
export interface SourceUse {
  readonly type: string;
  /** Name of the source block. */
  readonly sourceName: string;
  /** Name in this build: that of the nested block, else that of the source. */
  readonly name: string;
  /** Where the build refers to it. */
  readonly range: Range;
  /** The block in the build that adds to the source. */
  readonly nested: ScopedBlock | undefined;
}

const LABELS: Readonly<Record<string, readonly string[]>> = {
  source: ['reference'],
  provisioner: ['type'],
  'error-cleanup-provisioner': ['type'],
  'post-processor': ['type'],
  'post-processors': [],
  hcp_packer_registry: [],
};

/** Reads a `build` block. */
export function readBuild(
  block: ContentBlock,
  configuration: Configuration,
  evaluator: Evaluator,
): { build: BuildDefinition; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const content = contentOf(block.body, {
    attributes: ['name', 'description', 'sources'],
    blocks: { ...LABELS, dynamic: ['type'] },
  });
  diagnostics.push(...content.diagnostics);
  const expanded = expandDynamic(content.blocks, evaluator);
  diagnostics.push(...expanded.diagnostics);
  const blocks = expanded.blocks.filter((one) => isWellFormed(one, LABELS, diagnostics));
  const ofType = (type: string) => blocks.filter((one) => one.block.type === type);
  const [errorCleanup, second] = ofType('error-cleanup-provisioner');
  if (second) {
    const detail = 'A build has at most one error-cleanup-provisioner. Remove this one, or join the two.';
    diagnostics.push(problem('error-cleanup-duplicate', detail, second.block.headerRange));
  }
  // `source = …` is reported as what it is.
  const meantSources = content.diagnostics.some(
    ({ code, detail }) => code === 'unsupported-argument' && detail.includes('"sources"'),
  );
  const sourcesAttribute = content.attributes.get('sources');
  const build: BuildDefinition = {
    name: readText(content.attributes.get('name'), evaluator, diagnostics),
    description: readText(content.attributes.get('description'), evaluator, diagnostics),
    sources: [
      ...readSources(sourcesAttribute, configuration, evaluator, diagnostics),
      ...ofType('source').flatMap((one) => readNested(one, configuration, diagnostics)),
    ],
    provisioners: ofType('provisioner'),
    errorCleanup,
    postProcessors: blocks.flatMap((one) => readSequence(one, evaluator, diagnostics)),
  };
  if (!sourcesAttribute && !meantSources && ofType('source').length === 0 && !expanded.incomplete) {
    const [example = 'vmm.NAME'] = configuration.sourceBlocks.keys();
    const detail = `The build names no source, so there is nothing to build. Add, for example: sources = ["source.${example}"].`;
    diagnostics.push(problem('sources-missing', detail, block.headerRange));
  }
  return { build, diagnostics };
}

/** Blocks that come from dynamic ones have not been checked against the shape of a build. */
function isWellFormed(
  { block }: ScopedBlock,
  shape: Readonly<Record<string, readonly string[]>>,
  diagnostics: Diagnostic[],
): boolean {
  const labels = Object.hasOwn(shape, block.type) ? shape[block.type] : undefined;
  if (labels && labels.length === block.labels.length) return true;
  const form = labels?.map((label) => `"${label.toUpperCase()}"`).join(', ');
  const detail = labels
    ? `This dynamic block makes blocks of type "${block.type}" with the wrong number of labels. Set labels = [${form}].`
    : `A dynamic block cannot make blocks of type "${block.type}" here.${didYouMean(block.type, Object.keys(shape))}`;
  diagnostics.push(contentProblem(labels ? 'missing-label' : 'unsupported-block', detail, block.typeRange));
  return false;
}

function readText(
  attribute: ContentAttribute | undefined,
  evaluator: Evaluator,
  diagnostics: Diagnostic[],
): string {
  if (!attribute) return '';
  const content = convertOrReport(attribute, STRING, evaluator, diagnostics)?.content;
  return typeof content === 'string' ? content : '';
}

/** Evaluates an attribute to a type; undefined after an error, which is reported. */
export function convertOrReport(
  { name, expression }: ContentAttribute,
  type: Parameters<typeof convert>[1],
  evaluator: Evaluator,
  diagnostics: Diagnostic[],
): Value | undefined {
  const { value, diagnostics: found } = evaluator.evaluate(expression);
  diagnostics.push(...found);
  if (hasErrors(found)) return undefined;
  try {
    return convert(value, type);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const text = type.kind === 'list' ? literalText(expression) : undefined;
    const advice = text === undefined ? '' : ` Put it into brackets: ${name} = ["${text}"].`;
    const detail = `Inappropriate value for ${name}: ${error.describe()}.${advice}`;
    const values = evaluator.evidence(expression);
    diagnostics.push(problem('value-wrong-type', detail, expression.range, { values }));
    return undefined;
  }
}

function readSources(
  attribute: ContentAttribute | undefined,
  configuration: Configuration,
  evaluator: Evaluator,
  diagnostics: Diagnostic[],
): SourceUse[] {
  if (!attribute) return [];
  const list = convertOrReport(attribute, listType(STRING), evaluator, diagnostics);
  if (!Array.isArray(list?.content)) return [];
  return (list.content as readonly Value[]).flatMap((element, at) => {
    const { content } = element;
    if (typeof content !== 'string') return [];
    const range = partOf(attribute.expression, [String(at)]).range;
    const reference = findSource(
      content,
      range,
      configuration,
      diagnostics,
      isSensitive(list) || isSensitive(element),
    );
    return reference ? [{ ...reference, name: reference.sourceName, range, nested: undefined }] : [];
  });
}

function readNested(
  scoped: ScopedBlock,
  configuration: Configuration,
  diagnostics: Diagnostic[],
): SourceUse[] {
  const { block } = scoped;
  const range = block.labelRanges[0] ?? block.headerRange;
  const reference = findSource(block.labels[0] ?? '', range, configuration, diagnostics);
  if (!reference) return [];
  const name = readNestedName(scoped, diagnostics);
  return [{ ...reference, name: name ?? reference.sourceName, range, nested: scoped }];
}

/** A name may refer to the iterator of the dynamic block that made the source, and to nothing else. */
function readNestedName(scoped: ScopedBlock, diagnostics: Diagnostic[]): string | undefined {
  const attribute = contentNamed(scoped);
  if (!attribute) return undefined;
  const literal = literalText(attribute.expression);
  if (literal !== undefined) return literal;
  const { value, diagnostics: found } = evaluate(attribute.expression, {
    variables: new Map(Object.entries(scoped.names)),
  });
  if (!hasErrors(found) && typeof value.content === 'string') return value.content;
  const iterators = Object.keys(scoped.names);
  const allowed = iterators.length > 0 ? `, or refer to ${iterators.join(', ')} only` : '';
  const detail = `The name of a source in a build must be a text in quotes without references${allowed}.`;
  diagnostics.push(problem('literal-required', detail, attribute.expression.range));
  return undefined;
}

function contentNamed({ block }: ScopedBlock): ContentAttribute | undefined {
  if (block.body.kind === 'Body') {
    return block.body.items.find((item) => item.kind === 'Attribute' && item.name === 'name') as
      ContentAttribute | undefined;
  }
  return contentOf(block.body, { attributes: 'any', blocks: {} }).attributes.get('name');
}

/** `type.name` or `source.type.name`. */
function findSource(
  reference: string,
  range: Range,
  { sourceBlocks }: Configuration,
  diagnostics: Diagnostic[],
  hidden = false,
): Pick<SourceUse, 'type' | 'sourceName'> | undefined {
  const parts = reference.split('.');
  if (parts[0] === 'source') parts.shift();
  const [type = '', sourceName = ''] = parts;
  if (parts.length !== 2 || type === '' || sourceName === '') {
    const detail = `${hidden ? 'This sensitive value' : `"${reference}"`} does not name a source. Write "source.TYPE.NAME", for a block source "TYPE" "NAME".`;
    diagnostics.push(problem('source-reference-invalid', detail, range));
    return undefined;
  }
  if (!sourceBlocks.has(`${type}.${sourceName}`)) {
    const known = [...sourceBlocks.keys()];
    const all = known.length === 0 ? ' The template has no sources.' : '';
    const hint = didYouMean(`${type}.${sourceName}`, known) || all;
    const detail = hidden
      ? `This sensitive value names a source that is not there.${all} Add the block, or correct the value.`
      : `There is no block source "${type}" "${sourceName}".${hint} Add the block, or correct the reference.`;
    diagnostics.push(problem('source-unknown', detail, range));
    return undefined;
  }
  return { type, sourceName };
}

function readSequence(scoped: ScopedBlock, evaluator: Evaluator, diagnostics: Diagnostic[]): ScopedBlock[][] {
  if (scoped.block.type === 'post-processor') return [[scoped]];
  if (scoped.block.type !== 'post-processors') return [];
  const content = contentOf(scoped.block.body, {
    attributes: [],
    blocks: { 'post-processor': ['type'], dynamic: ['type'] },
  });
  diagnostics.push(...content.diagnostics);
  const expanded = expandDynamic(content.blocks, evaluator, scoped.names);
  diagnostics.push(...expanded.diagnostics);
  const shape = { 'post-processor': ['type'] };
  return [expanded.blocks.filter((one) => isWellFormed(one, shape, diagnostics))];
}
