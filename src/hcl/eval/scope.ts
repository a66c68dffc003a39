import type { CallContext, FunctionSpec } from '../functions/spec.ts';
import type { Value } from '../value/value.ts';

/** What names mean while an expression is evaluated. A name that a scope does not have is looked for in its parent. */
export interface Scope {
  /** Where no scope up to the last parent has any, variables are not allowed at all. */
  readonly variables?: ReadonlyMap<string, Value>;
  /** Where no scope up to the last parent has any, function calls are not allowed at all. */
  readonly functions?: ReadonlyMap<string, FunctionSpec>;
  readonly parent?: Scope;
  /** The nearest one counts; without any, files are looked for in the working directory of the process. */
  readonly context?: CallContext;
}

/** A scope on top of another one: what a `for` adds. */
export function childScope(parent: Scope, variables: ReadonlyMap<string, Value>): Scope {
  return { parent, variables };
}

/** The meaning of a variable; undefined if there is none. */
export function findVariable(scope: Scope, name: string): Value | undefined {
  for (let current: Scope | undefined = scope; current !== undefined; current = current.parent) {
    const value = current.variables?.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

export function allowsVariables(scope: Scope): boolean {
  for (let current: Scope | undefined = scope; current !== undefined; current = current.parent) {
    if (current.variables !== undefined) return true;
  }
  return false;
}

/** The names of all variables, for suggestions. */
export function variableNames(scope: Scope): string[] {
  const names: string[] = [];
  for (let current: Scope | undefined = scope; current !== undefined; current = current.parent) {
    if (current.variables !== undefined) names.push(...current.variables.keys());
  }
  return names;
}

/** All functions of a scope, the nearest of each name; undefined where calls are not allowed. */
export function functionsOf(scope: Scope): ReadonlyMap<string, FunctionSpec> | undefined {
  let found: ReadonlyMap<string, FunctionSpec> | undefined;
  for (let current: Scope | undefined = scope; current !== undefined; current = current.parent) {
    if (current.functions === undefined) continue;
    found = found === undefined ? current.functions : new Map([...current.functions, ...found]);
  }
  return found;
}

export function contextOf(scope: Scope): CallContext {
  for (let current: Scope | undefined = scope; current !== undefined; current = current.parent) {
    if (current.context !== undefined) return current.context;
  }
  return { baseDirectory: '.' };
}
