import { forEachChild } from '../hcl/ast.ts';
import type { Expression, Node, ScopeTraversal } from '../hcl/ast.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { evaluate } from '../hcl/eval/evaluate.ts';
import { traversalText, variablesOf } from '../hcl/eval/variables.ts';
import type { CallContext, Evaluation, FunctionSpec } from '../hcl/functions/spec.ts';
import { rangeBetween } from '../hcl/source.ts';
import type { Range } from '../hcl/source.ts';
import { didYouMean } from '../hcl/suggestion.ts';
import { DYNAMIC_UNKNOWN } from '../hcl/value/construct.ts';
import type { Value } from '../hcl/value/value.ts';
import { evidenceFor, namedValue, originOfValue } from './evidence.ts';
import { BUILD_NAMES } from './names.ts';
import type { Names } from './names.ts';
import { problem } from './problems.ts';

/** Evaluates expressions with some names in scope, and words what is wrong with names in terms of the dialect. */
export class Evaluator {
  readonly #names: Names;
  readonly #variables: ReadonlyMap<string, Value>;
  readonly #functions: ReadonlyMap<string, FunctionSpec>;
  readonly #context: CallContext;

  constructor(
    names: Names,
    functions: ReadonlyMap<string, FunctionSpec>,
    context: CallContext,
    more: Readonly<Record<string, Value>> = {},
    common: ReadonlyMap<string, Value> = names.common(),
  ) {
    this.#names = names;
    this.#variables = new Map([...common, ...Object.entries(more)]);
    this.#functions = functions;
    this.#context = context;
  }

  /** An evaluator that knows more names, or means something else by them. */
  with(more: Readonly<Record<string, Value>>): Evaluator {
    return new Evaluator(this.#names, this.#functions, this.#context, more, this.#variables);
  }

  evaluate(expression: Expression): Evaluation {
    const bare = this.#bareWord(expression);
    if (bare) return { value: DYNAMIC_UNKNOWN, diagnostics: [bare] };
    const { value, diagnostics } = evaluate(expression, {
      variables: this.#variables,
      functions: this.#functions,
      context: this.#context,
    });
    if (diagnostics.length === 0) return { value, diagnostics };
    const traversals = variablesOf(expression);
    const evidence = this.evidence(expression);
    return {
      value,
      diagnostics: diagnostics.map((one) => this.#reword(one, traversals, evidence, expression)),
    };
  }

  /** The values that an expression is made of, and where each came from. */
  evidence(expression: Expression): NonNullable<Diagnostic['values']> {
    return evidenceFor(expression, this.#names);
  }

  /** A lone word that names a group of values, such as `packer`, where a text was meant. */
  #bareWord(expression: Expression): Diagnostic | undefined {
    if (expression.kind !== 'ScopeTraversal' || expression.steps.length > 0) return undefined;
    const { rootName, range } = expression;
    if (!['path', 'packer', 'source', 'build'].includes(rootName) || !this.#variables.has(rootName)) {
      return undefined;
    }
    const detail = `${rootName} without quotes is the name of a group of values, not a value. For the text write "${rootName}" in quotes.`;
    return problem('bare-word', detail, range);
  }

  #reword(
    diagnostic: Diagnostic,
    traversals: readonly ScopeTraversal[],
    evidence: NonNullable<Diagnostic['values']>,
    whole: Expression,
  ): Diagnostic {
    const traversal = traversals.find(
      ({ range }) => diagnostic.subject && contains(range, diagnostic.subject),
    );
    if (traversal) {
      if (diagnostic.code === 'unknown-variable')
        return this.#unknownName(traversal, isInTemplate(whole, traversal));
      if (diagnostic.code === 'unsupported-attribute') {
        const reworded = this.#unknownMember(traversal, diagnostic);
        if (reworded) return reworded;
      }
    }
    const advised = adviseFunction(diagnostic);
    if (!advised.values) return advised;
    // A whole group of values says nothing; the members that the expression uses do.
    const own = advised.values.filter(({ name }) => !GROUPS.includes(name));
    const values = own.map((one) => {
      const named = namedValue(one.name, this.#names);
      return { ...one, origin: one.origin ?? (named && originOfValue(named)) };
    });
    // Of var.disk the value is told by that of var.disk.size, but not by that of var.disk_size.
    const isTold = (name: string) =>
      own.some((one) => one.name.startsWith(name) && /^(?:$|[.[])/.test(one.name.slice(name.length)));
    const more = evidence.filter(({ name }) => !isTold(name));
    return { ...advised, values: [...values, ...more] };
  }

  /** A first name that means nothing here. */
  #unknownName(traversal: ScopeTraversal, inTemplate: boolean): Diagnostic {
    const { rootName, steps, range, rootRange } = traversal;
    if (rootName === 'build') {
      const detail = `${traversalText(traversal)} is only known in provisioners and post-processors${
        this.#variables.has('source') ? ', not in a source block' : ''
      }.`;
      return problem('build-value-unavailable', detail, range);
    }
    if (rootName === 'source') {
      const text = traversalText(traversal);
      const detail =
        steps.length === 2 && !['type', 'name'].includes(stepName(traversal, 0) ?? '')
          ? `${text} without quotes is no value. To name a source write "${text}" in quotes.`
          : `${text} is only known in sources, provisioners and post-processors.`;
      return problem('undefined-reference', detail, range);
    }
    if (steps.length === 0) {
      const likely = this.#likely(rootName);
      if (inTemplate) {
        const detail = `"\${${rootName}}" is replaced by a value, and nothing has the name ${rootName}. Write "$\${${rootName}}" if a shell is to replace it${likely}.`;
        return problem('bare-word', detail, range);
      }
      const detail = `${rootName} without quotes is a reference, and nothing has this name. For the text write "${rootName}" in quotes${likely}.`;
      return problem('bare-word', detail, range);
    }
    const roots = [...this.#variables.keys(), 'build', 'source'];
    const detail = `Nothing here is called "${rootName}": references start with var, local, data, path, packer, source or build.${didYouMean(rootName, roots)}`;
    return problem('undefined-reference', detail, rootRange);
  }

  #likely(word: string): string {
    if (this.#names.variables.has(word)) return `, or var.${word} for the variable`;
    return this.#names.locals.has(word) ? `, or local.${word} for the local value` : '';
  }

  /** A name that is missing in one of the groups `var`, `local`, `data`, `build`, `source`, `path`, `packer`. */
  #unknownMember(traversal: ScopeTraversal, diagnostic: Diagnostic): Diagnostic | undefined {
    const [first, second] = traversal.steps;
    const at = diagnostic.subject;
    if (!first || !at) return undefined;
    const isFirst =
      contains(first.range, at) ||
      (at.start.offset <= first.range.start.offset && at.end.offset === first.range.end.offset);
    const name = stepName(traversal, 0) ?? '';
    const { rootName } = traversal;
    const text = `${rootName}.${name}`;
    const range = rangeBetween(traversal.rootRange, first.range);
    if (rootName === 'data') return this.#unknownData(traversal, isFirst ? first.range : second?.range);
    if (!isFirst) return undefined;
    switch (rootName) {
      case 'var': {
        const other = this.#names.locals.has(name) ? ` There is local.${name}.` : '';
        const detail = `No variable "${name}" is declared.${didYouMean(name, this.#names.variables.keys()) || other} Declare it: variable "${name}" { … }, or correct the name.`;
        return problem('undefined-variable', detail, range);
      }
      case 'local': {
        const other = this.#names.variables.has(name) ? ` There is var.${name}.` : '';
        const detail = `No local value "${name}" is defined.${didYouMean(name, this.#names.locals.keys()) || other} Define it in a locals block, or correct the name.`;
        return problem('undefined-local', detail, range);
      }
      case 'build': {
        if (!this.#variables.has('source') || this.#isNameOnly()) {
          const detail = `${text} is only known in the bodies of provisioners and post-processors: here only build.name is.`;
          return problem('build-value-unavailable', detail, range);
        }
        const detail = `A build has no value "${name}".${didYouMean(name, [...BUILD_NAMES, 'name'])} It has name, ${BUILD_NAMES.join(', ')}.`;
        return problem('undefined-build-value', detail, range);
      }
      case 'path':
        return problem('undefined-reference', `There is no ${text}: only path.root and path.cwd.`, range);
      case 'packer':
        return problem('undefined-reference', `There is no ${text}: only packer.version.`, range);
      case 'source':
        return problem(
          'undefined-reference',
          `There is no ${text}: only source.type and source.name.`,
          range,
        );
      default:
        return undefined;
    }
  }

  #isNameOnly(): boolean {
    const build = this.#variables.get('build')?.content;
    return build instanceof Map && !build.has('ID');
  }

  #unknownData(traversal: ScopeTraversal, last: Range | undefined): Diagnostic | undefined {
    const [type = '', name] = [stepName(traversal, 0), stepName(traversal, 1)];
    const known = this.#names.data.get(type);
    // The data source exists; it is one of its outputs that is missing.
    if (name !== undefined && known?.has(name)) return undefined;
    const all = [...this.#names.data].flatMap(([oneType, named]) =>
      [...named.keys()].map((one) => `${oneType}.${one}`),
    );
    const text = name === undefined ? type : `${type}.${name}`;
    const detail = `There is no data source "${text}".${didYouMean(text, all)} Add a block: data "${type}" "${name ?? 'NAME'}" { … }.`;
    return problem(
      'undefined-data-source',
      detail,
      rangeBetween(traversal.rootRange, last ?? traversal.range),
    );
  }
}

const GROUPS = ['var', 'local', 'data', 'path', 'packer', 'source', 'build'];

/** Functions that people know from elsewhere. */
const FUNCTION_ADVICE: Readonly<Record<string, string>> = {
  env: 'env() can be called in the default of a variable only: variable "x" { default = env("NAME") }, and then var.x.',
  tostring: 'Write convert(VALUE, string).',
  tonumber: 'Write convert(VALUE, number).',
  tobool: 'Write convert(VALUE, bool).',
  tolist: 'Write convert(VALUE, list(any)).',
  toset: 'Write convert(VALUE, set(any)).',
  tomap: 'Write convert(VALUE, map(any)).',
  one: 'Write element(LIST, 0).',
  nonsensitive: 'A sensitive value stays sensitive.',
  sensitive: 'Mark the variable or the local value: sensitive = true.',
  filemd5: 'Write md5(file(PATH)).',
  filesha1: 'Write sha1(file(PATH)).',
  filesha256: 'Write sha256(file(PATH)).',
  filesha512: 'Write sha512(file(PATH)).',
  uuid: 'Write uuidv4().',
};

function adviseFunction(diagnostic: Diagnostic): Diagnostic {
  if (diagnostic.code !== 'unknown-function') return diagnostic;
  const name = /"([^"]+)"/.exec(diagnostic.detail)?.[1] ?? '';
  const advice = Object.hasOwn(FUNCTION_ADVICE, name) ? FUNCTION_ADVICE[name] : undefined;
  if (advice === undefined) return diagnostic;
  return { ...diagnostic, detail: `There is no function "${name}" here. ${advice}` };
}

/** True if a part of a template, such as "${x}", is just this reference. */
function isInTemplate(whole: Expression, traversal: ScopeTraversal): boolean {
  const pending: Node[] = [whole];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const isTemplate = node.kind === 'Template' || node.kind === 'TemplateWrap';
    const children: Node[] = [];
    forEachChild(node, (child) => void children.push(child));
    if (isTemplate && children.includes(traversal)) return true;
    for (const child of children) pending.push(child);
  }
  return false;
}

/** The name or text key of a step of a traversal. */
export function stepName(traversal: ScopeTraversal, at: number): string | undefined {
  const step = traversal.steps[at];
  if (!step) return undefined;
  return step.kind === 'AttributeStep' ? step.name : step.keyType === 'string' ? step.key : undefined;
}

function contains(outer: Range, inner: Range): boolean {
  return (
    outer.filename === inner.filename &&
    outer.start.offset <= inner.start.offset &&
    inner.end.offset <= outer.end.offset
  );
}
