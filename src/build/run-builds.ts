import { setMaxListeners } from 'node:events';
import type { BuildPlan } from '../plan/build-plan.ts';
import { runBuild } from './build.ts';
import { Emitter } from './emitter.ts';
import { explain } from './failure.ts';
import { probedMachine } from './guest/machine-spec.ts';
import type { RunOptions } from './options.ts';
import { CANCELLED } from './result.ts';
import type { BuildResult, RunResult } from './result.ts';
import { secretsOf } from './secrets.ts';

/**
 * Runs the builds, as many at once as `parallel` allows (with `debug` one by one). They are independent: the failure of one does
 * not stop the others. Resolves when all have ended and cleaned up; never rejects.
 */
export async function runBuilds(plans: readonly BuildPlan[], options: RunOptions): Promise<RunResult> {
  // Every build listens to the one signal, and Node warns of more than ten listeners.
  setMaxListeners(0, options.signal);
  const results: BuildResult[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < plans.length; index = next++) {
      const plan = plans[index];
      if (plan === undefined) return;
      const problem = await probe(plan, options);
      if (options.signal.aborted) results[index] = notStarted(plan, options);
      else if (problem !== undefined) results[index] = notStarted(plan, options, problem);
      else results[index] = await runBuild(plan, options);
    }
  };
  const atOnce = options.debug === true ? 1 : options.parallel < 1 ? plans.length : options.parallel;
  await Promise.all(Array.from({ length: Math.min(atOnce, plans.length) }, work));
  return { builds: results, cancelled: results.some(({ outcome }) => outcome === 'cancelled') };
}

/** What stands in the way of a build, before anything is created for it: no hypervisor, a name that is taken, no such template. */
async function probe(
  plan: BuildPlan,
  { hypervisor, signal }: RunOptions,
): Promise<{ readonly error: unknown } | undefined> {
  if (signal.aborted) return undefined;
  try {
    await hypervisor.probe(signal, probedMachine(plan));
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** A build that was cancelled before its turn, or for which there is no usable hypervisor. */
function notStarted(
  plan: BuildPlan,
  options: RunOptions,
  problem?: { readonly error: unknown },
): BuildResult {
  const emitter = new Emitter(plan.name, secretsOf(plan), options.onEvent);
  const outcome = problem === undefined ? 'cancelled' : 'failure';
  const explanation = problem === undefined ? { message: CANCELLED } : explain(problem.error);
  const failure = emitter.redactor.data({ ...explanation, leftBehind: [] });
  emitter.emit({ type: 'build-end', outcome, duration: 0, failure });
  return { name: plan.name, outcome, duration: 0, steps: [], artifacts: [], failure };
}
