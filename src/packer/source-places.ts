import { partialContent } from '../hcl/content.ts';
import type { ContentBlock } from '../hcl/schema.ts';
import type { Range } from '../hcl/source.ts';
import type { Origin, SourcePlan } from '../plan/build-plan.ts';
import { splitBody } from './bodies.ts';
import type { Configuration } from './configuration.ts';

/**
 * Where an argument of a source is set: its value in the source block or in a block of a build that adds to it; the header of the
 * source when nobody sets it. For problems that come up after planning.
 */
export function sourceArgumentRange(
  { sourceBlocks, builds }: Configuration,
  { origin }: Pick<SourcePlan, 'origin'>,
  argument: string,
): Range | undefined {
  const source = [...sourceBlocks.values()].find(({ block: { headerRange } }) => {
    const { filename, start } = headerRange;
    return filename === origin.file && start.line === origin.line && start.column === origin.column;
  });
  if (!source) return undefined;
  const reference = `${source.type}.${source.name}`;
  const added = builds
    .flatMap(nestedSources)
    .filter(({ labels: [label = ''] }) => label.replace(/^source\./, '') === reference);
  for (const { body } of [source.block, ...added]) {
    const [attribute] = splitBody(body, [argument]).known;
    if (attribute) return attribute.expression.range;
  }
  return source.block.headerRange;
}

/**
 * The header of a provisioner or post-processor block; undefined when no block of the builds is there, as one that was made from a
 * dynamic block.
 */
export function stepRange({ builds }: Configuration, origin: Origin): Range | undefined {
  return builds.flatMap(nestedSteps).find(({ headerRange: { filename, start } }) => {
    return filename === origin.file && start.line === origin.line && start.column === origin.column;
  })?.headerRange;
}

function nestedSteps({ body }: Pick<ContentBlock, 'body'>): readonly ContentBlock[] {
  const blocks = [
    { type: 'provisioner', labels: ['type'] },
    { type: 'post-processor', labels: ['type'] },
    { type: 'post-processors' },
  ];
  return partialContent(body, { blocks }).content.blocks.flatMap((block) =>
    block.type === 'post-processors' ? nestedSteps(block) : [block],
  );
}

function nestedSources({ body }: ContentBlock): readonly ContentBlock[] {
  return partialContent(body, { blocks: [{ type: 'source', labels: ['reference'] }] }).content.blocks;
}
