import type { ContentAttribute } from '../hcl/schema.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { Evaluation } from '../hcl/functions/spec.ts';
import type { Expression } from '../hcl/ast.ts';
import type { Range } from '../hcl/source.ts';
import { isSensitive } from '../hcl/value/marks.ts';
import { isWhollyKnown } from '../hcl/value/access.ts';
import { ConversionError, convert } from '../hcl/value/convert.ts';
import type { Value } from '../hcl/value/value.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import { blockSchema } from '../schema/index.ts';
import type { BlockSchema, PropertySchema } from '../schema/index.ts';
import { judge, reportNames } from './judge.ts';
import type { SplitBody } from './bodies.ts';
import { literalText, partOf } from './places.ts';
import type { SourceTexts } from './places.ts';
import { problem, warning } from './problems.ts';
import { renderAttribute } from './render.ts';
import type { Renderer } from './render.ts';
import { hclText, nameOfSchemaType, typeOfSchema, valueToJson } from './schema-values.ts';

/** The body of a block that a schema describes. */
export interface BlockInput {
  /** Name of the schema: `source-vmm`, `provisioner-shell` … */
  readonly schema: string;
  /** What messages call the block: `source "vmm" "base"`. */
  readonly title: string;
  /** Where a message belongs about something that is not there. */
  readonly headerRange: Range;
  readonly body: SplitBody;
  /** The value of an attribute; normally that of its expression. */
  evaluate(attribute: ContentAttribute): Evaluation;
  /** What messages show of the values that an expression is made of. */
  evidence(expression: Expression): Diagnostic['values'];
  /** Undefined: the texts are final as `evaluate` gives them. */
  readonly renderer: Renderer | undefined;
  readonly sources: SourceTexts;
}

/** An attribute that was given a value. */
export interface DecodedAttribute {
  readonly name: string;
  readonly attribute: ContentAttribute;
  readonly property: PropertySchema;
  readonly json: Json;
  /** Something in it is known during the build only; `json` holds placeholders. */
  readonly unknown: boolean;
  readonly sensitive: boolean;
}

/** A body as its schema wants it. */
export interface DecodedBlock {
  readonly schema: BlockSchema;
  /** The given attributes and the defaults of the others. With errors in `diagnostics` parts may be missing. */
  readonly config: JsonObject;
  readonly given: ReadonlyMap<string, DecodedAttribute>;
  /** Attributes that are written but have no usable value; there is a diagnostic for each. */
  readonly bad: ReadonlySet<string>;
  /** Attributes that a misspelt name stands for; there is a diagnostic for each. */
  readonly misspelt: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
  /** Where the value of an attribute, or a part of it, is written. */
  rangeOf(name: string, ...path: string[]): Range;
  /** What messages show of the values that an expression is made of. */
  evidence(expression: Expression): Diagnostic['values'];
}

/** The names of the attributes that a schema has. */
export function attributesOfSchema(name: string): string[] {
  return Object.keys(blockSchema(name)?.properties ?? {});
}

/** Evaluates a body, converts it to the types of its schema, replaces `{{ }}`, and judges the result. */
export function decodeBlock(input: BlockInput): DecodedBlock {
  const schema = blockSchema(input.schema);
  if (!schema) throw new Error(`There is no schema "${input.schema}".`);
  const given = new Map<string, DecodedAttribute>();
  const bad = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const attribute of input.body.known) {
    const property = schema.properties[attribute.name];
    if (!property) continue;
    const refusal = refuse(attribute, property);
    if (refusal) {
      diagnostics.push(refusal);
      if (refusal.severity === 'error' || property['x-ignored'] !== undefined) {
        bad.add(attribute.name);
        continue;
      }
    }
    const decoded = decodeAttribute(attribute, property, input, diagnostics);
    if (decoded === 'bad') bad.add(attribute.name);
    else if (decoded) given.set(attribute.name, decoded);
  }
  const rangeOf = (name: string, ...path: string[]): Range => {
    const attribute = input.body.known.find((one) => one.name === name);
    return attribute ? partOf(attribute.expression, path).range : input.headerRange;
  };
  const misspelt = new Set<string>();
  const block = {
    schema,
    config: withDefaults(schema, given),
    given,
    bad,
    rangeOf,
    evidence: (expression: Expression) => input.evidence(expression),
  };
  diagnostics.push(...input.body.diagnostics, ...reportNames(input, block, misspelt), ...judge(input, block));
  return { ...block, misspelt, diagnostics };
}

function refuse(attribute: ContentAttribute, property: PropertySchema): Diagnostic | undefined {
  const { name, nameRange } = attribute;
  const unsupported = property['x-unsupported'];
  if (unsupported !== undefined) {
    return problem('attribute-unsupported', unsupported, nameRange);
  }
  const ignored = property['x-ignored'];
  if (ignored !== undefined) return warning('attribute-ignored', ignored, nameRange);
  const replacement = property['x-replaced-by'];
  if (replacement !== undefined) {
    return warning('attribute-deprecated', `${name} is deprecated. Use ${replacement} instead.`, nameRange);
  }
  return undefined;
}

/** @returns undefined for null, which is the same as not writing the attribute. */
function decodeAttribute(
  attribute: ContentAttribute,
  property: PropertySchema,
  input: BlockInput,
  diagnostics: Diagnostic[],
): DecodedAttribute | 'bad' | undefined {
  const evaluation = input.evaluate(attribute);
  diagnostics.push(...evaluation.diagnostics);
  if (evaluation.diagnostics.some(({ severity }) => severity === 'error')) return 'bad';
  let value: Value;
  try {
    value = convert(evaluation.value, typeOfSchema(property));
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    diagnostics.push(wrongType(attribute, property, error, input));
    return 'bad';
  }
  if (value.content === null) return undefined;
  const nullPart = pathOfNull(value);
  if (nullPart) {
    const range = partOf(attribute.expression, nullPart).range;
    const detail = `${attribute.name} must not hold null: each part of it needs a value.`;
    diagnostics.push(problem('value-null', detail, range, { values: input.evidence(attribute.expression) }));
    return 'bad';
  }
  const hidden = isSensitive(value);
  const json = valueToJson(value);
  const { renderer } = input;
  const rendered = renderer
    ? renderAttribute(attribute, property, json, hidden, { ...input, renderer })
    : { json, diagnostics: [] };
  diagnostics.push(...rendered.diagnostics);
  if (rendered.json === undefined) return 'bad';
  return {
    name: attribute.name,
    attribute,
    property,
    json: rendered.json,
    unknown: !isWhollyKnown(value),
    sensitive: hidden,
  };
}

function wrongType(
  { name, expression }: ContentAttribute,
  property: PropertySchema,
  error: ConversionError,
  input: BlockInput,
): Diagnostic {
  const steps = [...error.path.matchAll(/\[(?:"([^"]*)"|(\d+))\]|\.([^.[]+)/g)];
  const path = steps.map((step) => step[1] ?? step[2] ?? step[3] ?? '');
  const advice = ` For example: ${name} = ${exampleFor(property, expression)}.`;
  const wanted = nameOfSchemaType(property);
  return problem(
    'value-wrong-type',
    `Inappropriate value for ${name}, which must be ${wanted}: ${error.describe()}.${advice}`,
    partOf(expression, path).range,
    { values: input.evidence(expression) },
  );
}

/** What to write: a single text in brackets where a list is needed, else the example of the documentation. */
function exampleFor(property: PropertySchema, expression: Expression): string {
  const text = property.type === 'array' ? literalText(expression) : undefined;
  const [example] = property.examples ?? [];
  const value = text === undefined ? example : [text];
  return hclText(value);
}

function pathOfNull(value: Value): string[] | undefined {
  const { content } = value;
  const entries: Iterable<readonly [string | number, Value]> = Array.isArray(content)
    ? (content as readonly Value[]).entries()
    : content instanceof Map
      ? (content as ReadonlyMap<string, Value>)
      : [];
  for (const [key, child] of entries) {
    if (child.content === null) return [String(key)];
    const deeper = pathOfNull(child);
    if (deeper) return [String(key), ...deeper];
  }
  return undefined;
}

function withDefaults(schema: BlockSchema, given: ReadonlyMap<string, DecodedAttribute>): JsonObject {
  const config: Record<string, Json> = {};
  for (const [name, property] of Object.entries(schema.properties)) {
    const value = given.get(name)?.json ?? (property.default as Json | undefined);
    if (value !== undefined) config[name] = value;
  }
  return config;
}
