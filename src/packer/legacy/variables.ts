import type { Expression } from '../../hcl/ast.ts';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { ContentAttribute } from '../../hcl/schema.ts';
import type { Range } from '../../hcl/source.ts';
import { didYouMean } from '../../hcl/suggestion.ts';
import { stringValue } from '../../hcl/value/construct.ts';
import { isSensitive, sensitive } from '../../hcl/value/marks.ts';
import { STRING } from '../../hcl/value/type.ts';
import { TemplateError, renderTemplate } from '../../template/index.ts';
import type { TemplateFunctions } from '../../template/index.ts';
import type { LoadOptions, VarFlag } from '../api.ts';
import { NO_USABLE_VALUE } from '../names.ts';
import type { NamedValue } from '../names.ts';
import { literalText } from '../places.ts';
import { problem, warning } from '../problems.ts';
import type { VariableDeclaration } from '../variables.ts';
import { renderActions, userCalls } from './calls.ts';
import { textOf } from './coerce.ts';
import { jsonOf, startRangeOf } from './literals.ts';
import type { LegacyTemplate } from './structure.ts';

/** The values that the command line has for variables, lowest precedence first. */
export interface OutsideValues {
  readonly files: readonly { readonly filename: string; readonly attributes: Iterable<ContentAttribute> }[];
  readonly flags: readonly VarFlag[];
  readonly undeclared: LoadOptions['undeclared'];
}

export interface UserVariables {
  readonly declarations: Map<string, VariableDeclaration>;
  readonly values: Map<string, NamedValue>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The text of a variable before `{{ }}` is replaced in it. */
interface Raw {
  readonly text: string;
  readonly origin: string | undefined;
  /** Where a message about it belongs; undefined for a flag. For a sensitive variable not the place of its value. */
  readonly range: Range | undefined;
  readonly sensitive: boolean;
}

/** Packer gives up after so many passes over the variables. */
const MOST_PASSES = 100;

/**
 * Reads the `variables` of a legacy template, takes the values of variable files and flags, and replaces `{{ }}` in all
 * of them until no variable waits for another. `{{ .Name }}`, which the build knows, stays.
 */
export function resolveUserVariables(
  template: LegacyTemplate,
  outside: OutsideValues,
  functions: TemplateFunctions,
): UserVariables {
  const resolver = new Resolver(functions);
  const hidden = resolver.sensitiveNames(template);
  for (const attribute of template.variables) resolver.declare(attribute, hidden.get(attribute.name));
  resolver.takeOutside(outside, hidden);
  resolver.reportUnset();
  resolver.resolve();
  return resolver;
}

class Resolver implements UserVariables {
  readonly declarations = new Map<string, VariableDeclaration>();
  readonly values = new Map<string, NamedValue>();
  readonly diagnostics: Diagnostic[] = [];
  readonly #raw = new Map<string, Raw>();
  readonly #functions: TemplateFunctions;

  constructor(functions: TemplateFunctions) {
    this.#functions = {
      ...functions,
      user: { arity: [1, 1], call: (name) => textOfValue(this.values.get(String(name))) },
    };
  }

  /** The names in `sensitive-variables`, and where each is written there. */
  sensitiveNames({ sensitiveVariables, variables }: LegacyTemplate): Map<string, Range> {
    const declared = variables.map(({ name }) => name);
    const names = new Map<string, Range>();
    for (const element of sensitiveVariables) {
      const name = literalText(element);
      if (name === undefined) {
        const detail = 'sensitive-variables holds names of variables: "sensitive-variables": ["NAME"].';
        this.diagnostics.push(problem('template-legacy', detail, startRangeOf(element)));
        continue;
      }
      names.set(name, element.range);
      if (declared.includes(name)) continue;
      const detail = `There is no variable "${name}", so nothing is hidden.${didYouMean(name, declared)} Declare it in "variables", or correct the name.`;
      this.diagnostics.push(warning('undefined-variable', detail, element.range));
    }
    return names;
  }

  declare(attribute: ContentAttribute, hiddenAt: Range | undefined): void {
    const { name, nameRange, expression } = attribute;
    const text = this.#textOf(expression, name, hiddenAt);
    const isSensitive = hiddenAt !== undefined;
    this.declarations.set(name, {
      name,
      type: STRING,
      default: text === undefined ? undefined : stringValue(text),
      description: '',
      sensitive: isSensitive,
      validations: [],
      range: nameRange,
      nameRange,
      defaultRange: expression.range,
      broken: text === undefined && expression.kind !== 'NullLiteral',
    });
    if (text !== undefined) {
      const range = hiddenAt ?? expression.range;
      this.#raw.set(name, { text, origin: undefined, range, sensitive: isSensitive });
    } else this.values.set(name, NO_USABLE_VALUE);
  }

  /** The text of a default or a value in a variable file; undefined for null and, after a message, for what is no scalar. */
  #textOf(expression: Expression, name: string, hiddenAt: Range | undefined): string | undefined {
    const json = jsonOf(expression);
    const text = textOf(json);
    if (text !== undefined || json === null || expression.kind === 'InvalidExpression') return text;
    const detail = `The value of the variable "${name}" must be a text, and it is ${Array.isArray(json) ? `a list. Write a text with commas: "${name}": "a,b"` : 'an object'}.`;
    this.diagnostics.push(problem('variable-value-invalid', detail, hiddenAt ?? startRangeOf(expression)));
    return undefined;
  }

  takeOutside({ files, flags, undeclared }: OutsideValues, hidden: ReadonlyMap<string, Range>): void {
    for (const { filename, attributes } of files) {
      for (const { name, nameRange, expression, range } of attributes) {
        const hiddenAt = hidden.get(name);
        const text = this.#textOf(expression, name, hiddenAt);
        if (text === undefined) continue;
        const origin = `-var-file ${filename}:${range.start.line}`;
        this.#take(name, {
          text,
          origin,
          range: hiddenAt ?? expression.range,
          sensitive: hiddenAt !== undefined,
        });
        if (undeclared !== 'ignore') this.#warnOfUndeclared(name, `${filename} sets`, hiddenAt ?? nameRange);
      }
    }
    for (const { name, value } of flags) {
      const range = hidden.get(name) ?? this.declarations.get(name)?.nameRange;
      this.#take(name, { text: value, origin: '-var', range, sensitive: hidden.has(name) });
      if (undeclared !== 'ignore') this.#warnOfUndeclared(name, '-var sets', undefined);
    }
  }

  #take(name: string, raw: Raw): void {
    this.values.delete(name);
    this.#raw.set(name, raw);
  }

  /** As in Packer `{{ user }}` finds it all the same; but most likely the name is misspelt. */
  #warnOfUndeclared(name: string, who: string, range: Range | undefined): void {
    if (this.declarations.has(name)) return;
    const detail = `${who} "${name}", and the template declares no such variable.${didYouMean(name, this.declarations.keys())} Add "${name}": null to "variables", or correct the name.`;
    this.diagnostics.push(warning('variable-undeclared', detail, range));
  }

  reportUnset(): void {
    for (const { name, nameRange, broken } of this.declarations.values()) {
      if (this.#raw.has(name) || broken) continue;
      const detail = `The variable "${name}" is null, so a value must be given: with -var ${name}=VALUE, or with "${name}": "VALUE" in a JSON file that -var-file names. Or write a default instead of null.`;
      this.diagnostics.push(problem('variable-unset', detail, nameRange));
    }
  }

  resolve(): void {
    const pending = new Map(this.#raw);
    for (let pass = 1; pending.size > 0; pass++) {
      const before = pending.size;
      for (const [name, raw] of [...pending].sort(([a], [b]) => (a < b ? -1 : 1))) {
        if (userCalls(raw.text).some((other) => pending.has(other))) continue;
        this.values.set(name, this.#render(name, raw));
        pending.delete(name);
      }
      if (pending.size === before)
        return this.#giveUp(pending, 'wait for each other, so none of them ever has a value');
      if (pending.size > 0 && pass === MOST_PASSES)
        return this.#giveUp(pending, `are not resolved after ${MOST_PASSES} passes`);
    }
  }

  #render(name: string, raw: Raw): NamedValue {
    const called = userCalls(raw.text);
    const missing = called.find((other) => !this.values.has(other));
    if (missing !== undefined) {
      const detail = `The variable "${name}" uses {{ user \`${missing}\` }}, and there is no such variable.${didYouMean(missing, this.#raw.keys())} Add "${missing}" to "variables", or correct the name.`;
      this.diagnostics.push(problem('undefined-variable', detail, raw.range));
      return NO_USABLE_VALUE;
    }
    // There is a message about the one that is used.
    if (called.some((other) => this.values.get(other) === NO_USABLE_VALUE)) return NO_USABLE_VALUE;
    try {
      const text = renderActions(raw.text, (action) =>
        renderTemplate(action, {}, { functions: this.#functions }),
      );
      const value = stringValue(text);
      const hides = raw.sensitive || called.some((other) => isHidden(this.values.get(other)));
      return { value: hides ? sensitive(value) : value, origin: raw.origin, range: raw.range };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const detail = raw.sensitive
        ? `The value of the sensitive variable "${name}" holds {{ }} that cannot be replaced. What is wrong is not shown.`
        : `The value of the variable "${name}" cannot be computed: ${error.message}`;
      this.diagnostics.push(problem('template-call-invalid', detail, raw.range));
      return NO_USABLE_VALUE;
    }
  }

  #giveUp(pending: ReadonlyMap<string, Raw>, fault: string): void {
    const names = [...pending.keys()].sort();
    const [first = ''] = names;
    const chain = chainFrom(first, pending);
    const detail = `The variables ${chain.join(' → ')} ${fault}. Give one of them a value of its own.`;
    this.diagnostics.push(
      problem('reference-cycle', detail, pending.get(chain[0] ?? first)?.range, {
        summary: 'Cycle between variables',
      }),
    );
    for (const name of names) this.values.set(name, NO_USABLE_VALUE);
  }
}

/** The names from one of a cycle to itself. */
function chainFrom(start: string, pending: ReadonlyMap<string, Raw>): string[] {
  const chain = [start];
  for (;;) {
    const next = userCalls(pending.get(chain.at(-1) ?? '')?.text ?? '').find((name) => pending.has(name));
    if (next === undefined) return chain;
    const at = chain.indexOf(next);
    chain.push(next);
    if (at !== -1) return chain.slice(at);
  }
}

function textOfValue(named: NamedValue | undefined): string {
  const content = named?.value.content;
  return typeof content === 'string' ? content : '';
}

function isHidden(named: NamedValue | undefined): boolean {
  return named !== undefined && isSensitive(named.value);
}
