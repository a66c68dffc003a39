import type { Expression } from '../../hcl/ast.ts';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { ContentAttribute } from '../../hcl/schema.ts';
import { parseDuration } from '../../lib/duration.ts';
import type { Json } from '../../plan/json.ts';
import type { ItemSchema } from '../../schema/index.ts';
import { TemplateError, renderTemplate } from '../../template/index.ts';
import type { Configuration } from '../configuration.ts';
import { problem, warning } from '../problems.ts';
import type { PackerProblem } from '../problem-summaries.ts';
import type { NamedBuilder } from './builder.ts';
import { coerceScalar } from './coerce.ts';
import { builderRenderer } from './functions.ts';
import { jsonOf, startRangeOf } from './literals.ts';

/** The members that every provisioner, or every post-processor, has. */
export const PROVISIONER_MEMBERS = ['only', 'except', 'override', 'pause_before', 'timeout', 'max_retries'];
export const POST_PROCESSOR_MEMBERS = ['name', 'only', 'except', 'keep_input_artifact'];

export interface LegacyMeta {
  readonly name: string | undefined;
  /** False: `only` or `except` leaves this builder out. */
  readonly applies: boolean;
  /** Milliseconds. */
  readonly pauseBefore: number;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly keepInputArtifact: boolean | undefined;
  /** The options for this builder. */
  readonly override: Expression | undefined;
}

/** Reads them for one builder. Whether `only`, `except` and `override` name builders is the business of `checkReferences`. */
export function readMembers(
  members: readonly ContentAttribute[],
  builder: NamedBuilder,
  configuration: Configuration,
): { meta: LegacyMeta; diagnostics: Diagnostic[] } {
  const reader = new MetaReader(members, builder, configuration);
  const pauseBefore = reader.duration('pause_before');
  const timeout = reader.duration('timeout');
  const late = members.find(({ name }) => name === 'timeout');
  if (pauseBefore > 0 && timeout > 0 && late) {
    const detail =
      'timeout has no effect beside pause_before: as in Packer, a provisioner that pauses first runs without a limit. Remove one of the two.';
    reader.diagnostics.push(warning('attribute-ignored', detail, late.nameRange));
  }
  const name = reader.scalar('name', { type: 'string' }, 'a text');
  const keep = reader.scalar('keep_input_artifact', { type: 'boolean' }, 'true or false');
  const meta: LegacyMeta = {
    name: typeof name === 'string' && name !== '' ? name : undefined,
    applies: reader.applies(),
    pauseBefore,
    timeout: pauseBefore > 0 ? 0 : timeout,
    maxRetries: reader.retries(),
    keepInputArtifact: typeof keep === 'boolean' ? keep : undefined,
    override: reader.override(),
  };
  return { meta, diagnostics: reader.diagnostics };
}

class MetaReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #members: ReadonlyMap<string, Expression>;
  readonly #builder: NamedBuilder;
  readonly #configuration: Configuration;

  constructor(members: readonly ContentAttribute[], builder: NamedBuilder, configuration: Configuration) {
    this.#members = new Map(members.map(({ name, expression }) => [name, expression]));
    this.#builder = builder;
    this.#configuration = configuration;
  }

  #fail(code: PackerProblem, name: string, detail: string): void {
    const expression = this.#members.get(name);
    this.diagnostics.push(problem(code, detail, expression && startRangeOf(expression)));
  }

  /** The value, with variables in it; undefined when it is not there, null, or, after a message, of no use. */
  #value(name: string): Json | undefined {
    const expression = this.#members.get(name);
    const json = expression && jsonOf(expression);
    if (typeof json !== 'string' || !json.includes('{{')) return json ?? undefined;
    const { functions } = builderRenderer(this.#builder, this.#configuration);
    try {
      return renderTemplate(json, {}, { functions });
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.#fail('template-call-invalid', name, error.message);
      return undefined;
    }
  }

  scalar(name: string, type: ItemSchema, wanted: string): Json | undefined {
    const json = this.#value(name);
    if (json === undefined) return undefined;
    const coerced = coerceScalar(json, type, wanted);
    if (coerced.ok) return coerced.json;
    this.#fail('value-wrong-type', name, `The value of "${name}" does not fit: ${coerced.fault}.`);
    return undefined;
  }

  /** Milliseconds. A number counts nanoseconds. */
  duration(name: string): number {
    const json = this.#value(name);
    if (json === undefined || json === '') return 0;
    const milliseconds =
      typeof json === 'number' ? json / 1e6 : typeof json === 'string' ? parseDuration(json) : undefined;
    if (milliseconds === undefined) {
      const detail = `"${name}" is ${JSON.stringify(json)}, which is not a duration: a number in a text needs a unit (ns, us, ms, s, m, h). Write "30s" or "1m30s".`;
      this.#fail('duration-invalid', name, detail);
    }
    return milliseconds ?? 0;
  }

  retries(): number {
    const value = this.scalar('max_retries', { type: 'integer' }, 'a whole number');
    if (typeof value !== 'number') return 0;
    if (Number.isInteger(value) && value >= 0) return value;
    this.#fail(
      'value-out-of-range',
      'max_retries',
      `max_retries is ${value}; it must be a whole number from 0.`,
    );
    return 0;
  }

  applies(): boolean {
    const only = namesOf(this.#members.get('only'));
    const isMine = (name: string) => name === this.#builder.writtenName || name === this.#builder.name;
    if (only.length > 0) return only.some(isMine);
    return !namesOf(this.#members.get('except')).some(isMine);
  }

  override(): Expression | undefined {
    const expression = this.#members.get('override');
    if (expression?.kind !== 'Object') return undefined;
    const { writtenName } = this.#builder;
    const item = expression.items.find(({ key }) => jsonOf(key.expression) === writtenName);
    return item?.value;
  }
}

/** The names in a list, or in a text with commas. */
export function namesOf(expression: Expression | undefined): string[] {
  const json = expression && jsonOf(expression);
  if (typeof json === 'string') return json === '' ? [] : json.split(',');
  return Array.isArray(json) ? (json as readonly Json[]).filter((name) => typeof name === 'string') : [];
}
