import { setTimeout as sleep } from 'node:timers/promises';
import { parseBootCommand } from '../../boot/parse.ts';
import { typeBootCommand } from '../../boot/type-command.ts';
import { asksForPort, NO_PORT, NO_SERVER_PORT, renderBootCommand } from '../guest/boot-text.ts';
import { publicKeyOf } from '../build-data.ts';
import { machineOf } from '../context.ts';
import type { BuildContext } from '../context.ts';
import { BuildError } from '../failure.ts';
import type { Step } from '../step.ts';

/** Waits for `boot_wait` and types `boot_command` on the serial console. */
export const bootCommand: Step<BuildContext> = {
  name: 'boot command',
  async run(context) {
    const { emitter, plan, signal } = context;
    const { config, origin } = plan.source;
    const booted = machineOf(context);
    const alive = booted.whileRunning(signal);
    const command = await render(context);
    const keys = parseBootCommand(command).expressions.filter(
      (expression) => expression.type !== 'wait',
    ).length;
    let typed = 0;
    try {
      if (config.boot_wait > 0) {
        emitter.say(`Waiting ${config.boot_wait / 1000} s before the boot command (boot_wait)`);
        await sleep(config.boot_wait, undefined, { signal: alive });
      }
      emitter.say('Typing the boot command');
      await typeBootCommand(booted.machine.console, command, {
        keyInterval: config.boot_key_interval,
        groupInterval: config.boot_keygroup_interval,
        signal: alive,
        onKey: (expression) => {
          if (expression.type !== 'wait') typed++;
        },
      });
    } catch (error) {
      signal.throwIfAborted();
      // An installer that is done while the command still waits at its end is no failure.
      if (booted.end?.cause === 'guest' && typed === keys) return;
      if (!alive.aborted) throw error;
      const { message, hint } = alive.reason as BuildError;
      throw new BuildError(`${message} ${typed} of ${keys} keys of the boot command had been typed.`, {
        hint,
        origin,
        cause: error,
      });
    }
  },
  skipFailed({ emitter }) {
    emitter.ui().error('Going on without the rest of the boot command, as you say');
    return 'next';
  },
};

async function render(context: BuildContext): Promise<string> {
  const { http, plan, emitter, addresses } = context;
  const text = renderBootCommand(plan.source, {
    host: http?.host ?? addresses?.host ?? '',
    port: http === undefined ? NO_PORT : String(http.server.port),
    publicKey: await publicKeyOf(context),
  });
  if (http === undefined && asksForPort(plan.source)) emitter.ui().error(NO_SERVER_PORT);
  return text;
}
