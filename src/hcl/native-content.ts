import type { Attribute, Block, Body } from './ast.ts';
import type { Diagnostic } from './diagnostic.ts';
import {
  contentProblem,
  missingArgument,
  type BlockSchema,
  type BodySchema,
  type ContentAttribute,
  type ContentBlock,
  type ContentResult,
  type PartialContentResult,
} from './schema.ts';
import { startOf } from './source.ts';
import { didYouMean } from './suggestion.ts';

/** See `partialContent`; for the native syntax. */
export function nativePartialContent(
  body: Body,
  schema: BodySchema,
): PartialContentResult & { remain: Body } {
  const diagnostics: Diagnostic[] = [];
  const attributes = new Map<string, ContentAttribute>();
  const blocks: ContentBlock[] = [];
  const rest: (Attribute | Block)[] = [];
  const wantedAttributes = new Set(schema.attributes?.map(({ name }) => name));
  const wantedBlocks = new Map(schema.blocks?.map((block) => [block.type, block]));
  for (const item of body.items) {
    if (item.kind === 'Attribute') {
      if (wantedAttributes.has(item.name)) attributes.set(item.name, item);
      else rest.push(item);
      continue;
    }
    const wanted = wantedBlocks.get(item.type);
    if (!wanted) rest.push(item);
    else if (checkLabels(item, wanted, diagnostics)) blocks.push(contentBlock(item));
  }
  const missingItemRange = startOf(body.range);
  for (const { name, required } of schema.attributes ?? []) {
    if (required && !attributes.has(name)) diagnostics.push(missingArgument(name, missingItemRange));
  }
  return { content: { attributes, blocks, missingItemRange }, diagnostics, remain: { ...body, items: rest } };
}

/** See `content`; for the native syntax. */
export function nativeContent(body: Body, schema: BodySchema): ContentResult {
  const { content, diagnostics, remain } = nativePartialContent(body, schema);
  const argumentNames = (schema.attributes ?? []).map(({ name }) => name);
  const blockTypes = (schema.blocks ?? []).map(({ type }) => type);
  for (const item of remain.items) {
    if (item.kind === 'Attribute') {
      const { name } = item;
      let hint = didYouMean(
        name,
        argumentNames.filter((other) => !content.attributes.has(other)),
      );
      if (blockTypes.includes(name)) {
        hint = argumentNames.includes(`${name}s`)
          ? ` The argument is called "${name}s", and is a list; "${name}" is a block.`
          : ` "${name}" is a block: write it without an equals sign.`;
      }
      const detail = `There is no argument "${name}" here.${hint}`;
      diagnostics.push(contentProblem('unsupported-argument', detail, item.nameRange));
    } else {
      const { type } = item;
      let hint = didYouMean(type, blockTypes);
      if (argumentNames.includes(type)) {
        hint = ` "${type}" is an argument: write an equals sign "=" after its name.`;
      }
      const detail = `There are no "${type}" blocks here.${hint}`;
      diagnostics.push(contentProblem('unsupported-block', detail, item.typeRange));
    }
  }
  return { content, diagnostics };
}

/** See `justAttributes`; for the native syntax. */
export function nativeAttributes(body: Body): ContentResult {
  const diagnostics: Diagnostic[] = [];
  const attributes = new Map<string, ContentAttribute>();
  for (const item of body.items) {
    if (item.kind === 'Attribute') {
      attributes.set(item.name, item);
    } else if (diagnostics.length === 0) {
      const summary = `Unexpected "${item.type}" block`;
      const detail = 'There can be only arguments here, and no blocks.';
      diagnostics.push(contentProblem('unexpected-block', detail, item.typeRange, { summary }));
    }
  }
  return { content: { attributes, blocks: [], missingItemRange: startOf(body.range) }, diagnostics };
}

/** Whether a block has as many labels as it should. */
function checkLabels(block: Block, schema: BlockSchema, diagnostics: Diagnostic[]): boolean {
  const wanted = schema.labels ?? [];
  const { type, labels, headerRange: context } = block;
  const missing = wanted[labels.length];
  if (missing !== undefined) {
    const summary = `Missing ${missing} for ${type}`;
    const form = [type, ...wanted.map((label) => `"${label.toUpperCase()}"`), '{'].join(' ');
    const detail = `A "${type}" block is written with ${count(wanted)}: ${form}`;
    diagnostics.push(contentProblem('missing-label', detail, block.openBraceRange, { summary, context }));
    return false;
  }
  const extra = labels[wanted.length];
  if (extra !== undefined) {
    const summary = `Extraneous label for ${type}`;
    const detail =
      wanted.length === 0
        ? `A "${type}" block has no labels.`
        : `A "${type}" block has ${count(wanted)} only (${wanted.join(', ')}).`;
    diagnostics.push(contentProblem('extraneous-label', detail, extra.range, { summary, context }));
    return false;
  }
  return true;
}

function count(labels: readonly string[]): string {
  return labels.length === 1 ? 'one label' : `${labels.length} labels`;
}

function contentBlock(block: Block): ContentBlock {
  return {
    type: block.type,
    labels: block.labels.map(({ value }) => value),
    labelRanges: block.labels.map(({ range }) => range),
    body: block.body,
    headerRange: block.headerRange,
    typeRange: block.typeRange,
    range: block.range,
  };
}
