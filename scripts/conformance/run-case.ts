// Runs one conformance case through the language and says where the answer differs from the expected one.
import type { Scope } from '../../src/hcl/eval/scope.ts';
import type { Diagnostic } from '../../src/hcl/diagnostic.ts';
import type { ExactJson } from '../../src/hcl/value/json.ts';
import { bodyToJson, diagnosticJson } from './body-json.ts';
import { parseExactJson, plain } from './cases.ts';
import type { ConformanceCase } from './cases.ts';
import type { Language } from './language.ts';

/** The functions of the suite; a call to any other must be an error. */
const FUNCTION_NAMES =
  `abs can ceil chomp chunklist coalesce coalescelist compact concat contains convert csvdecode
  distinct element flatten floor format formatdate formatlist indent join jsondecode jsonencode keys log lookup lower max
  merge min parseint pow range regex regex_replace regexall replace reverse setintersection setproduct setunion signum
  slice sort split strrev substr timeadd title trim trimprefix trimspace trimsuffix try upper values yamldecode
  yamlencode zipmap`.split(/\s+/);

/** The scope of a case without variables. */
export function suiteScope(language: Language): Scope {
  const functions = new Map(
    FUNCTION_NAMES.map((name) => {
      const spec = language.functions.get(name);
      if (spec === undefined) throw new Error(`the language has no function ${name}`);
      return [name, spec] as const;
    }),
  );
  return { functions, variables: new Map() };
}

/** What differs, as a text of a few lines; undefined if nothing does. */
export function runCase(test: ConformanceCase, language: Language): string | undefined {
  const wanted = describeExpected(test, language);
  const got = describeActual(test, language);
  return wanted === got ? undefined : `wanted ${wanted}\n     got    ${got}`;
}

function describeExpected({ kind, expect }: ConformanceCase, language: Language): string {
  if (expect.get('ok') !== true) {
    return `errors ${JSON.stringify((plain(expect.get('diagnostics')!) as object[]).map(sortKeys))}`;
  }
  if (kind === 'format') return JSON.stringify(expect.get('text'));
  if (kind === 'body') return `body ${canonical(expect.get('body')!)}`;
  const type = plain(expect.get('type')!);
  // Read with its type and written again, sets of compound elements are in our order whatever their order was.
  const value = language.valueFromJson(expect.get('value')!, language.typeFromJson(type));
  return `${JSON.stringify(sortKeys(type))} ${language.valueToJson(value)}`;
}

function describeActual(test: ConformanceCase, language: Language): string {
  const source = { filename: test.id, text: test.src };
  const errors = (diagnostics: readonly Diagnostic[]): string =>
    `errors [${diagnostics.map(diagnosticJson).join(',')}]`;
  if (test.kind === 'format') {
    const { diagnostics } = language.parseConfig(source);
    return language.hasErrors(diagnostics) ? errors(diagnostics) : JSON.stringify(language.format(test.src));
  }
  const base = suiteScope(language);
  const scope = { ...base, variables: variablesOf(test, base, language) };
  if (test.kind === 'body') {
    const { body, diagnostics } = language.parseConfig(source);
    if (language.hasErrors(diagnostics)) return errors(diagnostics);
    return `body ${canonical(parseExactJson(bodyToJson(body, scope, language)))}`;
  }
  const parse = test.kind === 'expr' ? language.parseExpression : language.parseTemplate;
  const { expression, diagnostics } = parse(source);
  if (language.hasErrors(diagnostics)) return errors(diagnostics);
  const result = language.evaluate(expression, scope);
  if (language.hasErrors(result.diagnostics)) return errors(result.diagnostics);
  const { value } = result;
  const type = JSON.stringify(sortKeys(language.typeToJson(value.type)));
  return `${type} ${language.isWhollyKnown(value) ? language.valueToJson(value) : '(unknown)'}`;
}

function variablesOf(test: ConformanceCase, base: Scope, language: Language): Scope['variables'] {
  const { body, diagnostics } = language.parseConfig({ filename: 'vars', text: test.vars ?? '' });
  if (diagnostics.length > 0) throw new Error(`${test.id}: the variables do not parse`);
  const { functions } = base;
  return new Map(
    body.items.map((item) => {
      if (item.kind !== 'Attribute') throw new Error(`${test.id}: a block among the variables`);
      return [item.name, language.evaluate(item.expression, { functions }).value];
    }),
  );
}

/** JSON text with sorted keys. Lists stay in their order, numbers are the text they were. */
function canonical(json: ExactJson): string {
  if (Array.isArray(json)) return `[${(json as readonly ExactJson[]).map(canonical).join(',')}]`;
  if (json instanceof Map) {
    const entries = [...(json as ReadonlyMap<string, ExactJson>)].sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`).join(',')}}`;
  }
  if (json !== null && typeof json === 'object') return (json as { number: string }).number;
  return JSON.stringify(json);
}

function sortKeys(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sortKeys);
  if (json === null || typeof json !== 'object') return json;
  return Object.fromEntries(
    Object.entries(json)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, sortKeys(value)]),
  );
}
