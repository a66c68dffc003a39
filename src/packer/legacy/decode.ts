import type { Expression } from '../../hcl/ast.ts';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { Evaluation } from '../../hcl/functions/spec.ts';
import type { ContentAttribute } from '../../hcl/schema.ts';
import type { Range } from '../../hcl/source.ts';
import { didYouMean } from '../../hcl/suggestion.ts';
import { DYNAMIC_UNKNOWN, tupleValue } from '../../hcl/value/construct.ts';
import { valueOfPlain } from '../../hcl/value/json.ts';
import { isSensitive, sensitive } from '../../hcl/value/marks.ts';
import type { Json } from '../../plan/json.ts';
import { blockNames, blockSchema } from '../../schema/index.ts';
import type { PropertySchema } from '../../schema/index.ts';
import type { SplitBody } from '../bodies.ts';
import type { Configuration } from '../configuration.ts';
import { decodeBlock } from '../decode.ts';
import type { DecodedBlock } from '../decode.ts';
import { POST_PROCESSOR_META, PROVISIONER_META } from '../meta-arguments.ts';
import { NO_USABLE_VALUE } from '../names.ts';
import { originOfValue } from '../evidence.ts';
import type { Names } from '../names.ts';
import { problem, warning } from '../problems.ts';
import { renderAttribute } from '../render.ts';
import type { Renderer } from '../render.ts';
import { nameOfSchemaType } from '../schema-values.ts';
import { userCalls } from './calls.ts';
import { coerce } from './coerce.ts';
import { jsonOf, leavesOf, startRangeOf } from './literals.ts';

export interface LegacyInput {
  readonly schema: string;
  readonly title: string;
  readonly headerRange: Range;
  readonly members: readonly ContentAttribute[];
  /** Members that win over those of the same name: those of an `override`. */
  readonly override?: readonly ContentAttribute[];
  readonly renderer: Renderer;
  readonly configuration: Configuration;
}

/** `decodeBlock` for an object of a legacy template: texts are rendered first, and turned into the types of the schema then. */
export function decodeLegacy(input: LegacyInput): DecodedBlock {
  const { names, sources } = input.configuration;
  const { members, override = [] } = input;
  const properties = blockSchema(input.schema)?.properties ?? {};
  const isOverridden = ({ name }: ContentAttribute) => override.some((one) => one.name === name);
  const all = [...members.filter((member) => !isOverridden(member)), ...override];
  const body: SplitBody = {
    known: all.filter(({ name }) => Object.hasOwn(properties, name)),
    unknown: all.filter(({ name }) => !Object.hasOwn(properties, name)),
    blocks: [],
    diagnostics: [],
  };
  const evidence = (expression: Expression) => evidenceOf(expression, names);
  const evaluate = (attribute: ContentAttribute): Evaluation => {
    const property = properties[attribute.name];
    if (!property) return { value: DYNAMIC_UNKNOWN, diagnostics: [] };
    const evaluation = evaluateMember(attribute, property, input, evidence);
    const written = override.includes(attribute) && members.find(({ name }) => name === attribute.name);
    return written ? withTail(evaluation, evaluateMember(written, property, input, evidence)) : evaluation;
  };
  const decoded = decodeBlock({
    schema: input.schema,
    title: input.title,
    headerRange: input.headerRange,
    body,
    evaluate,
    evidence,
    // Rendered already: `evaluate` has to, before it turns the texts into other types.
    renderer: undefined,
    sources,
  });
  return { ...decoded, diagnostics: inJson(decoded.diagnostics) };
}

function evaluateMember(
  attribute: ContentAttribute,
  property: PropertySchema,
  { renderer, configuration }: LegacyInput,
  evidence: (expression: Expression) => Diagnostic['values'],
): Evaluation {
  const { names, sources } = configuration;
  const { name, expression } = attribute;
  const unusable: Evaluation = { value: DYNAMIC_UNKNOWN, diagnostics: [] };
  const json = jsonOf(expression);
  if (json === undefined) return unusable;
  const called = leavesOf(expression).flatMap(({ text }) => userCalls(text));
  // There is a message about the variable.
  if (called.some((one) => names.variables.get(one) === NO_USABLE_VALUE)) return unusable;
  const hidden = called.some((one) => isHidden(names, one));
  const rendered = renderAttribute(attribute, property, json, hidden, { renderer, evidence, sources });
  const diagnostics = [...undeclaredCalls(expression, names), ...rendered.diagnostics];
  if (rendered.json === undefined) return { value: DYNAMIC_UNKNOWN, diagnostics };
  const coerced = coerce(rendered.json, property);
  if (!coerced.ok) {
    const fault = hidden ? `it must be ${nameOfSchemaType(property)}` : coerced.fault;
    const detail = `The value of "${name}" does not fit: ${fault}. For example: "${name}": ${exampleOf(property)}.`;
    const values = evidence(expression);
    diagnostics.push(problem('value-wrong-type', detail, startRangeOf(expression), { values }));
    return { value: DYNAMIC_UNKNOWN, diagnostics };
  }
  const value = valueOfPlain(coerced.json ?? null);
  return { value: hidden ? sensitive(value) : value, diagnostics };
}

function exampleOf({ examples }: PropertySchema): string {
  return JSON.stringify((examples?.[0] ?? '') as Json);
}

/** A list that replaces a longer one leaves the tail of that, as in Packer. */
function withTail(evaluation: Evaluation, { value: written }: Evaluation): Evaluation {
  const { value } = evaluation;
  if (!Array.isArray(value.content) || !Array.isArray(written.content)) return evaluation;
  const head = value.content as readonly unknown[];
  const tail = (written.content as readonly unknown[]).slice(head.length);
  if (tail.length === 0) return evaluation;
  const both = tupleValue([...head, ...tail] as Parameters<typeof tupleValue>[0]);
  return { ...evaluation, value: isSensitive(value) || isSensitive(written) ? sensitive(both) : both };
}

/** As in Packer a variable that is not there is "": hardly ever what was meant. */
export function undeclaredCalls(expression: Expression, names: Names): Diagnostic[] {
  return leavesOf(expression).flatMap(({ text, range }) =>
    userCalls(text)
      .filter((name) => !names.variables.has(name))
      .map((name) => {
        const detail = `There is no variable "${name}", so {{ user \`${name}\` }} is replaced by nothing.${didYouMean(name, names.variables.keys())} Add "${name}" to "variables", or correct the name.`;
        return warning('undefined-variable', detail, range);
      }),
  );
}

/** The variables that a value is made of. */
export function evidenceOf(expression: Expression, names: Names): NonNullable<Diagnostic['values']> {
  const called = new Set(leavesOf(expression).flatMap(({ text }) => userCalls(text)));
  return [...called].flatMap((name) => {
    const named = names.variables.get(name);
    return named ? [{ name: `user \`${name}\``, value: named.value, origin: originOfValue(named) }] : [];
  });
}

function isHidden({ variables }: Names, name: string): boolean {
  const named = variables.get(name);
  return named !== undefined && isSensitive(named.value);
}

let hclForm: RegExp | undefined;

/** Words advice in the syntax of the template: `"disk_format": "qcow2"` where HCL has `disk_format = "qcow2"`. */
export function inJson(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  if (diagnostics.length === 0) return [];
  const schemas = blockNames().flatMap((name) => Object.keys(blockSchema(name)?.properties ?? {}));
  const names = new Set([...schemas, ...PROVISIONER_META, ...POST_PROCESSOR_META]);
  hclForm ??= new RegExp(`(?<!["\\w])(${[...names].join('|')}) = `, 'g');
  const pattern = hclForm;
  // The title of a block starts a sentence, or stands in one.
  const capitalized = (text: string) => text.replace(/^the (builder|provisioner|post-processor) /, 'The $1 ');
  return diagnostics.map((one) => ({ ...one, detail: capitalized(one.detail.replace(pattern, '"$1": ')) }));
}
