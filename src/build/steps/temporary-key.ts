import { makeKeyPair } from '../../communicator/ssh/key-pair.ts';
import type { BuildContext } from '../context.ts';
import type { Step } from '../step.ts';

/** Makes the key pair with which this build, and nobody else, logs in. It is nowhere but in memory. */
export const temporaryKey: Step<BuildContext> = {
  name: 'temporary key',
  async run(context, defer) {
    const { emitter, plan } = context;
    const wanted = plan.source.ssh.temporary_key_pair;
    if (wanted === undefined) return;
    const pair = await makeKeyPair(wanted);
    emitter.redactor.add(pair.privateKey);
    context.temporaryKey = pair;
    defer({
      leaves: () => (context.temporaryKey === undefined ? undefined : ''),
      run: () => {
        context.temporaryKey = undefined;
        return Promise.resolve();
      },
    });
    emitter.say(`Made a temporary key pair (${wanted.type}) for this build: ${pair.publicKey}`);
  },
};
