import type { Diagnostic } from '../diagnostic.ts';
import {
  contentProblem,
  missingArgument,
  type BlockSchema,
  type BodySchema,
  type ContentAttribute,
  type ContentBlock,
  type ContentResult,
  type PartialContentResult,
} from '../schema.ts';
import { rangeBetween } from '../source.ts';
import type { Range } from '../source.ts';
import { didYouMean } from '../suggestion.ts';
import { jsonBody, type JsonBody } from './body.ts';
import { JsonExpressions, type StringMode } from './expression.ts';
import type { JsonNode, JsonProperty } from './node.ts';

/** A property with this name is a comment, in an object that stands for a body. */
const COMMENT = '//';

/** See `partialContent`; for the JSON syntax. */
export function jsonPartialContent(
  body: JsonBody,
  schema: BodySchema,
  mode: StringMode,
): PartialContentResult & { remain: JsonBody } {
  const diagnostics: Diagnostic[] = [];
  const expressions = new JsonExpressions(body.source, mode);
  const attributes = new Map<string, ContentAttribute>();
  const blocks: ContentBlock[] = [];
  const taken = new Set(body.taken);
  const wantedAttributes = new Set(schema.attributes?.map(({ name }) => name));
  const wantedBlocks = new Map(schema.blocks?.map((block) => [block.type, block]));
  for (const property of propertiesOf(body.value, undefined, diagnostics)) {
    const { value: name } = property.name;
    if (body.taken.has(name)) continue;
    const block = wantedBlocks.get(name);
    if (wantedAttributes.has(name)) {
      addAttribute(property, attributes, expressions, diagnostics);
      taken.add(name);
    } else if (block) {
      unpackBlocks(
        body,
        property.value,
        { block, typeRange: property.name.range, labels: [] },
        blocks,
        diagnostics,
      );
      taken.add(name);
    }
  }
  for (const diagnostic of expressions.diagnostics) diagnostics.push(diagnostic);
  const missingItemRange = missingRange(body.value);
  for (const { name, required } of schema.attributes ?? []) {
    if (required && !attributes.has(name)) diagnostics.push(missingArgument(name, missingItemRange));
  }
  return { content: { attributes, blocks, missingItemRange }, diagnostics, remain: { ...body, taken } };
}

/** See `content`; for the JSON syntax. */
export function jsonContent(body: JsonBody, schema: BodySchema, mode: StringMode): ContentResult {
  const { content, diagnostics, remain } = jsonPartialContent(body, schema, mode);
  const names = [
    ...(schema.attributes ?? []).map(({ name }) => name).filter((name) => !content.attributes.has(name)),
    ...(schema.blocks ?? []).map(({ type }) => type),
  ];
  for (const { name, value } of propertiesOf(body.value, undefined, [])) {
    if (name.value === COMMENT || remain.taken.has(name.value)) continue;
    const detail = `There is no argument and no block "${name.value}" here.${didYouMean(name.value, names)}`;
    const context = rangeBetween(name.range, value.range);
    diagnostics.push(contentProblem('json-extraneous-property', detail, name.range, { context }));
  }
  return { content, diagnostics };
}

/** See `justAttributes`; for the JSON syntax. */
export function jsonAttributes(body: JsonBody, mode: StringMode): ContentResult {
  const diagnostics: Diagnostic[] = [];
  const attributes = new Map<string, ContentAttribute>();
  const missingItemRange = missingRange(body.value);
  if (body.value.kind !== 'object') {
    if (body.value.kind !== 'null' && body.value.kind !== 'invalid') {
      diagnostics.push(wrongType('A JSON object with arguments is expected here.', body.value));
    }
    return { content: { attributes, blocks: [], missingItemRange }, diagnostics };
  }
  const expressions = new JsonExpressions(body.source, mode);
  for (const property of body.value.properties) {
    const { value: name } = property.name;
    if (name !== COMMENT && !body.taken.has(name))
      addAttribute(property, attributes, expressions, diagnostics);
  }
  for (const diagnostic of expressions.diagnostics) diagnostics.push(diagnostic);
  return { content: { attributes, blocks: [], missingItemRange }, diagnostics };
}

function addAttribute(
  { name, value }: JsonProperty,
  attributes: Map<string, ContentAttribute>,
  expressions: JsonExpressions,
  diagnostics: Diagnostic[],
): void {
  const existing = attributes.get(name.value);
  const range = rangeBetween(name.range, value.range);
  if (existing) {
    const { filename, start } = existing.nameRange;
    const detail = `The argument "${name.value}" has been set at ${filename}:${start.line}:${start.column} already.`;
    diagnostics.push(contentProblem('json-duplicate-argument', detail, name.range, { context: range }));
    return;
  }
  const expression = expressions.expression(value);
  attributes.set(name.value, { name: name.value, expression, range, nameRange: name.range });
}

interface BlockHeader {
  readonly block: BlockSchema;
  readonly typeRange: Range;
  /** The names of the properties that the path has led through so far. */
  readonly labels: readonly JsonProperty['name'][];
}

/** The blocks that a property stands for: first an object for each label, whose names are the labels; then bodies. */
function unpackBlocks(
  body: JsonBody,
  value: JsonNode,
  header: BlockHeader,
  blocks: ContentBlock[],
  diagnostics: Diagnostic[],
): void {
  const { block, typeRange, labels } = header;
  const label = block.labels?.[labels.length];
  if (label !== undefined) {
    const properties = propertiesOf(
      value,
      `whose names are the ${label}s of the "${block.type}" blocks`,
      diagnostics,
    );
    if (properties.length === 0) {
      const detail = `An object is expected here, with a property for each ${label} of a "${block.type}" block.`;
      diagnostics.push(contentProblem('json-missing-label', detail, startRange(value)));
    }
    for (const { name, value: inner } of properties) {
      unpackBlocks(body, inner, { ...header, labels: [...labels, name] }, blocks, diagnostics);
    }
    return;
  }
  const add = (content: JsonNode): void => {
    blocks.push({
      type: block.type,
      labels: labels.map((name) => name.value),
      labelRanges: labels.map(({ range }) => range),
      body: jsonBody(content, body.source),
      headerRange: startRange(value),
      typeRange,
      range: content.range,
    });
  };
  if (value.kind === 'object') {
    add(value);
  } else if (value.kind === 'array') {
    value.elements.forEach(add);
  } else if (value.kind !== 'null' && value.kind !== 'invalid') {
    diagnostics.push(
      wrongType(`An object or an array of objects is expected here, for the "${block.type}" blocks.`, value),
    );
  }
}

/** The properties of an object, or of all objects of an array. `purpose` says what they are for, if not for a body. */
function propertiesOf(
  value: JsonNode,
  purpose: string | undefined,
  diagnostics: Diagnostic[],
): JsonProperty[] {
  if (value.kind === 'null' || value.kind === 'invalid') return [];
  const what = purpose ?? 'with arguments and blocks';
  if (value.kind === 'object') return [...value.properties];
  if (value.kind !== 'array') {
    diagnostics.push(wrongType(`An object or an array of objects is expected here, ${what}.`, value));
    return [];
  }
  return value.elements.flatMap((element) => {
    if (element.kind === 'object') return element.properties;
    if (element.kind !== 'invalid')
      diagnostics.push(wrongType(`An object is expected here, ${what}.`, element));
    return [];
  });
}

function wrongType(detail: string, value: JsonNode): Diagnostic {
  return contentProblem('json-wrong-type', detail, startRange(value));
}

function startRange(value: JsonNode): Range {
  return value.kind === 'object' || value.kind === 'array' ? value.openRange : value.range;
}

function missingRange(value: JsonNode): Range {
  if (value.kind === 'object') return value.closeRange;
  return startRange(value);
}
