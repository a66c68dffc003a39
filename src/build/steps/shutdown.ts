import { abortable, within } from '../../lib/abort.ts';
import { LineSplitter } from '../../lib/lines.ts';
import { DISCONNECTED } from '../../communicator/communicator.ts';
import type { ExecResult } from '../../communicator/communicator.ts';
import type { VmmConfig } from '../../plan/vmm-config.ts';
import { commandTeller } from '../guest/command-teller.ts';
import { machineOf } from '../context.ts';
import type { BuildContext } from '../context.ts';
import { BuildError } from '../failure.ts';
import { because } from '../guest/booted-machine.ts';
import type { BootedMachine } from '../guest/booted-machine.ts';
import type { Step } from '../step.ts';

/** Milliseconds that a machine gets whose shutdown_command failed: it may have failed after it had done its work. */
const AFTER_FAILURE = 10_000;
/** Milliseconds for writing file system buffers before a machine is stopped from outside. */
const SYNC_LIMIT = 30_000;
/** See `syncDisks`. */
export const SYNC_COMMAND = 'sync';

/** Whether the machine is shut down by a command in the guest, or from outside. */
export function usesShutdownCommand(
  config: VmmConfig,
): config is VmmConfig & { readonly shutdown_command: string } {
  return Boolean(config.shutdown_command) && config.communicator !== 'none';
}

/**
 * Shuts the installed system down: with `shutdown_command` when there is one, else from outside. It has `shutdown_timeout` to power
 * off.
 */
export const shutdown: Step<BuildContext> = {
  name: 'shutdown',
  async run(context) {
    const { emitter, plan, signal } = context;
    const { config } = plan.source;
    const booted = machineOf(context);
    if (booted.end !== undefined) {
      emitter.say('The machine has powered off already');
    } else if (usesShutdownCommand(config)) {
      await runShutdownCommand(context, booted, config.shutdown_command);
    } else {
      emitter.say('Stopping the machine');
      await syncDisks(context);
      // The stop itself cannot be cancelled, but whoever interrupts the build does not want to wait for a slow guest.
      await abortable(booted.machine.stop(config.shutdown_timeout), signal);
    }
    const end = await booted.ended;
    if (end.cause === 'died') {
      throw new BuildError(`The machine died while it shut down${because(end)}`, {
        hint: 'The image may be damaged and is not handed over. See the console log.',
      });
    }
    await booted.stop(0);
    context.machine = undefined;
  },
};

async function runShutdownCommand(context: BuildContext, booted: BootedMachine, command: string) {
  const { emitter, signal, plan } = context;
  const { shutdown_timeout: timeout } = plan.source.config;
  emitter.say('Shutting the machine down with shutdown_command');
  const deadline = performance.now() + timeout;
  const said: string[] = [];
  const splitters = (['stdout', 'stderr'] as const).map(
    (stream) =>
      new LineSplitter((line) => {
        said.push(line);
        emitter.ui().output(stream, line);
      }),
  );
  const limit = AbortSignal.timeout(timeout);
  let result: ExecResult | undefined;
  try {
    result = await commandTeller(context).exec(command, {
      signal: booted.whileRunning(AbortSignal.any([signal, limit])),
      onStdout: (chunk) => splitters[0]?.push(chunk),
      onStderr: (chunk) => splitters[1]?.push(chunk),
    });
  } catch (error) {
    signal.throwIfAborted();
    // That the machine is gone is what was wanted.
    if (booted.end === undefined && !limit.aborted) throw error;
  }
  splitters.forEach((splitter) => splitter.end());
  const failed =
    result !== undefined && result.signal === undefined && ![0, DISCONNECTED].includes(result.status);
  if (failed) emitter.ui().error(`shutdown_command ended with status ${result?.status}`);
  const left = Math.max(0, deadline - performance.now());
  if (await within(abortable(booted.ended, signal), failed ? Math.min(AFTER_FAILURE, left) : left)) return;
  const last = said.at(-1);
  throw new BuildError(
    failed
      ? `shutdown_command ended with status ${result?.status} and the machine still runs${last === undefined ? '' : `; it said: ${last}`}.`
      : `The machine did not power off within ${timeout / 1000} s (shutdown_timeout) after shutdown_command.`,
    {
      hint: failed
        ? 'Correct shutdown_command; it runs as ssh_username, so it may need doas(1) or sudo(8).'
        : 'See the console log whether the system hangs; raise shutdown_timeout if it is only slow.',
      origin: plan.source.origin,
    },
  );
}

/** Stopping from outside may be a power cut for a guest that knows nothing of vmmci or ACPI: what it has written must be on its disk. */
async function syncDisks(context: BuildContext): Promise<void> {
  if (context.communicator === undefined || context.communicator.type === 'none') return;
  try {
    await commandTeller(context).exec(SYNC_COMMAND, {
      signal: AbortSignal.any([context.signal, AbortSignal.timeout(SYNC_LIMIT)]),
    });
  } catch {
    // The stop that follows is the answer to a guest that does not answer.
    context.signal.throwIfAborted();
  }
}
