import { text } from 'node:stream/consumers';
import type { LoadOptions, LoadResult, VarFlag } from '../packer/api.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { Arguments } from './arguments.ts';
import type { Io } from './io.ts';
import type { Reporter } from './reporter.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { loadConfiguration, planBuilds, sortDiagnostics } from '../packer/index.ts';

/** What a command decides about loading. */
type TemplateOptions = Pick<LoadOptions, 'dataSources' | 'missingFiles' | 'undeclared' | 'signal'>;

/**
 * Loads the template that the operand names, with the values that the flags give, and reports its problems.
 * Undefined when there are errors.
 */
export async function loadTemplate(
  args: Arguments,
  io: Io,
  reporter: Reporter,
  options: TemplateOptions,
): Promise<LoadResult | undefined> {
  const loadOptions = loadOptionsOf(args, io, reporter, options);
  if (!loadOptions) return undefined;
  const loaded = await loadConfiguration(args.operands[0]!, loadOptions);
  await reporter.diagnostics(loaded.diagnostics, loaded.sources);
  return hasErrors(loaded.diagnostics) ? undefined : loaded;
}

/** What the flags and the environment say about loading; undefined when a flag is wrong, which is reported. */
export function loadOptionsOf(
  args: Arguments,
  io: Io,
  reporter: Reporter,
  options: Partial<LoadOptions>,
): LoadOptions | undefined {
  const vars: VarFlag[] = [];
  for (const flag of args.all('var')) {
    const equals = flag.indexOf('=');
    if (equals < 1) {
      reporter.error(`-var takes NAME=VALUE, not "${flag}".`);
      return undefined;
    }
    vars.push({ name: flag.slice(0, equals), value: flag.slice(equals + 1) });
  }
  const configType = args.text('config-type') === 'hcl2' ? 'hcl2' : 'json';
  let input: Promise<string> | undefined;
  // Some commands load the template twice, and what has been read is gone.
  const stdin = () => (input ??= text(io.stdin));
  return { cwd: io.cwd, env: io.env, vars, varFiles: args.all('var-file'), configType, stdin, ...options };
}

/** A template whose variables and locals are right, and its builds. */
export interface PreparedBuilds {
  readonly loaded: LoadResult;
  /** The builds that -only and -except leave and that have no errors. */
  readonly plans: readonly BuildPlan[];
  /** Some builds have errors. */
  readonly failed: boolean;
}

/**
 * Loads the template and plans the builds that -only and -except leave, and reports the problems of both in one list.
 * Undefined when loading alone shows errors; builds are planned then too, for their problems.
 */
export async function prepareBuilds(
  args: Arguments,
  io: Io,
  reporter: Reporter,
  options: TemplateOptions,
): Promise<PreparedBuilds | undefined> {
  const loadOptions = loadOptionsOf(args, io, reporter, options);
  if (!loadOptions) return undefined;
  const loaded = await loadConfiguration(args.operands[0]!, loadOptions);
  const { plans, diagnostics } = await planBuilds(loaded.configuration, {
    only: args.all('only'),
    except: args.all('except'),
  });
  const all = sortDiagnostics([...loaded.diagnostics, ...diagnostics], loaded.configuration.files);
  await reporter.diagnostics(all, loaded.sources);
  return hasErrors(loaded.diagnostics) ? undefined : { loaded, plans, failed: hasErrors(diagnostics) };
}

/** What to say when the flags leave nothing to do. */
export const NO_BUILD = 'No build is left to run: see -only and -except, and the builds of the template.';
