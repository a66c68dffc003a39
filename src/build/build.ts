import { randomBytes } from 'node:crypto';
import { observingProcesses } from '../lib/process/observer.ts';
import type { ProcessObserver } from '../lib/process/observer.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import { ConsoleHub } from './console/hub.ts';
import { ConsoleServer } from './console/server.ts';
import type { BuildContext } from './context.ts';
import { Emitter } from './emitter.ts';
import { writeDossier } from './dossier/dossier.ts';
import { Recorder } from './dossier/recorder.ts';
import type { Outcome } from './events.ts';
import { gatherEvidence } from './verdict/gather.ts';
import type { Gathered } from './verdict/gather.ts';
import { explain } from './failure.ts';
import { guestAccess } from './guest/access.ts';
import { isByPerson } from './options.ts';
import type { RunOptions } from './options.ts';
import { CANCELLED } from './result.ts';
import type { BuildFailure, BuildResult } from './result.ts';
import { runSteps } from './runner.ts';
import type { StepFailure, StepsResult } from './runner.ts';
import { pathsOf } from './output/paths.ts';
import { secretsOf, showsPassword } from './secrets.ts';
import { preload } from './preload.ts';
import { stepsOf } from './step-list.ts';

/** Builds one image. Never throws: what goes wrong is in the result. */
export async function runBuild(plan: BuildPlan, options: RunOptions): Promise<BuildResult> {
  const { type, name } = plan.source;
  const recorder = new Recorder();
  const consoleHub = new ConsoleHub(() => context.machine?.machine.console);
  const emitter = new Emitter(plan.name, [], (event) => {
    recorder.event(event);
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
  const context: BuildContext = newContext(plan, options, emitter, () => guestAccess(consoleHub, context));
  const consoleServer = await offerConsole(plan, options, consoleHub, emitter);
  let gathered: Gathered | undefined;
  const steps = await observingProcesses(hostCommands(emitter), () =>
    runSteps(stepsOf(plan), context, {
      build: plan.name,
      onError: options.onError,
      signal: options.signal,
      emit: emitter.emit,
      prompt: options.prompt,
      access: context.access,
      debug: options.debug,
      onFailure: async (failure) => {
        context.failed = true;
        gathered = await gatherEvidence(context, failure, recorder);
      },
      onRetry: () => {
        context.failed = false;
        gathered = undefined;
        context.machine?.forgetFatalText();
      },
    }),
  );
  const artifacts = (context.artifacts ?? (context.image === undefined ? [] : [context.image])).map(
    (artifact) => ({ ...artifact, description: emitter.redactor.text(artifact.description) }),
  );
  for (const { builderId, id, files, description } of artifacts) {
    emitter.emit({ type: 'artifact', builderId, id, files, description });
  }
  await consoleServer?.close(`Build '${plan.name}' has ended: ${steps.outcome}.`);
  const { outcome, timings } = steps;
  const duration = performance.now() - began;
  const result: BuildResult = { name: plan.name, outcome, duration, steps: timings, artifacts };
  const failure = describeFailure(steps, gathered, context);
  const written =
    failure === undefined || gathered === undefined || !wantsDossier(outcome, context, recorder)
      ? undefined
      : options.dossier &&
        (await writeDossier(options.dossier, { context, recorder, gathered, result, failure }));
  const complete = failure && { ...failure, ...written };
  emitter.emit({ type: 'build-end', outcome, duration, failure: complete });
  return { ...result, failure: complete };
}

/** Bad input is explained by its message; whoever cancels a build at the terminal knows why it ended. */
function wantsDossier(outcome: Outcome, { signal }: BuildContext, recorder: Recorder): boolean {
  return recorder.hasEvidence && !(outcome === 'cancelled' && isByPerson(signal));
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

function newContext(
  plan: BuildPlan,
  options: RunOptions,
  emitter: Emitter,
  access: BuildContext['access'],
): BuildContext {
  return {
    plan,
    hypervisor: options.hypervisor,
    force: options.force,
    runUuid: options.runUuid,
    signal: options.signal,
    emitter,
    prompt: options.prompt,
    access,
    provisioned: 0,
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

function describeFailure(
  { outcome, failure, leftBehind }: StepsResult,
  gathered: Gathered | undefined,
  { emitter, signal }: BuildContext,
): BuildFailure | undefined {
  if (failure === undefined) return undefined;
  return emitter.redactor.data(
    { step: failure.step, ...explanation(outcome, failure, gathered, signal), leftBehind },
    new Set(['step', 'rule', 'consoleTail']),
  );
}

function explanation(
  outcome: Outcome,
  { error }: StepFailure,
  gathered: Gathered | undefined,
  signal: AbortSignal,
) {
  if (outcome !== 'cancelled') return { ...explain(error), ...gathered?.shown };
  if (isByPerson(signal)) return { message: CANCELLED };
  return { message: (signal.reason as Error).message, ...gathered?.shown };
}
