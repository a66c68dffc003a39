import type { HelperDelegate, HelperOptions } from 'handlebars';
import { helperOf } from './compiler.ts';
import { TemplateError } from './error.ts';
import type { TemplateFunctions } from './functions.ts';
import { entry, isMap, isTrue, textOf } from './value.ts';
import type { Datum } from './value.ts';

/** Where a piece of a template is rendered: its dot and its variables. Travels in Handlebars' data frames. */
class Scope {
  readonly dot: Datum;
  readonly #parent: Scope | undefined;
  readonly #variables = new Map<string, Datum>();

  constructor(dot: Datum, parent?: Scope) {
    this.dot = dot;
    this.#parent = parent;
  }

  get(name: string): Datum {
    return this.#variables.has(name) ? this.#variables.get(name) : this.#parent?.get(name);
  }

  declare(name: string, value: Datum): void {
    this.#variables.set(name, value);
  }

  assign(name: string, value: Datum): void {
    if (this.#variables.has(name) || !this.#parent) this.#variables.set(name, value);
    else this.#parent.assign(name, value);
  }
}

/**
 * A failure that is not final yet: Handlebars evaluates all arguments, but `and` and `or` look at no argument after
 * the one that decides. It becomes an error when something looks at it.
 */
class Failure {
  readonly error: TemplateError;
  constructor(error: TemplateError) {
    this.error = error;
  }
}

type Argument = Datum | Failure;

export function firstScope(data: Datum): object {
  const scope = new Scope(data);
  scope.declare('$', data);
  return { scope };
}

const scopeOf = (options: HelperOptions): Scope => (options.data as { scope: Scope }).scope;
const inScope = (scope: Scope): { data: object } => ({ data: { scope } });

function known(value: Argument): Datum {
  if (value instanceof Failure) throw value.error;
  return value;
}

/** Splits what Handlebars passes to a helper into arguments and options. */
function received(values: unknown[]): { given: Argument[]; options: HelperOptions } {
  return { given: values.slice(0, -1) as Argument[], options: values.at(-1) as HelperOptions };
}

/** The helpers of one template text: those that the compiler writes, and one for each function. */
export function makeHelpers(text: string, functions: TemplateFunctions): Record<string, HelperDelegate> {
  const fail = (message: string, options: HelperOptions): TemplateError =>
    new TemplateError(message, text, Number(options.hash['offset'] ?? 0));
  const helpers: Record<string, HelperDelegate> = {
    print: (value: Argument) => textOf(known(value)),
    silent: (value: Argument) => (known(value), ''),
    dot: (options: HelperOptions) => scopeOf(options).dot,
    variable: (name: string, options: HelperOptions) => scopeOf(options).get(name),
    declare: (name: string, value: Argument, options: HelperOptions) => {
      scopeOf(options).declare(name, known(value));
    },
    assign: (name: string, value: Argument, options: HelperOptions) => {
      scopeOf(options).assign(name, known(value));
    },
    field: (of: Argument, name: string, options: HelperOptions) => {
      if (of instanceof Failure || of === undefined || of === null) return of;
      if (isMap(of)) return entry(of, name);
      return new Failure(fail(`.${name} is taken from ${textOf(of)}, which has no fields.`, options));
    },
    ...blockHelpers(fail),
  };
  for (const [name, { arity, call }] of Object.entries(functions)) {
    helpers[helperOf(name)] = (...values: unknown[]) => {
      const { given, options } = received(values);
      const [least, most] = arity;
      if (given.length < least || given.length > most) {
        return new Failure(fail(`${name} takes ${countOf(arity)}, and ${given.length} are given.`, options));
      }
      return callFunction(name, given, call, (message) => fail(message, options));
    };
  }
  return helpers;
}

function countOf([least, most]: readonly [number, number]): string {
  if (most === Infinity) return least === 1 ? 'at least 1 argument' : `at least ${least} arguments`;
  if (most === least) return most === 1 ? '1 argument' : `${most === 0 ? 'no' : most} arguments`;
  return `${least} to ${most} arguments`;
}

function callFunction(
  name: string,
  given: readonly Argument[],
  call: (...values: Datum[]) => Datum,
  fail: (message: string) => TemplateError,
): Argument {
  const firstFailure = given.findIndex((value) => value instanceof Failure);
  let usable = given;
  if (firstFailure !== -1) {
    const before = given.slice(0, firstFailure) as Datum[];
    const decided =
      name === 'and' ? before.some((value) => !isTrue(value)) : name === 'or' && before.some(isTrue);
    if (!decided) return given[firstFailure];
    usable = before;
  }
  try {
    return call(...(usable as Datum[]));
  } catch (error) {
    return new Failure(fail((error as Error).message));
  }
}

function blockHelpers(
  fail: (message: string, options: HelperOptions) => TemplateError,
): Record<string, HelperDelegate> {
  const branch = (values: unknown[], dotOf: (scope: Scope, value: Datum) => Datum): string => {
    const { given, options } = received(values);
    const [value, ...names] = given.map(known);
    const outer = scopeOf(options);
    const chosen = isTrue(value);
    const scope = new Scope(chosen ? dotOf(outer, value) : outer.dot, outer);
    for (const name of names) bind(scope, String(name), value, options);
    return chosen ? options.fn({}, inScope(scope)) : options.inverse({}, inScope(scope));
  };
  return {
    if: (...values: unknown[]) => branch(values, (scope) => scope.dot),
    with: (...values: unknown[]) => branch(values, (_scope, value) => value),
    range: (...values: unknown[]) => {
      const { given, options } = received(values);
      const [value, ...names] = given.map(known);
      const outer = scopeOf(options);
      if (typeof value === 'number' && value > MOST_TURNS)
        throw fail(`range cannot go to ${value}: at most to ${MOST_TURNS}.`, options);
      const elements = elementsOf(value);
      if (!elements) throw fail(`range cannot go over ${textOf(value)}: a list or a map is needed.`, options);
      if (elements.length === 0) return options.inverse({}, inScope(new Scope(outer.dot, outer)));
      return elements
        .map(([key, element]) => {
          const scope = new Scope(element, outer);
          const bound = names.length === 2 ? [key, element] : [element];
          names.forEach((name, at) => bind(scope, String(name), bound[at], options));
          return options.fn({}, inScope(scope));
        })
        .join('');
    },
  };
}

function bind(scope: Scope, name: string, value: Datum, options: HelperOptions): void {
  if (options.hash['declares']) scope.declare(name, value);
  else scope.assign(name, value);
}

/** So often a range over a number goes at most; more would fill the memory. */
const MOST_TURNS = 1_000_000;

/** Keys and elements in Go's order: maps by key. A number counts from 0, as since Go 1.22. */
function elementsOf(value: Datum): [Datum, Datum][] | undefined {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return (value as Datum[]).map((element, at) => [at, element]);
  if (typeof value === 'number') return Array.from({ length: Math.max(0, value) }, (_, at) => [at, at]);
  if (isMap(value)) {
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]]);
  }
  return undefined;
}
