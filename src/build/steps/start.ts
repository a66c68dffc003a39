import { BootedMachine } from '../guest/booted-machine.ts';
import { LeftoverError } from '../../hypervisor/hypervisor.ts';
import type { BuildContext } from '../context.ts';
import { Transcript } from '../console/transcript.ts';
import { ConsoleWatch } from '../console/watch.ts';
import type { BootPurpose } from '../events.ts';
import { machineSpec } from '../guest/machine-spec.ts';
import type { Defer, Step } from '../step.ts';
import { followMachine } from './http-server.ts';

/** Starts the machine: to install (from the CD, the kernel or the network, as the template says), or from the installed disk. */
export function start(boot: BootPurpose): Step<BuildContext> {
  return {
    name: boot === 'install' ? 'start (install)' : 'start (provision)',
    async run(context, defer) {
      const { emitter, plan, signal, paths } = context;
      const { config } = plan.source;
      if (context.transcript === undefined) {
        const transcript = await Transcript.create(config.vm_name, paths, emitter);
        context.transcript = transcript;
        defer({
          leaves: () => (context.transcript === undefined ? undefined : ''),
          run: async () => {
            context.transcript = undefined;
            await transcript.close();
          },
        });
      }
      const watch = new ConsoleWatch(config);
      emitter.say(
        boot === 'install'
          ? `Starting the machine ${config.vm_name} from the template ${config.vm_template}`
          : `Starting the machine ${config.vm_name} from its disk`,
      );
      const machine = await context.hypervisor
        .start(machineSpec(plan, paths, boot, context), signal)
        .catch((error: unknown) => {
          if (error instanceof LeftoverError) deferLeftover(error, defer);
          throw error;
        });
      const booted = new BootedMachine(machine, boot, context.transcript, watch);
      context.machine = booted;
      defer({
        leaves: () =>
          context.machine === booted ? `the running machine ${machine.name} ${machine.byHand}` : undefined,
        keep: () => machine.keep(),
        run: async () => {
          await booted.stop(0);
          if (context.machine === booted) context.machine = undefined;
        },
      });
      const bindBefore = context.addresses?.bind;
      context.addresses = await machine.addresses(booted.whileRunning(signal));
      await followMachine(context, bindBefore);
    },
  };
}

/** A machine that the failed start could not end: it is tried once more, and then told of. */
function deferLeftover(leftover: LeftoverError, defer: Defer): void {
  let isThere = true;
  defer({
    leaves: () => (isThere ? leftover.leaves : undefined),
    run: async () => {
      await leftover.remove();
      isThere = false;
    },
  });
}
