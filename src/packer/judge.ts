import type { Diagnostic } from '../hcl/diagnostic.ts';
import { contentProblem } from '../hcl/schema.ts';
import { nearest } from '../hcl/suggestion.ts';
import { isSensitive } from '../hcl/value/marks.ts';
import { parseDuration } from '../lib/duration.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import { validateBlock } from '../schema/index.ts';
import type { BlockSchema, PropertySchema, SchemaError } from '../schema/index.ts';
import type { BlockInput, DecodedAttribute, DecodedBlock } from './decode.ts';
import { foreignAdvice } from './foreign-options.ts';
import { keyRange } from './places.ts';
import { problem, warning } from './problems.ts';
import { hclText, titleInText } from './schema-values.ts';
import type { PackerProblem } from './problem-summaries.ts';

type Judged = Pick<DecodedBlock, 'schema' | 'config' | 'given' | 'bad' | 'rangeOf'>;

/**
 * Reports names that the schema does not have, blocks, and required attributes that are missing. A required attribute
 * whose name is misspelt is reported once, as the misspelling.
 * @param misspelt receives the names that were meant.
 */
export function reportNames(input: BlockInput, block: Judged, misspelt: Set<string>): Diagnostic[] {
  const { schema } = block;
  const diagnostics: Diagnostic[] = [];
  const written = new Set(input.body.known.map(({ name }) => name));
  const free = Object.keys(schema.properties).filter(
    (name) => !written.has(name) && schema.properties[name]?.['x-unsupported'] === undefined,
  );
  const missing = new Set(missingNames(schema, block));
  let alternatives = missingAlternatives(schema, block);
  for (const { name, nameRange } of input.body.unknown) {
    const meant = nearest(name, [...missing, ...alternatives]) ?? nearest(name, free);
    if (meant !== undefined) {
      missing.delete(meant);
      if (alternatives.includes(meant)) alternatives = [];
      misspelt.add(meant);
    }
    const required = meant !== undefined && isRequired(schema, meant) ? ', which is required' : '';
    const advice =
      meant === undefined ? foreignAdvice(input.schema, name) : `Did you mean "${meant}"${required}?`;
    diagnostics.push(
      contentProblem(
        'unsupported-argument',
        `An argument named "${name}" is not expected here. ${advice}`,
        nameRange,
      ),
    );
  }
  for (const { type, typeRange } of input.body.blocks) {
    const property = Object.hasOwn(schema.properties, type) ? schema.properties[type] : undefined;
    const advice = property
      ? `"${type}" is an argument: write ${type} = ${property.type === 'object' ? '{ … }' : '…'}.`
      : type === 'dynamic'
        ? 'There are only arguments in it, and no blocks that could be made. To make a list or a map write a "for" expression.'
        : foreignAdvice(input.schema, type);
    diagnostics.push(
      contentProblem(
        'unsupported-block',
        `Blocks of type "${type}" are not expected here. ${advice}`,
        typeRange,
      ),
    );
    missing.delete(type);
    if (alternatives.includes(type)) alternatives = [];
  }
  for (const name of missing) diagnostics.push(missingArgument(input, block, name));
  if (alternatives.length > 0) diagnostics.push(missingAlternative(input, schema, alternatives));
  return diagnostics;
}

/** Required attributes that are not written, or are null. */
function missingNames(schema: BlockSchema, block: Judged): string[] {
  return (schema.required ?? []).filter((name) => isAbsent(name, block));
}

/** The attributes of which one is needed, when none is there. */
function missingAlternatives(schema: BlockSchema, block: Judged): string[] {
  const names = (schema.oneOf ?? []).flatMap(({ required }) => required);
  return names.every((name) => isAbsent(name, block)) ? names : [];
}

function isAbsent(name: string, block: Judged): boolean {
  return !block.given.has(name) && !block.bad.has(name);
}

function isRequired(schema: BlockSchema, name: string): boolean {
  return (schema.required ?? []).includes(name);
}

function missingArgument(input: BlockInput, { schema, rangeOf }: Judged, name: string): Diagnostic {
  const property = schema.properties[name];
  const what = property ? titleInText(property) : name;
  const isNull = input.body.known.some((attribute) => attribute.name === name);
  const fault = isNull ? 'its value is null' : `${input.title} does not set it`;
  const fix = `${isNull ? 'Write' : 'Add'}, for example: ${name} = ${hclText(property?.examples?.[0])}.`;
  const detail = `The argument "${name}" (${what}) is required, but ${fault}. ${fix}`;
  // Written as null, it is missing all the same; the message belongs there.
  return contentProblem('missing-required-argument', detail, rangeOf(name));
}

function missingAlternative(input: BlockInput, schema: BlockSchema, names: readonly string[]): Diagnostic {
  const usable = names.filter((name) => !schema.properties[name]?.deprecated);
  const [first = ''] = usable;
  const example = hclText(schema.properties[first]?.examples?.[0]);
  const detail = `${input.title} needs one of ${listNames(usable)}. Add, for example: ${first} = ${example}.`;
  return contentProblem('missing-required-argument', detail, input.headerRange);
}

/** Checks the values against the schema, and durations against Go's form. */
export function judge(input: BlockInput, block: Judged): Diagnostic[] {
  const values: Record<string, Json> = {};
  for (const { name, json } of block.given.values()) values[name] = json;
  const diagnostics: Diagnostic[] = [];
  for (const error of validateBlock(input.schema, values)) {
    const diagnostic =
      error.path.length === 0 ? alternativesProblem(error, block) : valueProblem(error, input, block);
    if (diagnostic) diagnostics.push(diagnostic);
  }
  for (const decoded of block.given.values()) {
    const found = [
      durationProblem(decoded, input, block),
      visibleSecret(decoded),
      visibleKeys(decoded, input),
    ];
    diagnostics.push(...found.filter((diagnostic) => diagnostic !== undefined));
  }
  return diagnostics;
}

/** More than one of alternatives; none at all, and what `required` says, is the business of `reportNames`. */
function alternativesProblem(error: SchemaError, block: Judged): Diagnostic | undefined {
  if (error.keyword !== 'oneOf') return undefined;
  const names = (block.schema.oneOf ?? []).flatMap(({ required }) => required);
  const given = names
    .flatMap((name) => block.given.get(name)?.attribute ?? [])
    .sort((a, b) => a.range.start.offset - b.range.start.offset);
  if (given.length < 2) return undefined;
  const here = listNames(
    given.map(({ name }) => name),
    'and',
  );
  const detail = `Only one of ${listNames(names, 'and')} may be set, and here are ${here}. Remove all but one.`;
  return problem('attribute-conflict', detail, given.at(-1)?.nameRange);
}

function valueProblem(error: SchemaError, input: BlockInput, block: Judged): Diagnostic | undefined {
  const [name = '', ...path] = error.path;
  const decoded = block.given.get(name);
  if (!decoded || decoded.unknown) return undefined;
  const { property } = decoded;
  // Of a map, a pattern is about the keys.
  const [key] = path;
  if (property.type === 'object' && error.keyword === 'pattern' && key !== undefined) {
    const shown = decoded.sensitive ? 'A sensitive text' : JSON.stringify(key);
    const text = `${shown} cannot be a key of ${name}. ${property['x-advice'] ?? ''}`;
    return problem('value-not-allowed', text.trim(), keyRange(decoded.attribute.expression, key));
  }
  const { code, text } = explain(error, name, decoded, valueAt(decoded.json, path));
  const advice = sizeAdvice(decoded, valueAt(decoded.json, path)) ?? property['x-advice'];
  return problem(code, advice === undefined ? text : `${text} ${advice}`, block.rangeOf(name, ...path), {
    values: input.evidence(decoded.attribute.expression),
  });
}

/** "512MiB" and "20 GB" say what they mean. */
function sizeAdvice({ property, sensitive }: DecodedAttribute, value: Json | undefined): string | undefined {
  if (!property['x-size'] || sensitive || typeof value !== 'string') return undefined;
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([kmgtpe])?i?(?:b|bytes?)?\s*$/i.exec(value) ?? [];
  return number === undefined || unit === ''
    ? undefined
    : `Write a number with one unit letter: "${number}${unit.toUpperCase()}".`;
}

function explain(
  error: SchemaError,
  name: string,
  decoded: DecodedAttribute,
  value: Json | undefined,
): { code: PackerProblem; text: string } {
  const shown = decoded.sensitive ? 'a sensitive value' : JSON.stringify(value ?? error.path.at(-1));
  switch (error.keyword) {
    case 'enum': {
      const allowed = error.params['allowedValues'] as string[];
      const meant = typeof value === 'string' && !decoded.sensitive ? nearest(value, allowed) : undefined;
      const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
      const code = name === 'communicator' ? 'communicator-unsupported' : 'value-not-allowed';
      return {
        code,
        text: `${name} is ${shown}; it must be ${listNames(allowed.map((one) => JSON.stringify(one)))}.${hint}`,
      };
    }
    case 'minimum':
    case 'maximum': {
      const { minimum, maximum } = error.path.length > 1 ? (decoded.property.items ?? {}) : decoded.property;
      const limits = maximum === undefined ? `at least ${minimum}` : `from ${minimum} to ${maximum}`;
      return { code: 'value-out-of-range', text: `${name} is ${shown}; it must be ${limits}.` };
    }
    case 'type':
      return { code: 'value-wrong-type', text: `${name} is ${shown}; it must be a whole number.` };
    default:
      return {
        code: decoded.property['x-size'] ? 'size-invalid' : 'value-not-allowed',
        text: `${name} is ${shown}, which is not ${decoded.property['x-size'] ? 'a size' : 'of the right form'}.`,
      };
  }
}

function durationProblem(
  decoded: DecodedAttribute,
  input: BlockInput,
  block: Judged,
): Diagnostic | undefined {
  const { name, property, json, unknown, sensitive, attribute } = decoded;
  if (!isDuration(property) || typeof json !== 'string' || unknown || json === '') return undefined;
  if (parseDuration(json) !== undefined) return undefined;
  const shown = sensitive ? 'a sensitive value' : JSON.stringify(json);
  const fix =
    /^-?\d+(\.\d+)?$/.test(json) && !sensitive ? `"${json}s" for seconds` : '"30s", "1m30s" or "500ms"';
  const detail = `${name} is ${shown}, which is not a duration: a number needs a unit (ns, us, ms, s, m, h). Write ${fix}.`;
  return problem('duration-invalid', detail, block.rangeOf(name), {
    values: input.evidence(attribute.expression),
  });
}

/** Output can be cleaned of secrets; names and arguments cannot, and others on the host can list them. */
function visibleSecret({ name, property, sensitive, attribute }: DecodedAttribute): Diagnostic | undefined {
  const place = property['x-visible'];
  if (!sensitive || place === undefined || place === 'keys') return undefined;
  const detail =
    place === 'name'
      ? `${name} holds a sensitive value, and becomes part of a name or path. Names cannot be hidden: others can list them. Use a value that is not secret, or remove "sensitive" where the value comes from.`
      : `${name} holds a sensitive value, and becomes arguments of a process. Everybody on the host where it runs can see those meanwhile. Hand the value over in a file or in an environment variable, or remove "sensitive" where it comes from.`;
  return warning('sensitive-visible', detail, attribute.nameRange);
}

/** The keys of a map that are names; of its values nothing shows. */
function visibleKeys(
  { name, property, attribute }: DecodedAttribute,
  { evaluate, renderer }: BlockInput,
): Diagnostic | undefined {
  const { expression } = attribute;
  // Without a renderer, as in legacy JSON, expressions have no parts of their own.
  if (property['x-visible'] !== 'keys' || expression.kind !== 'Object' || !renderer) return undefined;
  const key = expression.items
    .map((item) => item.key)
    .find(
      (one) =>
        one.literalName === undefined &&
        isSensitive(evaluate({ ...attribute, expression: one.expression }).value),
    );
  if (!key) return undefined;
  const detail = `A key of ${name} holds a sensitive value, and becomes a name or path that others can see. Use a key that is not secret, or remove "sensitive" where the value comes from.`;
  return warning('sensitive-visible', detail, key.range);
}

function isDuration(property: PropertySchema): boolean {
  return property['x-duration'] === true;
}

function valueAt(json: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = json;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Array.isArray(value) ? (value as Json[])[Number(key)] : (value as JsonObject)[key];
  }
  return value;
}

/** `a, b or c`. */
function listNames(names: readonly string[], joint: 'or' | 'and' = 'or'): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} ${joint} ${names.at(-1)}`;
}
