import { randomUUID } from 'node:crypto';
import type { OnError, RunOptions } from '../../build/options.ts';
import { Cancellation } from '../../build/options.ts';
import type { Hypervisor } from '../../hypervisor/hypervisor.ts';
import type { BuildPlan } from '../../plan/build-plan.ts';
import type { Arguments } from '../arguments.ts';
import type { Run } from '../command.ts';
import type { Io } from '../io.ts';
import type { Log } from '../log.ts';
import type { View } from '../view/view.ts';
import type { ProcessObserver } from '../../lib/process/observer.ts';
import { observingProcesses } from '../../lib/process/observer.ts';
import { chooseHypervisor } from '../hypervisor.ts';
import { journaled } from '../journal.ts';
import { LogError, logText, openLog } from '../log.ts';
import { failureReport } from '../view/failure-report.ts';
import { HumanView } from '../view/human-view.ts';
import { isJson } from '../view/json-line.ts';
import { JsonView } from '../view/json-view.ts';
import { MachineView } from '../view/machine-view.ts';
import { styleOf, wantsColor } from '../view/style.ts';
import { TerminalPrompt } from '../terminal/prompt.ts';
import { Reporter } from '../reporter.ts';
import { NO_BUILD, prepareBuilds } from '../template.ts';
import { VERSION } from '../version.ts';

/** `vmm-hcl build TEMPLATE`. */
export const run: Run = async (args, io) => {
  const mistake = checkFlags(args, io);
  if (mistake !== undefined) {
    io.stderr.write(`${mistake}\n`);
    return 1;
  }
  const interrupt = new Interrupt(io);
  try {
    return await build(args, io, interrupt);
  } finally {
    interrupt.end();
  }
};

async function build(args: Arguments, io: Io, interrupt: Interrupt): Promise<number> {
  const reporter = new Reporter(args, io);
  const prepared = await prepareBuilds(args, io, reporter, {
    dataSources: 'run',
    undeclared: args.on('warn-on-undeclared-var') ? 'warn' : 'ignore',
    signal: interrupt.signal,
  });
  if (!prepared) return 1;
  const { loaded, plans, failed } = prepared;
  if (interrupt.signal.aborted) return 1;
  if (plans.length === 0) {
    if (!failed) reporter.error(NO_BUILD);
    return 1;
  }
  let log: Log | undefined;
  try {
    log = openLog(io, args.on('debug'));
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    reporter.error(error.message);
    return 1;
  }
  try {
    const view = viewOf(args, io, plans, log);
    const hypervisor = await chooseHypervisor(args, io, reporter, loaded, {
      onNote: (text) => view.say(text),
    });
    if (!hypervisor) return 1;
    const work = { plans, hypervisor, interrupt, log, view };
    const succeeded = await observingProcesses(logged(log), () => runPlans(args, io, work));
    return succeeded && !failed ? 0 : 1;
  } finally {
    log?.close();
  }
}

/** Programs that run before a build begins go to the log; those of a build are events. */
function logged(log: Log | undefined): ProcessObserver {
  return {
    started: (argv) => {
      log?.line(Date.now(), `host: ${JSON.stringify(argv)}`);
      return () => {};
    },
  };
}

interface Work {
  readonly plans: readonly BuildPlan[];
  readonly hypervisor: Hypervisor;
  readonly interrupt: Interrupt;
  readonly log: Log | undefined;
  readonly view: View;
}

/** Runs the builds under the eyes of the view; true if all of them succeeded. */
async function runPlans(
  args: Arguments,
  io: Io,
  { plans, hypervisor, interrupt, log, view }: Work,
): Promise<boolean> {
  interrupt.say = (text) => view.error(text);
  const { runBuilds } = await import('../../build/run-builds.ts');
  const { socketFolder } = await import('../../build/console/protocol.ts');
  let kept = false;
  const options: RunOptions = {
    hypervisor,
    force: args.on('force'),
    onError: args.text('on-error') as OnError,
    parallel: Math.max(0, args.number('parallel-builds')),
    signal: interrupt.signal,
    runUuid: randomUUID(),
    debug: args.on('debug'),
    consoleFolder: socketFolder(io.env),
    dossier: { program: `vmm-hcl ${VERSION}`, report: failureReport },
    ...(canAsk(args, io) && { prompt: new TerminalPrompt(io, view) }),
    onEvent(event) {
      view.event(event);
      if (event.type === 'cleanup-skipped') kept = true;
      const text = log && logText(event);
      if (text !== undefined) log?.line(event.time, text);
    },
  };
  const start = performance.now();
  const build = () => runBuilds(plans, options);
  const result = await journaled(args, io, view, build, () => kept);
  if (interrupt.signal.aborted && !result.cancelled) {
    view.say('It was too late to cancel: every build had come to its end.');
  }
  await view.finish(result, performance.now() - start, plans, interrupt.signal);
  return !result.cancelled && result.builds.every(({ outcome }) => outcome === 'success');
}

function viewOf(args: Arguments, io: Io, plans: readonly BuildPlan[], log: Log | undefined): View {
  if (args.machineReadable) return new MachineView(io.stdout);
  if (isJson(args)) return new JsonView(io.stdout, io.stderr);
  // A log on the same terminal would be torn apart by a status line, and a dumb terminal cannot erase one.
  const keepsLines = log?.onStandardError === true || io.env['TERM'] === 'dumb';
  const out = keepsLines ? { ...io.stdout, write: io.stdout.write, isTerminal: false } : io.stdout;
  return new HumanView({
    out,
    errors: io.stderr,
    style: styleOf(wantsColor(args, io, io.stdout)),
    timestamps: args.on('timestamp-ui'),
    builds: plans.map(({ name }) => name),
  });
}

/** What is wrong with the flags together, or with the place where they are used. */
function checkFlags(args: Arguments, io: Io): string | undefined {
  if (args.machineReadable && isJson(args))
    return '-machine-readable and -log-format=json are two formats of the same output. Take one of them.';
  if (canAsk(args, io)) return undefined;
  if (args.text('on-error') === 'ask')
    return '-on-error=ask needs a terminal on which to ask. Take another value, such as cleanup.';
  if (args.on('debug'))
    return '-debug waits for Enter between the steps and needs a terminal. For a log of the details set PACKER_LOG=1.';
  return undefined;
}

function canAsk(args: Arguments, io: Io): boolean {
  return !args.machineReadable && !isJson(args) && io.stdin.isTTY === true && io.stdout.isTerminal;
}

/** Ctrl-C and its like: the first one cancels, further ones say that this is under way. */
class Interrupt {
  readonly #controller = new AbortController();
  #isOver = false;
  say: (text: string) => void;

  constructor(io: Io) {
    this.say = (text) => io.stderr.write(`${text}\n`);
    io.onSignal((name) => {
      if (this.#isOver) return;
      if (this.#controller.signal.aborted) {
        this.say(`${name}: still cleaning up; please wait.`);
        return;
      }
      this.say(`${name}: cancelling; what was started is ended and removed.`);
      // A terminal sends SIGINT; a job that has run for too long gets another signal, or has no terminal.
      const byPerson = name === 'SIGINT' && io.stdin.isTTY === true;
      this.#controller.abort(new Cancellation(`The build was ended by ${name}.`, byPerson));
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Signals stay harmless: one at the very end must not become the exit status of what is done. */
  end(): void {
    this.#isOver = true;
  }
}
