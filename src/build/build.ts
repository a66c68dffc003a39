import { randomBytes } from 'node:crypto';
import { observingProcesses } from '../lib/process-observer.ts';
import type { ProcessObserver } from '../lib/process-observer.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import { ConsoleHub } from './console-hub.ts';
import { ConsoleServer } from './console-server.ts';
import type { BuildContext } from './context.ts';
import { Emitter } from './emitter.ts';
import { explain } from './failure.ts';
import type { RunOptions } from './options.ts';
import type { BuildFailure, BuildResult, HttpEvidence } from './result.ts';
import { runSteps } from './runner.ts';
import type { StepFailure, StepsResult } from './runner.ts';
import { pathsOf } from './paths.ts';
import { secretsOf, showsPassword } from './secrets.ts';
import { preload } from './preload.ts';
import { stepsOf } from './step-list.ts';

/** Builds one image. Never throws: what goes wrong is in the result. */
export async function runBuild(plan: BuildPlan, options: RunOptions): Promise<BuildResult> {
  const { type, name } = plan.source;
  const consoleHub = new ConsoleHub(() => context.machine?.machine.console);
  const emitter = new Emitter(plan.name, [], (event) => {
    if (event.type === 'console') consoleHub.push(event.text);
    options.onEvent(event);
  });
  const began = performance.now();
  emitter.emit({
    type: 'build-start',
    sourceType: type,
    sourceName: name,
    origin: plan.source.origin,
    hypervisor: options.hypervisor.name,
  });
  hideSecrets(plan, emitter);
  if (showsPassword(plan)) {
    emitter.say('ssh_password is the same as ssh_username, so it is not hidden in the output.');
  }
  preload(plan);
  const context = newContext(plan, options, emitter);
  const consoleServer = await offerConsole(plan, options, consoleHub, emitter);
  let evidence: Evidence = {};
  const steps = await observingProcesses(hostCommands(emitter), () =>
    runSteps(stepsOf(plan), context, {
      build: plan.name,
      onError: options.onError,
      signal: options.signal,
      emit: emitter.emit,
      prompt: options.prompt,
      debug: options.debug,
      onFailure: async (failure) => {
        context.failed = true;
        evidence = await gatherEvidence(context, failure);
      },
      onRetry: () => {
        context.failed = false;
        evidence = {};
      },
    }),
  );
  const duration = performance.now() - began;
  const failure = describeFailure(steps, evidence, emitter);
  const artifacts = (context.artifacts ?? (context.image === undefined ? [] : [context.image])).map(
    (artifact) => ({ ...artifact, description: emitter.redactor.text(artifact.description) }),
  );
  for (const { builderId, id, files, description } of artifacts) {
    emitter.emit({ type: 'artifact', builderId, id, files, description });
  }
  await consoleServer?.close(`Build '${plan.name}' has ended: ${steps.outcome}.`);
  emitter.emit({ type: 'build-end', outcome: steps.outcome, duration, failure });
  return { name: plan.name, outcome: steps.outcome, duration, steps: steps.timings, artifacts, failure };
}

/** Lets `vmm-hcl attach` in. That it cannot is no reason to fail. */
async function offerConsole(
  { name, source }: BuildPlan,
  { consoleFolder }: RunOptions,
  hub: ConsoleHub,
  emitter: Emitter,
): Promise<ConsoleServer | undefined> {
  if (consoleFolder === undefined) return undefined;
  const greeting = { build: name, machine: source.config.vm_name, pid: process.pid };
  try {
    return await ConsoleServer.start(consoleFolder, greeting, hub, () =>
      emitter.say('Somebody types on the console (vmm-hcl attach -write)'),
    );
  } catch (error) {
    emitter.ui().error(`vmm-hcl attach cannot show this build: ${(error as Error).message}.`);
    return undefined;
  }
}

/** Programs of this machine become events of the build that started them. */
function hostCommands(emitter: Emitter): ProcessObserver {
  return {
    started: (argv) => {
      const tellEnd = emitter.command('host', argv);
      return (end) => tellEnd('error' in end ? end : { status: end.exitCode, signal: end.signal });
    },
  };
}

function newContext(plan: BuildPlan, options: RunOptions, emitter: Emitter): BuildContext {
  return {
    plan,
    hypervisor: options.hypervisor,
    force: options.force,
    runUuid: options.runUuid,
    signal: options.signal,
    emitter,
    prompt: options.prompt,
    paths: pathsOf(plan, randomBytes(3).toString('hex')),
    failed: false,
    hasPartial: false,
  };
}

/** Hides what must not be shown, and says so where that is not possible. */
function hideSecrets(plan: BuildPlan, emitter: Emitter): void {
  const short = secretsOf(plan).filter((secret) => !emitter.redactor.add(secret)).length;
  if (short > 0) {
    emitter.say(
      `${short === 1 ? 'A sensitive value is' : `${short} sensitive values are`} shorter than 4 characters and ` +
        'cannot be hidden in the output without making it unreadable.',
    );
  }
}

type Evidence = Pick<BuildFailure, 'consoleTail' | 'consoleLog' | 'http'>;

/** What is known when a step has failed, taken before anything is undone. */
async function gatherEvidence(context: BuildContext, { step }: StepFailure): Promise<Evidence> {
  const { machine, transcript, http } = context;
  const ofMachine =
    machine === undefined || transcript === undefined
      ? {}
      : { consoleTail: machine.recorder.tail(), consoleLog: transcript.path };
  const installing = ['boot command', 'install', 'generated files'].includes(step);
  return { ...ofMachine, http: installing && http !== undefined ? await httpEvidence(http) : undefined };
}

async function httpEvidence(http: NonNullable<BuildContext['http']>): Promise<HttpEvidence | undefined> {
  // Before there is anything to serve there is nothing to tell.
  if (!http.serving) return undefined;
  return { url: `http://${http.host}:${http.server.port}`, ...(await http.server.evidence()) };
}

function describeFailure(
  { outcome, failure, leftBehind }: StepsResult,
  evidence: Evidence,
  emitter: Emitter,
): BuildFailure | undefined {
  if (failure === undefined) return undefined;
  const explanation =
    outcome === 'cancelled'
      ? { message: 'The build was cancelled.' }
      : { ...explain(failure.error), ...evidence };
  return emitter.redactor.data(
    { step: failure.step, ...explanation, leftBehind },
    new Set(['step', 'consoleTail']),
  );
}
