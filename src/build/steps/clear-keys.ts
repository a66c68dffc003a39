import { forgetKeyCommand } from '../../communicator/ssh/forget-key.ts';
import { LineSplitter } from '../../lib/lines.ts';
import { commandTeller } from '../guest/command-teller.ts';
import { machineOf } from '../context.ts';
import type { BuildContext } from '../context.ts';
import type { Step } from '../step.ts';

/** Milliseconds; a guest that is busy with something else must not hold the build up. */
const LIMIT = 60_000;

/**
 * `ssh_clear_authorized_keys`: removes the temporary key from the guest. As in Packer a failure is told and does not end the build:
 * the private half is gone with this process.
 */
export const clearKeys: Step<BuildContext> = {
  name: 'clear keys',
  async run(context) {
    const { emitter, signal, temporaryKey } = context;
    const booted = machineOf(context);
    if (temporaryKey === undefined || booted.end !== undefined) return;
    const lines: string[] = [];
    const output = new LineSplitter((line) => lines.push(line.trim()));
    const alive = booted.whileRunning(AbortSignal.any([signal, AbortSignal.timeout(LIMIT)]));
    try {
      const { status } = await commandTeller(context).exec(forgetKeyCommand(temporaryKey.publicKey), {
        signal: alive,
        onStdout: (chunk) => output.push(chunk),
      });
      output.end();
      if (status !== 0) emitter.ui().error(notRemoved(`the command ended with status ${status}`));
    } catch (error) {
      signal.throwIfAborted();
      emitter.ui().error(notRemoved((error as Error).message));
    }
    for (const line of lines) tell(line, context);
  },
};

function tell(line: string, { emitter }: BuildContext): void {
  const [word, path = ''] = line.split(' ');
  if (word === 'removed') emitter.say(`Removed the temporary key from ${path} of the guest`);
  if (word === 'failed') emitter.ui().error(notRemoved(`${path} could not be written`));
  if (word === 'unseen')
    emitter.say(
      `${path} was not looked into for the temporary key: there is no doas or sudo without a password`,
    );
}

function notRemoved(why: string): string {
  return `The temporary key could not be removed from the guest (ssh_clear_authorized_keys): ${why}. Its private half is gone with this build, so nobody can log in with it.`;
}
