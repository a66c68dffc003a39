import { setTimeout as sleep } from 'node:timers/promises';
import type { Communicator } from '../../communicator/communicator.ts';
import type { BuildData, ProvisionerPlan } from '../../plan/build-plan.ts';
import { findProvisioner } from '../../provisioner/registry.ts';
import type { BuildContext } from '../context.ts';
import { BuildError, explain } from '../failure.ts';

/** What a provisioner works with. */
export interface Workplace {
  readonly communicator: Communicator;
  readonly data: BuildData;
  readonly signal: AbortSignal;
}

/**
 * Runs one provisioner block with its meta-arguments: `pause_before`, `timeout` (of each attempt), `max_retries` (extra attempts
 * without delay; the first error is the one reported) and `continue_on_error`.
 * @param index number of the block in the build, from 1
 * @throws BuildError when it failed for good; the signal's reason on abort
 */
export async function runProvisioner(
  context: BuildContext,
  plan: ProvisionerPlan,
  index: number,
  workplace: Workplace,
): Promise<void> {
  const { emitter } = context;
  const label = plan.name === undefined ? plan.type : `${plan.type} "${plan.name}"`;
  if (plan.pauseBefore > 0) {
    emitter.say(`Pausing ${plan.pauseBefore / 1000} s before the provisioner ${label} (pause_before)`);
    await sleep(plan.pauseBefore, undefined, { signal: workplace.signal }).catch(() =>
      workplace.signal.throwIfAborted(),
    );
  }
  let first: unknown;
  for (let attempt = 1; attempt <= plan.maxRetries + 1; attempt++) {
    const error = await runAttempt(context, plan, index, attempt, workplace);
    if (error === undefined) return;
    first ??= error;
    if (attempt <= plan.maxRetries) {
      emitter
        .ui()
        .error(
          `The provisioner ${label} failed: ${explain(error).message} Trying again (${attempt} of ${plan.maxRetries}, max_retries).`,
        );
    }
  }
  if (plan.continueOnError) {
    emitter
      .ui()
      .error(`The provisioner ${label} failed: ${explain(first).message} Going on (continue_on_error).`);
    return;
  }
  const { message, ...detail } = explain(first);
  if (detail.internal !== undefined) throw first;
  throw new BuildError(message, { ...detail, origin: detail.origin ?? plan.origin, cause: first });
}

/** Runs the block once; returns what it threw. Rejects only when the build itself is to end. */
async function runAttempt(
  { emitter, prompt, access, plan: { source, name } }: BuildContext,
  plan: ProvisionerPlan,
  index: number,
  attempt: number,
  { communicator, data, signal }: Workplace,
): Promise<unknown> {
  const what = { provisioner: plan.type, name: plan.name, index, attempt };
  emitter.emit({ type: 'provisioner-start', ...what, origin: plan.origin });
  const start = performance.now();
  const limit = plan.timeout > 0 ? AbortSignal.timeout(plan.timeout) : undefined;
  let failure: unknown;
  try {
    const provisioner = await findProvisioner(plan.type);
    if (provisioner === undefined) {
      throw new BuildError(`There is no provisioner "${plan.type}".`, { origin: plan.origin });
    }
    const resolved = plan.resolve(data);
    if (!resolved.ok) {
      throw new BuildError(`The block of the provisioner ${plan.type} cannot be evaluated.`, {
        problems: resolved.problems,
        origin: plan.origin,
      });
    }
    await provisioner.run(resolved.config, {
      communicator,
      ui: emitter.ui(),
      signal: limit === undefined ? signal : AbortSignal.any([signal, limit]),
      data,
      sourceName: source.name,
      sourceType: source.type,
      pause: prompt && ((text, until) => prompt.pause(`${text} of ${name}`, until, access())),
    });
  } catch (error) {
    failure =
      limit?.aborted && !signal.aborted
        ? new BuildError(`The provisioner did not end within ${plan.timeout / 1000} s (timeout).`, {
            origin: plan.origin,
            cause: error,
          })
        : (error ?? new Error('unknown failure'));
  }
  emitter.emit({
    type: 'provisioner-end',
    ...what,
    duration: performance.now() - start,
    outcome: failure === undefined ? 'success' : signal.aborted ? 'cancelled' : 'failure',
    error: failure === undefined ? undefined : explain(failure).message,
  });
  signal.throwIfAborted();
  return failure;
}
