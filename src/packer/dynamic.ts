import { staticExpression } from '../hcl/json/expression.ts';
import type { ContentAttribute, ContentBlock } from '../hcl/schema.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { objectValue } from '../hcl/value/construct.ts';
import { ConversionError, convert } from '../hcl/value/convert.ts';
import { canIterate, iterate } from '../hcl/value/access.ts';
import { unmark, withMarks } from '../hcl/value/marks.ts';
import { STRING } from '../hcl/value/type.ts';
import { UNKNOWN } from '../hcl/value/value.ts';
import type { Value } from '../hcl/value/value.ts';
import { contentOf } from './bodies.ts';
import type { ScopedBlock } from './configuration.ts';
import type { Evaluator } from './evaluator.ts';
import { problem } from './problems.ts';

export interface ExpandedBlocks {
  readonly blocks: readonly ScopedBlock[];
  /** A dynamic block stands for blocks that are not known: its `for_each` is, or has errors. */
  readonly incomplete: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Replaces `dynamic "TYPE" { for_each content }` by the blocks that it stands for, in place.
 * @param names of the blocks around, for nested dynamic blocks.
 */
export function expandDynamic(
  blocks: readonly ContentBlock[],
  evaluator: Evaluator,
  names: Readonly<Record<string, Value>> = {},
): ExpandedBlocks {
  const expanded: ScopedBlock[] = [];
  const diagnostics: Diagnostic[] = [];
  let incomplete = false;
  for (const block of blocks) {
    if (block.type !== 'dynamic') {
      expanded.push({ block, names });
      continue;
    }
    const made = expandOne(block, evaluator, names, diagnostics);
    if (made) expanded.push(...made);
    else incomplete = true;
  }
  return { blocks: expanded, incomplete, diagnostics };
}

function expandOne(
  block: ContentBlock,
  evaluator: Evaluator,
  names: Readonly<Record<string, Value>>,
  diagnostics: Diagnostic[],
): ScopedBlock[] | undefined {
  const content = contentOf(block.body, {
    attributes: ['for_each', 'iterator', 'labels'],
    required: ['for_each'],
    blocks: { content: [] },
    missingRange: block.headerRange,
  });
  diagnostics.push(...content.diagnostics);
  const forEach = content.attributes.get('for_each');
  const [body, second] = content.blocks;
  if (second) {
    diagnostics.push(
      problem(
        'dynamic-invalid',
        'A dynamic block has exactly one content block. Remove this one.',
        second.headerRange,
      ),
    );
  } else if (!body) {
    const detail =
      'A dynamic block needs a content block, the body of the blocks that it makes: content { … }.';
    diagnostics.push(problem('dynamic-invalid', detail, block.headerRange));
  }
  const type = block.labels[0];
  const iterator = iteratorName(content.attributes.get('iterator'), type ?? '', diagnostics);
  if (!forEach || !body || type === undefined || iterator === undefined) return undefined;
  const scope = evaluator.with(names);
  const collection = evaluateForEach(forEach, scope, diagnostics);
  if (!collection) return undefined;
  const [unmarked, marks] = unmark(collection);
  return [...iterate(unmarked)].map(([key, value]) => {
    const item = objectValue(
      new Map([
        ['key', withMarks(key, marks)],
        ['value', withMarks(value, marks)],
      ]),
    );
    const inner = { ...names, [iterator]: item };
    const labels = makeLabels(content.attributes.get('labels'), evaluator.with(inner), block, diagnostics);
    const labelRange = content.attributes.get('labels')?.expression.range ?? block.headerRange;
    const made: ContentBlock = {
      ...body,
      type,
      typeRange: block.labelRanges[0] ?? block.headerRange,
      labels,
      labelRanges: labels.map(() => labelRange),
      headerRange: block.headerRange,
    };
    return { block: made, names: inner };
  });
}

function iteratorName(
  attribute: ContentAttribute | undefined,
  type: string,
  diagnostics: Diagnostic[],
): string | undefined {
  if (!attribute) return type;
  const expression = staticExpression(attribute.expression) ?? attribute.expression;
  if (expression.kind === 'ScopeTraversal' && expression.steps.length === 0) return expression.rootName;
  const detail = 'iterator must be a plain name, without quotes.';
  diagnostics.push(problem('dynamic-invalid', detail, expression.range));
  return undefined;
}

function evaluateForEach(
  { expression }: ContentAttribute,
  evaluator: Evaluator,
  diagnostics: Diagnostic[],
): Value | undefined {
  const { value, diagnostics: found } = evaluator.evaluate(expression);
  diagnostics.push(...found);
  if (hasErrors(found) || value.content === UNKNOWN) return undefined;
  if (value.content !== null && canIterate(value)) return value;
  const given = value.content === null ? 'null' : `a ${value.type.kind}`;
  const detail = `for_each must be a list, a set, a map or an object; here it is ${given}.`;
  diagnostics.push(
    problem('dynamic-for-each-invalid', detail, expression.range, {
      values: evaluator.evidence(expression),
    }),
  );
  return undefined;
}

function makeLabels(
  attribute: ContentAttribute | undefined,
  evaluator: Evaluator,
  block: ContentBlock,
  diagnostics: Diagnostic[],
): string[] {
  if (!attribute) return [];
  const { value, diagnostics: found } = evaluator.evaluate(attribute.expression);
  diagnostics.push(...found);
  if (hasErrors(found)) return [];
  const range = attribute.expression.range;
  try {
    if (!canIterate(value) || value.content === null || value.content === UNKNOWN)
      throw new ConversionError('a list is required');
    return [...iterate(value)].map(([, label]) => {
      const text = convert(label, STRING).content;
      if (typeof text !== 'string') throw new ConversionError('a known string is required');
      return text;
    });
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const detail = `labels must be a list of texts, the labels of each ${block.labels[0] ?? 'block'} block: ${error.message}.`;
    diagnostics.push(problem('dynamic-invalid', detail, range));
    return [];
  }
}
