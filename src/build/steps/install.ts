import { abortable } from '../../lib/abort.ts';
import { because } from '../booted-machine.ts';
import { machineOf } from '../context.ts';
import type { BuildContext } from '../context.ts';
import { BuildError } from '../failure.ts';
import type { Step } from '../step.ts';

/** Waits until the installer has powered the machine off. */
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
    // Nothing of this boot may hold the disk when it is used again.
    await booted.stop(0);
    context.machine = undefined;
  },
};
