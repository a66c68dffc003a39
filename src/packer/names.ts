import type { Expression } from '../hcl/ast.ts';
import type { Range } from '../hcl/source.ts';
import { isSensitive } from '../hcl/value/marks.ts';
import { DYNAMIC_UNKNOWN, objectValue, stringValue } from '../hcl/value/construct.ts';
import type { Value } from '../hcl/value/value.ts';
import { BUILD_DATA_NAMES, type ShownBuildData } from '../plan/build-plan.ts';
import { PACKER_VERSION } from '../template/index.ts';
import { UNKNOWN_TEXT, stringLeaves } from './schema-values.ts';

/** A named value, with where it came from for messages. */
export interface NamedValue {
  readonly value: Value;
  /** In words, such as `-var-file prod.pkrvars.hcl:3`; undefined for what the template itself says. */
  readonly origin?: string;
  readonly range?: Range;
  /** Of a local: what it is made of. */
  readonly expression?: Expression;
}

/** Everything that expressions can refer to by name, as far as it has been evaluated. */
export class Names {
  readonly variables = new Map<string, NamedValue>();
  readonly locals = new Map<string, NamedValue>();
  /** By type, then by name. */
  readonly data = new Map<string, Map<string, NamedValue>>();
  /** Texts that functions have read from stores of secrets, in whatever expression that was. */
  readonly secrets = new Set<string>();
  readonly #fixed: ReadonlyMap<string, Value>;
  #var: Value | undefined;

  constructor(root: string, cwd: string) {
    this.#fixed = new Map([
      ['path', objectOf({ root: stringValue(root), cwd: stringValue(cwd.replaceAll('\\', '/')) })],
      ['packer', objectOf({ version: stringValue(PACKER_VERSION) })],
    ]);
  }

  /**
   * `var`, `local`, `data`, `path` and `packer`: what is known everywhere.
   * @param only restricts locals and data sources to these (`local.x`, `data.t.n`): building all of them anew for each
   *   of a thousand locals would take long.
   */
  common(only?: readonly string[]): Map<string, Value> {
    const values = new Map(this.#fixed);
    // The values of variables are complete before anything is evaluated.
    this.#var ??= valuesOf(this.variables);
    values.set('var', this.#var);
    values.set('local', valuesOf(pick(this.locals, 'local.', only)));
    const data = [...this.data].map(([type, named]): [string, Value] => [
      type,
      valuesOf(pick(named, `data.${type}.`, only)),
    ]);
    values.set('data', objectValue(new Map(data)));
    return values;
  }
}

/** Those of the named values that `only` has, with this prefix; all of them without `only`. */
function pick(
  named: ReadonlyMap<string, NamedValue>,
  prefix: string,
  only: readonly string[] | undefined,
): ReadonlyMap<string, NamedValue> {
  if (only === undefined) return named;
  // By the wanted ones: going through all of ten thousand locals for each of them would take seconds.
  const picked = new Map<string, NamedValue>();
  for (const full of only) {
    const name = full.startsWith(prefix) ? full.slice(prefix.length) : undefined;
    const value = name === undefined ? undefined : named.get(name);
    if (name !== undefined && value !== undefined) picked.set(name, value);
  }
  return picked;
}

/** Every text in the sensitive variables and locals, and every secret that has been read: no output may show one. */
export function sensitiveTexts({ variables, locals, secrets }: Names): string[] {
  const values = [...variables.values(), ...locals.values()].map(({ value }) => value);
  return [...new Set([...values.filter(isSensitive).flatMap(stringLeaves), ...secrets])];
}

export interface SourceNames {
  readonly type: string;
  readonly name: string;
}

/** The values of `source`. */
export function sourceValue({ type, name }: SourceNames): Value {
  return objectOf({ type: stringValue(type), name: stringValue(name) });
}

/** The names of `build.…` that a build fills, or Packer's plugins could. */
export const BUILD_NAMES = [...BUILD_DATA_NAMES, 'WinRMPassword'] as const;

/** The values of `build`: without data, as while a template is checked, each is the text "<unknown>" except the name. */
export function buildValue(buildName: string, data?: ShownBuildData): Value {
  const values: Record<string, Value> = { name: stringValue(buildName) };
  for (const name of BUILD_NAMES) {
    const known = data && name !== 'WinRMPassword' ? data[name] : undefined;
    values[name] = known === undefined ? stringValue(UNKNOWN_TEXT) : stringValue(String(known));
  }
  return objectOf(values);
}

/** `build` where only its name may be used: in meta-arguments. */
export function buildNameValue(buildName: string): Value {
  return objectOf({ name: stringValue(buildName) });
}

function valuesOf(named: ReadonlyMap<string, NamedValue>): Value {
  return objectValue(new Map([...named].map(([name, { value }]) => [name, value])));
}

function objectOf(values: Readonly<Record<string, Value>>): Value {
  return objectValue(new Map(Object.entries(values)));
}

/** For a name whose value could not be computed: a message has said why, and nothing that uses it is judged. */
export const NO_USABLE_VALUE: NamedValue = { value: DYNAMIC_UNKNOWN };
