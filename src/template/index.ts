import { nearest } from '../lib/nearest.ts';
import { compileNodes } from './compiler.ts';
import { TemplateError } from './error.ts';
import { fieldsOf } from './fields.ts';
import { functionAdvice, standardFunctions } from './functions.ts';
import type { TemplateFunctions } from './functions.ts';
import { loadHandlebars } from './handlebars.ts';
import { firstScope, makeHelpers } from './helpers.ts';
import { parseTemplate } from './parser.ts';
import type { TemplateNode } from './ast.ts';
import { NO_VALUE } from './value.ts';
import type { DatumMap } from './value.ts';

export { PACKER_VERSION } from '../lib/packer-version.ts';
export { buildFunctions } from './build-functions.ts';
export { TemplateError } from './error.ts';
export type { TemplateFunction, TemplateFunctions } from './functions.ts';
export type { Datum, DatumMap } from './value.ts';
export { NO_VALUE };

export interface TemplateOptions {
  /** Functions besides those of Go and Packer that need to know nothing; they win over them. */
  readonly functions?: TemplateFunctions;
}

/**
 * Replaces `{{ }}` in a text after the rules of Go's text/template with Packer's functions. Nothing is escaped; a value
 * that is missing becomes `<no value>`.
 * @param data what the dot stands for: `{{ .HTTPIP }}` is `data.HTTPIP`.
 * @throws TemplateError with the place in the text.
 */
export function renderTemplate(text: string, data: DatumMap, options: TemplateOptions = {}): string {
  if (!text.includes('{{')) return text;
  const functions = functionsOf(options);
  const nodes = parse(text, functions);
  const handlebars = loadHandlebars();
  return withinBounds(text, () => {
    const render = handlebars.compile<object>(compileNodes(nodes), {
      noEscape: true,
      explicitPartialContext: true,
    });
    return render({}, { helpers: makeHelpers(text, functions), data: firstScope(data) });
  });
}

/** The engine has one class of errors for an exhausted stack and for a string beyond all bounds. */
function withinBounds<T>(text: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = 'What stands in {{ }} is nested too deeply, or its result is too long.';
    throw new TemplateError(message, text, text.indexOf('{{'));
  }
}

/** A value that a template asks for and that its data does not have. */
export interface MissingField {
  readonly name: string;
  /** Of the dot before the name, in the text. */
  readonly offset: number;
  /** The name of the data that was most likely meant. */
  readonly meant: string | undefined;
}

/**
 * The values that a text asks for and that become `<no value>`, or false in a condition, because the data has no such name.
 * @param names those of the data
 * @throws TemplateError
 */
export function missingFields(
  text: string,
  names: readonly string[],
  options: TemplateOptions = {},
): MissingField[] {
  if (!text.includes('{{')) return [];
  return fieldsOf(parse(text, functionsOf(options))).flatMap(({ name, offset }) =>
    names.includes(name) ? [] : [{ name, offset, meant: nearest(name, names) }],
  );
}

/** What becomes of a value that the data does not have, and what to write instead. @param names those of the data */
export function missingText({ name, meant }: MissingField, names: readonly string[]): string {
  const advice =
    meant !== undefined
      ? `Did you mean {{ .${meant} }}?`
      : `The names are ${names.map((one) => `{{ .${one} }}`).join(', ')}.`;
  return `{{ .${name} }} has no value here and becomes "${NO_VALUE}". ${advice}`;
}

/** Looks for mistakes that need no data: the syntax, and names of functions. */
export function checkTemplate(text: string, options: TemplateOptions = {}): TemplateError | undefined {
  if (!text.includes('{{')) return undefined;
  try {
    parse(text, functionsOf(options));
    return undefined;
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}

function functionsOf(options: TemplateOptions): TemplateFunctions {
  return options.functions ? { ...standardFunctions, ...options.functions } : standardFunctions;
}

function parse(text: string, functions: TemplateFunctions): TemplateNode[] {
  try {
    return withinBounds(text, () => parseTemplate(text, (name) => Object.hasOwn(functions, name)));
  } catch (error) {
    if (!(error instanceof TemplateError) || error.unknownFunction === undefined) throw error;
    const name = error.unknownFunction;
    const advice = Object.hasOwn(functionAdvice, name) ? functionAdvice[name] : undefined;
    const meant = nearest(name, Object.keys(functions));
    const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    const message =
      advice === undefined ? error.message + hint : `{{ ${name} }} does not work here. ${advice}`;
    throw new TemplateError(message, text, error.offset, name);
  }
}
