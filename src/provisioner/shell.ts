import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DISCONNECTED } from '../communicator/communicator.ts';
import { guestPath } from '../communicator/guest-path.ts';
import type { ExecResult } from '../communicator/communicator.ts';
import { LineSplitter } from '../lib/lines.ts';
import { shellQuote } from '../lib/process/shell-words.ts';
import { type Action, guestCommand } from '../plan/action.ts';
import { buildFunctions, renderTemplate } from '../template/index.ts';
import { formatEnvironment, scriptEnvironment } from './environment.ts';
import { Options } from './options.ts';
import type { ProvisionContext, Provisioner, ShownContext } from './provisioner.ts';
import { bootMark, MARK, waitForNewBoot } from './reboot.ts';
import { retry } from './retry.ts';
import { describeSource, readScript, scriptsOf, withUnixLineEnds } from './scripts.ts';
import type { Script } from './scripts.ts';

const FIVE_MINUTES = 300_000;

/** Runs scripts in the guest: each is uploaded, made executable, run by `execute_command`, and removed. */
export const shell: Provisioner = {
  type: 'shell',
  async run(config, context) {
    const options = new Options(config);
    const place = placeInGuest(options, () => String(randomInt(9999)));
    for (const script of scriptsOf(options)) {
      context.ui.say(
        script.path === undefined
          ? 'Provisioning with an inline shell script'
          : `Provisioning with the shell script ${script.path}`,
      );
      await runScript(script, options, place, context);
    }
    const pause = options.duration('pause_after', 0);
    if (pause > 0) {
      context.ui.say(`Pausing ${pause / 1000} s after this provisioner (pause_after)`);
      await sleep(pause, undefined, { signal: context.signal }).catch(() => context.signal.throwIfAborted());
    }
  },
  async describe(config, context) {
    const options = new Options(config);
    const place = placeInGuest(options, () => '<number>');
    const actions: Action[] = [];
    for (const script of scriptsOf(options))
      actions.push(...(await describeScript(script, options, place, context)));
    const pause = options.duration('pause_after', 0);
    if (pause > 0) actions.push({ type: 'wait', milliseconds: pause, text: 'pause_after' });
    return actions;
  },
};

async function describeScript(
  script: Script,
  options: Options,
  place: Place,
  context: ShownContext,
): Promise<Action[]> {
  const disconnects = options.boolean('expect_disconnect');
  const mark = disconnects ? [guestCommand(MARK, 'often', 'before and after: has the guest restarted?')] : [];
  const variables: Action[] =
    place.variables === undefined
      ? []
      : [{ type: 'upload', content: variablesFile(options, context), to: place.variables, mode: '600' }];
  const upload: Action = { type: 'upload', ...(await describeSource(script)), to: place.script, mode: '755' };
  const run = guestCommand(commandLine(options, place, context));
  const clean = options.boolean('skip_clean') ? [] : [guestCommand(removeCommand(place))];
  return [...mark, ...variables, upload, run, ...clean];
}

interface Place {
  readonly script: string;
  /** Path of the file with the environment, with `use_env_var_file`. */
  readonly variables?: string;
}

/** @param number something that other scripts do not have in their names */
function placeInGuest(options: Options, number: () => string): Place {
  const folder = options.string('remote_folder') ?? '/tmp';
  const name = options.string('remote_file') ?? `script_${number()}.sh`;
  return {
    script: options.string('remote_path') || `${folder}/${name}`,
    variables: options.boolean('use_env_var_file') ? `${folder}/varfile_${number()}.sh` : undefined,
  };
}

async function runScript(
  script: Script,
  options: Options,
  place: Place,
  context: ProvisionContext,
): Promise<void> {
  const { ui, communicator, signal } = context;
  const bytes = await readScript(script);
  const content = options.boolean('binary') ? bytes : withUnixLineEnds(bytes);
  const command = commandLine(options, place, context);
  const expectsDisconnect = options.boolean('expect_disconnect');
  const startTimeout = options.duration('start_retry_timeout', FIVE_MINUTES);
  const mark = expectsDisconnect ? await bootMark(communicator, signal) : undefined;
  const tellRetry = (error: Error) => ui.error(`${error.message} Trying again.`);
  await retry(
    startTimeout,
    signal,
    (limited) => upload(content, options, place, context, limited),
    tellRetry,
  );
  const output = { stdout: lines(context, 'stdout'), stderr: lines(context, 'stderr') };
  // Only the start may be repeated: a script that has begun is not run twice.
  const result = await communicator.exec(command, {
    signal,
    onStdout: (chunk) => output.stdout.push(chunk),
    onStderr: (chunk) => output.stderr.push(chunk),
  });
  output.stdout.end();
  output.stderr.end();
  judge(result, script, options, expectsDisconnect);
  if (result.status === DISCONNECTED) await waitForNewBoot(communicator, mark, context, startTimeout);
  if (options.boolean('skip_clean')) return;
  await retry(startTimeout, signal, (limited) => remove(place, context, limited), tellRetry);
}

function commandLine(options: Options, place: Place, context: ShownContext): string {
  const inFile = place.variables !== undefined;
  const template =
    options.string('execute_command') ||
    (inFile
      ? 'chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}'
      : 'chmod +x {{.Path}}; {{.Vars}} {{.Path}}');
  const variables = scriptEnvironment(options, context);
  const format = options.string('env_var_format') || "%s='%s' ";
  const data = {
    Path: place.script,
    Vars: inFile ? '' : formatEnvironment(variables, format),
    EnvVarFile: place.variables ?? '',
  };
  const source = { type: context.sourceType, name: context.sourceName };
  return renderTemplate(template, data, { functions: buildFunctions(source) });
}

async function upload(
  content: Buffer,
  options: Options,
  place: Place,
  context: ProvisionContext,
  signal: AbortSignal,
): Promise<void> {
  const { communicator } = context;
  if (place.variables !== undefined) {
    const text = Buffer.from(variablesFile(options, context));
    await communicator.upload(text, place.variables, { signal, mode: 0o600 });
  }
  await communicator.upload(content, place.script, { signal, mode: 0o755 });
}

async function remove(place: Place, context: ProvisionContext, signal: AbortSignal): Promise<void> {
  await must(context, removeCommand(place), signal);
}

function removeCommand(place: Place): string {
  const paths = [place.script, place.variables].filter((path) => path !== undefined);
  return `rm -f ${paths.map((path) => shellQuote(guestPath(path))).join(' ')}`;
}

function variablesFile(options: Options, context: ShownContext): string {
  const format = options.string('env_var_format') || "export %s='%s'\n";
  return formatEnvironment(scriptEnvironment(options, context), format);
}

/** Runs a command of ours. @throws Error with what it said when it fails */
async function must({ communicator }: ProvisionContext, command: string, signal: AbortSignal): Promise<void> {
  let said = '';
  const result = await communicator.exec(command, {
    signal,
    onStderr: (chunk) => (said = (said + chunk.toString()).slice(-1000)),
  });
  if (result.status === 0) return;
  if (result.status === DISCONNECTED) throw new Error('The SSH connection was lost.');
  throw new Error(`"${command}" failed in the guest with status ${result.status}: ${said.trim()}.`);
}

function judge(result: ExecResult, script: Script, options: Options, expectsDisconnect: boolean): void {
  if (result.status === DISCONNECTED) {
    if (expectsDisconnect) return;
    throw new Error(
      `The SSH connection was lost while the ${script.label} ran. If the script is meant to end it, for instance by a reboot, set expect_disconnect = true.`,
    );
  }
  if (result.signal !== undefined)
    throw new Error(`The ${script.label} was ended by signal ${result.signal}.`);
  const valid = options.numbers('valid_exit_codes') ?? [0];
  if (valid.includes(result.status)) return;
  const allowed = valid.length === 1 && valid[0] === 0 ? '' : ` (valid_exit_codes: ${valid.join(', ')})`;
  throw new Error(`The ${script.label} ended with exit status ${result.status}${allowed}.`);
}

function lines({ ui }: ProvisionContext, stream: 'stdout' | 'stderr'): LineSplitter {
  return new LineSplitter((line) => ui.output(stream, line));
}
