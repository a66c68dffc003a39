import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LineSplitter } from '../lib/lines.ts';
import { describeEnd, startProcess } from '../lib/process/run.ts';
import { shellQuote } from '../lib/process/shell-words.ts';
import { temporaryFolder } from '../lib/temporary-folder.ts';
import { type Action, hostCommand } from '../plan/action.ts';
import { buildFunctions, renderTemplate } from '../template/index.ts';
import { formatEnvironment, scriptEnvironment } from './environment.ts';
import { Options } from './options.ts';
import type { ProvisionContext, Provisioner, ShownContext } from './provisioner.ts';
import { describeSource, readScript, scriptsOf } from './scripts.ts';
import type { Script } from './scripts.ts';

const DEFAULT_COMMAND = ['/bin/sh', '-c', '{{.Vars}} {{.Script}}'];

/** Node's names of systems, where they differ from Packer's. */
const SYSTEMS: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };

/** Runs scripts on this machine. */
export const shellLocal: Provisioner = {
  type: 'shell-local',
  run: (config, context) => runLocalScripts(new Options(config), context),
  describe: (config, context) => describeLocalScripts(new Options(config), context),
};

/** What the scripts need of their surroundings: less than a provisioner has, since a post-processor runs them too. */
export type LocalContext = ShownContext & Pick<ProvisionContext, 'ui' | 'signal' | 'data'>;

/**
 * Runs the scripts that a block of type shell-local names, one after the other.
 * @throws Error when one cannot be read, or ends with a status that is not in `valid_exit_codes`
 */
export async function runLocalScripts(options: Options, context: LocalContext): Promise<void> {
  const skipped = skippedHere(options);
  if (skipped !== undefined) return context.ui.say(skipped);
  for (const script of scriptsOf(options)) {
    context.ui.say(
      script.path === undefined
        ? 'Running an inline script on this machine'
        : `Running the ${script.label} on this machine`,
    );
    if (script.path === undefined) {
      await withTemporaryScript(script, options, (path) => runScript(path, script, options, context));
    } else {
      await readScript(script);
      await runScript(resolve(script.path), script, options, context);
    }
  }
}

/** What `runLocalScripts` would do. */
export async function describeLocalScripts(options: Options, context: ShownContext): Promise<Action[]> {
  const skipped = skippedHere(options);
  if (skipped !== undefined) return [{ type: 'note', text: `${skipped}.` }];
  const actions: Action[] = [];
  for (const script of scriptsOf(options)) actions.push(...(await describeScript(script, options, context)));
  return actions;
}

/** Why nothing is run on this system, if so. */
function skippedHere(options: Options): string | undefined {
  const onlyOn = options.strings('only_on') ?? [];
  const system = SYSTEMS[process.platform] ?? process.platform;
  if (onlyOn.length === 0 || onlyOn.includes(system)) return undefined;
  return `Skipped: this machine runs ${system}, and only_on says ${onlyOn.join(', ')}`;
}

async function describeScript(script: Script, options: Options, context: ShownContext): Promise<Action[]> {
  const source = await describeSource(script);
  const variables = scriptEnvironment(options, context).map(
    ([name, value]) => `${name}=${shellQuote(value)}`,
  );
  const environment: Action = {
    type: 'note',
    text: `In the environment of the script: ${variables.join(' ')}`,
  };
  if ('from' in source) return [environment, hostCommand(commandOf(source.from, options, context))];
  const path = join('<temporary-folder>', scriptName(options));
  return [
    environment,
    { type: 'path', path, what: 'the script', content: source.content, stays: false },
    hostCommand(commandOf(path, options, context)),
  ];
}

/** Inline scripts may hold secrets: only their owner can read them. */
async function withTemporaryScript(
  script: Script,
  options: Options,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await temporaryFolder('vmm-hcl-script-', 'the script');
  try {
    const path = join(folder.path, scriptName(options));
    await writeFile(path, await readScript(script), { mode: 0o700, flag: 'wx' });
    await use(path);
  } finally {
    await folder.remove();
  }
}

function scriptName(options: Options): string {
  const extension = options.string('tempfile_extension') ?? '';
  return `script${extension === '' || extension.startsWith('.') ? extension : `.${extension}`}`;
}

/** The program and its arguments that run the script at `path`. */
function commandOf(path: string, options: Options, context: ShownContext): string[] {
  const command = options.strings('execute_command') ?? DEFAULT_COMMAND;
  // Arguments can be seen by everybody on this machine, the environment only by its owner: where nobody has asked for the
  // variables at a certain place, they go that way.
  const isDefault = command.join('\0') === DEFAULT_COMMAND.join('\0');
  const format = options.string('env_var_format') || "%s='%s' ";
  const values = {
    Vars: isDefault ? '' : formatEnvironment(scriptEnvironment(options, context), format),
    Script: isDefault ? shellQuote(path) : path,
    Command: options.string('command') ?? '',
  };
  const functions = buildFunctions({ type: context.sourceType, name: context.sourceName });
  return command.map((word) => renderTemplate(word, values, { functions }));
}

async function runScript(path: string, script: Script, options: Options, context: LocalContext) {
  const { signal, ui, data } = context;
  const variables = scriptEnvironment(options, context);
  const [program = '/bin/sh', ...args] = commandOf(path, options, context);
  const splitters = {
    stdout: new LineSplitter((line) => ui.output('stdout', line)),
    stderr: new LineSplitter((line) => ui.output('stderr', line)),
  };
  const child = await startProcess(program, args, {
    signal,
    env: { ...Object.fromEntries(variables), PACKER_RUN_UUID: data.PackerRunUUID },
    ownGroup: true,
    onStdout: (chunk) => splitters.stdout.push(chunk),
    onStderr: (chunk) => splitters.stderr.push(chunk),
  });
  const end = await child.ended;
  splitters.stdout.end();
  splitters.stderr.end();
  signal.throwIfAborted();
  const valid = options.numbers('valid_exit_codes') ?? [0];
  if (end.exitCode !== undefined && valid.includes(end.exitCode)) return;
  throw new Error(`The ${script.label} on this machine ${describeEnd(end)}.`);
}
