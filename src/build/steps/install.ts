import { abortable } from '../../lib/abort.ts';
import { because } from '../guest/booted-machine.ts';
import { machineOf } from '../context.ts';
import type { BuildContext } from '../context.ts';
import { BuildError } from '../failure.ts';
import { stateOf } from './disk.ts';
import type { Step } from '../step.ts';

/** Waits until the installer has powered the machine off. Where nothing has come onto the disk, that was no installation. */
export const install: Step<BuildContext> = {
  name: 'install',
  async run(context) {
    const { emitter, signal } = context;
    const booted = machineOf(context);
    emitter.say('Waiting for the installation to end and the machine to power off');
    const end = await abortable(booted.ended, booted.unlessStuck(signal));
    if (end.cause !== 'guest') {
      throw new BuildError(
        end.cause === 'died'
          ? `The machine died during the installation${because(end)}`
          : 'The machine was stopped from outside during the installation.',
        { hint: 'See the console log for the last thing that the installer said.' },
      );
    }
    if (booted.deadEnd !== undefined) throw booted.deadEnd;
    if (context.blank !== undefined && (await stateOf(context.paths.partial)) === context.blank) {
      throw new BuildError('The machine has powered off, but nothing was written to its disk.', {
        hint: 'The installation never began, or the machine crashed: see the console log, and the log of the hypervisor (/var/log/daemon on OpenBSD).',
        origin: context.plan.source.origin,
      });
    }
    // Nothing of this boot may hold the disk when it is used again.
    await booted.stop(0);
    context.machine = undefined;
  },
};
