import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { ContentAttribute } from '../hcl/schema.ts';
import { nearest } from '../hcl/suggestion.ts';
import { BOOL, DYNAMIC, NUMBER, STRING, listType } from '../hcl/value/type.ts';
import type { Type } from '../hcl/value/type.ts';
import type { Value } from '../hcl/value/value.ts';
import { parseDuration } from '../lib/duration.ts';
import type { Json } from '../plan/json.ts';
import { convertOrReport } from './builds.ts';
import type { Evaluator } from './evaluator.ts';
import { partOf } from './places.ts';
import { problem, warning } from './problems.ts';
import { UNKNOWN_TEXT, valueToJson } from './schema-values.ts';

/** The arguments that every provisioner, or every post-processor, has. */
export interface MetaArguments {
  readonly name: string | undefined;
  /** False: `only` or `except` leaves this source out. */
  readonly applies: boolean;
  /** Milliseconds. */
  readonly pauseBefore: number;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly continueOnError: boolean;
  readonly keepInputArtifact: boolean | undefined;
  /** Options for this source, by name. */
  readonly override: ReadonlyMap<string, Value>;
  readonly overrideAttribute: ContentAttribute | undefined;
}

export const PROVISIONER_META = [
  'name',
  'only',
  'except',
  'override',
  'pause_before',
  'timeout',
  'max_retries',
  'continue_on_error',
] as const;

export const POST_PROCESSOR_META = ['name', 'only', 'except', 'keep_input_artifact'] as const;

interface MetaContext {
  /** Knows `build.name` and `source`, but nothing of the running build. */
  readonly evaluator: Evaluator;
  /** `type.name` of the source. */
  readonly source: string;
  /** The name of the source alone, the key of `override`. */
  readonly sourceName: string;
  /** `type.name` of all sources of the build. */
  readonly allSources: readonly string[];
}

/** Reads the meta-arguments among the attributes of a block, for one source. */
export function readMeta(
  attributes: readonly ContentAttribute[],
  context: MetaContext,
): { meta: MetaArguments; diagnostics: Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const find = (name: string) => attributes.find((attribute) => attribute.name === name);
  const read = (name: string, type: Type): Json | undefined => {
    const attribute = find(name);
    const value = attribute && convertOrReport(attribute, type, context.evaluator, diagnostics);
    return value === undefined || value.content === null ? undefined : valueToJson(value);
  };
  const duration = (name: string): number => {
    const text = read(name, STRING);
    if (typeof text !== 'string' || text === '' || text === UNKNOWN_TEXT) return 0;
    const milliseconds = parseDuration(text);
    const attribute = find(name);
    if (milliseconds === undefined && attribute) {
      const detail = `${name} is ${JSON.stringify(text)}, which is not a duration: a number needs a unit (ns, us, ms, s, m, h). Write "30s" or "1m30s".`;
      diagnostics.push(problem('duration-invalid', detail, attribute.expression.range));
    }
    return milliseconds ?? 0;
  };
  const name = read('name', STRING);
  const keep = read('keep_input_artifact', BOOL);
  const pauseBefore = duration('pause_before');
  const timeout = duration('timeout');
  const timeoutAttribute = find('timeout');
  if (pauseBefore > 0 && timeout > 0 && timeoutAttribute) {
    const detail =
      'timeout has no effect beside pause_before: as in Packer, a provisioner that pauses first runs without a limit. Move the pause into pause_after of the provisioner before, or remove timeout.';
    diagnostics.push(warning('attribute-ignored', detail, timeoutAttribute.nameRange));
  }
  const meta: MetaArguments = {
    name: typeof name === 'string' ? name : undefined,
    applies: readFilters(find('only'), find('except'), context, diagnostics),
    pauseBefore,
    // As in Packer, which never starts the timer of a provisioner that pauses first.
    timeout: pauseBefore > 0 ? 0 : timeout,
    maxRetries: readRetries(find('max_retries'), read('max_retries', NUMBER), diagnostics),
    continueOnError: read('continue_on_error', BOOL) === true,
    keepInputArtifact: typeof keep === 'boolean' ? keep : undefined,
    override: readOverride(find('override'), context, diagnostics),
    overrideAttribute: find('override'),
  };
  return { meta, diagnostics };
}

function readRetries(
  attribute: ContentAttribute | undefined,
  value: Json | undefined,
  diagnostics: Diagnostic[],
): number {
  if (typeof value !== 'number') return 0;
  if (Number.isInteger(value) && value >= 0) return value;
  const detail = `max_retries is ${value}; it must be a whole number from 0.`;
  diagnostics.push(problem('value-out-of-range', detail, attribute && attribute.expression.range));
  return 0;
}

function readFilters(
  only: ContentAttribute | undefined,
  except: ContentAttribute | undefined,
  context: MetaContext,
  diagnostics: Diagnostic[],
): boolean {
  if (only && except) {
    const detail = 'only and except exclude each other: keep the one that says what you mean.';
    diagnostics.push(problem('filter-conflict', detail, except.nameRange));
  }
  const names = (attribute: ContentAttribute | undefined): readonly string[] | undefined => {
    const value = attribute && convertOrReport(attribute, listType(STRING), context.evaluator, diagnostics);
    if (!attribute || !Array.isArray(value?.content)) return undefined;
    const list = valueToJson(value) as readonly Json[];
    list.forEach((name, at) => {
      if (typeof name !== 'string' || context.allSources.includes(name)) return;
      const meant =
        nearest(name, context.allSources) ?? context.allSources.find((one) => one.endsWith(`.${name}`));
      const hint =
        meant === undefined
          ? ` The sources of the build are ${context.allSources.join(', ')}.`
          : ` Did you mean "${meant}"?`;
      const detail = `"${name}" is no source of this build: "${attribute.name}" takes names as TYPE.NAME, without the build's name and without patterns.${hint}`;
      diagnostics.push(warning('filter-unknown', detail, partOf(attribute.expression, [String(at)]).range));
    });
    return list.filter((name) => typeof name === 'string');
  };
  const onlyNames = names(only);
  const exceptNames = names(except);
  if (onlyNames && onlyNames.length > 0) return onlyNames.includes(context.source);
  return !exceptNames?.includes(context.source);
}

function readOverride(
  attribute: ContentAttribute | undefined,
  context: MetaContext,
  diagnostics: Diagnostic[],
): ReadonlyMap<string, Value> {
  const value = attribute && convertOrReport(attribute, DYNAMIC, context.evaluator, diagnostics);
  if (!attribute || !value || value.content === null) return new Map();
  const entries = entriesOf(value);
  const mine = entries?.get(context.sourceName);
  const options = mine && entriesOf(mine);
  if (!entries || (mine && !options)) {
    const detail =
      'override maps names of sources to maps of options: override = { NAME = { option = value } }.';
    diagnostics.push(problem('override-invalid', detail, attribute.expression.range));
  }
  return options ?? new Map();
}

function entriesOf(value: Value): ReadonlyMap<string, Value> | undefined {
  return value.content instanceof Map ? (value.content as ReadonlyMap<string, Value>) : undefined;
}
