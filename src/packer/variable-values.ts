import type { Block } from '../hcl/ast.ts';
import { justAttributes } from '../hcl/content.ts';
import type { AnyBody, ContentAttribute } from '../hcl/schema.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { evaluate } from '../hcl/eval/evaluate.ts';
import type { Range } from '../hcl/source.ts';
import { didYouMean, nearest } from '../hcl/suggestion.ts';
import { parseExpression } from '../hcl/syntax/parse.ts';
import { stringValue } from '../hcl/value/construct.ts';
import { ConversionError, convert } from '../hcl/value/convert.ts';
import { sensitive } from '../hcl/value/marks.ts';
import type { Type } from '../hcl/value/type.ts';
import { constraintName } from '../hcl/value/type-ops.ts';
import type { Value } from '../hcl/value/value.ts';
import type { VarFlag } from './api.ts';
import { originOfValue } from './evidence.ts';
import { NO_USABLE_VALUE } from './names.ts';
import type { NamedValue } from './names.ts';
import { problem, warning } from './problems.ts';
import type { VariableDeclaration } from './variables.ts';

/** A parsed variable file, and how it came to be read. */
export interface VarFile {
  readonly filename: string;
  readonly body: AnyBody;
  /** `-var-file`, or "" for one that is read by itself. */
  readonly flag: string;
}

export interface ValueSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lowest precedence first. */
  readonly files: readonly VarFile[];
  readonly flags: readonly VarFlag[];
  readonly undeclared: 'warn' | 'ignore';
  /** Receives the texts of the environment and of flags that are parsed, for excerpts. */
  readonly texts: Map<string, string>;
}

type Offer =
  | { readonly kind: 'text'; readonly text: string; readonly origin: string }
  | { readonly kind: 'attribute'; readonly attribute: ContentAttribute; readonly origin: string };

/**
 * Gives every declared variable its value. From the lowest to the highest precedence: its default, `PKR_VAR_…`, variable
 * files in their order, `-var` flags in theirs. Only the winning value is judged, except that every value in a file must
 * be one without references.
 */
export function assignVariables(
  declarations: ReadonlyMap<string, VariableDeclaration>,
  sources: ValueSources,
): { values: Map<string, NamedValue>; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const offers = collectOffers(declarations, sources, diagnostics);
  const values = new Map<string, NamedValue>();
  for (const declaration of declarations.values()) {
    const offer = offers.get(declaration.name);
    const named = offer
      ? takeOffer(declaration, offer, sources.texts, diagnostics)
      : takeDefault(declaration, diagnostics);
    values.set(declaration.name, hide(named, declaration));
  }
  return { values, diagnostics };
}

function hide(named: NamedValue, declaration: VariableDeclaration): NamedValue {
  return declaration.sensitive ? { ...named, value: sensitive(named.value) } : named;
}

/** The winning value of each variable that is set from outside. */
function collectOffers(
  declarations: ReadonlyMap<string, VariableDeclaration>,
  { env, files, flags, undeclared }: ValueSources,
  diagnostics: Diagnostic[],
): Map<string, Offer> {
  const offers = new Map<string, Offer>();
  for (const name of declarations.keys()) {
    const text = env[`PKR_VAR_${name}`];
    if (text !== undefined) offers.set(name, { kind: 'text', text, origin: `PKR_VAR_${name}` });
  }
  for (const { body, filename, flag } of files) {
    if (body.kind === 'Body') {
      for (const item of body.items) if (item.kind === 'Block') diagnostics.push(blockInVarFile(item));
    }
    // Strings of JSON variable files are no templates.
    const { content, diagnostics: found } = justAttributes(body, { strings: 'literal' });
    if (body.kind !== 'Body') diagnostics.push(...found);
    for (const attribute of content.attributes.values()) {
      const { name, range } = attribute;
      if (declarations.has(name)) {
        const place = `${filename}:${range.start.line}`;
        const origin = flag === '' ? place : `${flag} ${place}`;
        offers.set(name, { kind: 'attribute', attribute, origin });
      } else if (undeclared === 'warn') {
        diagnostics.push(notDeclared(attribute, filename, declarations));
      }
    }
  }
  for (const { name, value } of flags) {
    if (declarations.has(name)) offers.set(name, { kind: 'text', text: value, origin: '-var' });
    else {
      const blank = declarations.has(name.trim())
        ? ` There are blanks around the name: write -var '${name.trim()}=VALUE'.`
        : undefined;
      const detail = `-var sets "${name}", but the template declares no such variable.${blank ?? `${didYouMean(name, declarations.keys())} Declare variable "${name}" { … }, or correct the flag.`}`;
      diagnostics.push(problem('variable-undeclared', detail));
    }
  }
  return offers;
}

function notDeclared(
  { name, nameRange }: ContentAttribute,
  filename: string,
  declarations: ReadonlyMap<string, VariableDeclaration>,
): Diagnostic {
  const meant = nearest(name, declarations.keys());
  const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
  const detail = `The template declares no variable "${name}", so this value is not used.${hint} To use it, declare variable "${name}" { … } in a template file.`;
  // Perhaps it is a misspelt secret, and the excerpt would show it.
  if (meant !== undefined && declarations.get(meant)?.sensitive) {
    return warning('variable-undeclared', `${filename}:${nameRange.start.line}: ${detail}`);
  }
  return warning('variable-undeclared', detail, nameRange);
}

function blockInVarFile({ type, labels, headerRange }: Block): Diagnostic {
  const detail =
    type === 'variable'
      ? `A variable file gives values only. Write ${labels[0]?.value ?? 'NAME'} = VALUE here, and put the declaration into a .pkr.hcl file.`
      : `A variable file holds lines NAME = VALUE and no blocks. Put the block "${type}" into a .pkr.hcl file.`;
  return problem('var-file-declaration', detail, headerRange);
}

function takeDefault(declaration: VariableDeclaration, diagnostics: Diagnostic[]): NamedValue {
  const { name, broken, range } = declaration;
  if (broken) return NO_USABLE_VALUE;
  if (declaration.default) return { value: declaration.default, range: declaration.defaultRange };
  const detail = `The variable "${name}" has no value. Set it with -var ${name}=VALUE, PKR_VAR_${name}=VALUE in the environment or a line in a -var-file, or give it a default.`;
  diagnostics.push(problem('variable-unset', detail, range));
  return NO_USABLE_VALUE;
}

function takeOffer(
  declaration: VariableDeclaration,
  offer: Offer,
  texts: Map<string, string>,
  diagnostics: Diagnostic[],
): NamedValue {
  if (declaration.broken) return NO_USABLE_VALUE;
  const { origin } = offer;
  const found: Diagnostic[] = [];
  let value: Value;
  let range: Range | undefined;
  if (offer.kind === 'text' && isTakenLiterally(declaration.type)) {
    value = stringValue(offer.text);
  } else {
    const expression =
      offer.kind === 'attribute'
        ? offer.attribute.expression
        : parseText(offer.text, `${origin} (${declaration.name})`, texts, found);
    range = expression.range;
    const evaluation = hasErrors(found) ? undefined : evaluate(expression, {});
    found.push(...(evaluation?.diagnostics ?? []).map((one) => explainNoReferences(one, declaration.name)));
    if (hasErrors(found) || !evaluation) {
      const told = offer.kind === 'text' ? explainText(found, declaration, offer) : found;
      diagnostics.push(...told.map((one) => withoutSecrets(one, declaration)));
      return NO_USABLE_VALUE;
    }
    value = evaluation.value;
  }
  try {
    return { value: convert(value, declaration.type), origin, range };
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const detail = `The value of the variable "${declaration.name}" (${origin}) does not fit its type ${constraintName(declaration.type)}: ${error.describe()}.`;
    const shown = { value, origin, range };
    const values = declaration.sensitive
      ? undefined
      : [{ name: `var.${declaration.name}`, value, origin: originOfValue(shown) }];
    diagnostics.push(problem('variable-value-invalid', detail, placeOf(declaration, range), { values }));
    return NO_USABLE_VALUE;
  }
}

/** Texts from outside are taken as they are for these types; for the others they are expressions. */
function isTakenLiterally(type: Type): boolean {
  return type.kind === 'string' || type.kind === 'number' || type.kind === 'dynamic';
}

function parseText(text: string, filename: string, texts: Map<string, string>, found: Diagnostic[]) {
  texts.set(filename, text);
  const { expression, diagnostics } = parseExpression({ filename, text });
  found.push(...diagnostics);
  return expression;
}

/** A value from outside that is no expression: one problem, with the form that the type wants. */
function explainText(
  [first]: readonly Diagnostic[],
  { name, type }: VariableDeclaration,
  { text, origin }: { readonly text: string; readonly origin: string },
): Diagnostic[] {
  if (!first) return [];
  const example =
    type.kind === 'bool' ? 'true' : /^(?:list|set|tuple)$/.test(type.kind) ? '["a", "b"]' : '{a = "b"}';
  const flag = origin === '-var' ? `-var '${name}=${example}'` : `${origin}='${example}'`;
  const fault = text.trim() === '' ? 'The value is empty.' : first.detail;
  const form = type.kind === 'bool' ? 'true or false' : 'written as in a template';
  const detail = `${fault} The type of the variable "${name}" is ${constraintName(type)}, so its value is ${form}, for example ${flag}.`;
  return [{ ...first, detail }];
}

function explainNoReferences(diagnostic: Diagnostic, name: string): Diagnostic {
  if (diagnostic.code !== 'variables-not-allowed') return diagnostic;
  const detail = `The value of the variable "${name}" must be written out: it cannot refer to anything. A text needs quotes.`;
  return { ...diagnostic, detail };
}

/** Where a message about a value belongs: an excerpt of a sensitive one would show it. */
export function placeOf(declaration: VariableDeclaration, range: Range | undefined): Range {
  return declaration.sensitive || !range ? declaration.range : range;
}

/** The excerpt of a sensitive value would show it. */
function withoutSecrets(diagnostic: Diagnostic, declaration: VariableDeclaration): Diagnostic {
  if (!declaration.sensitive) return diagnostic;
  const detail = `The value of the sensitive variable "${declaration.name}" is not a valid value of its type.`;
  return problem('variable-value-invalid', detail, declaration.range);
}
