import { noCommunicator } from '../../communicator/none.ts';
import { connectSsh } from '../../communicator/ssh/ssh-communicator.ts';
import type { SshAttempt } from '../../communicator/ssh/wait.ts';
import { buildData } from '../build-data.ts';
import { throughOf } from '../guest/ssh-words.ts';
import { machineOf } from '../context.ts';
import type { BuildContext } from '../context.ts';
import type { Emitter } from '../emitter.ts';
import type { Step } from '../step.ts';

/** Waits until the installed system lets us in by SSH. */
export const connect: Step<BuildContext> = {
  name: 'connect',
  async run(context, defer) {
    const { emitter, plan, signal } = context;
    const { config, ssh } = plan.source;
    if (config.communicator === 'none') {
      context.communicator = noCommunicator;
      return;
    }
    const alive = machineOf(context).whileRunning(signal);
    const { Host: host, Port: port } = await buildData(context);
    emitter.say(`Waiting for SSH at ${host}:${port}${throughOf(ssh)}`);
    const communicator = await connectSsh(
      {
        host,
        port,
        config: ssh,
        temporaryKey: context.temporaryKey?.privateKey,
        onStatus: (text) => emitter.emit({ type: 'status', text }),
        onWarning: (text) => emitter.ui().error(text),
        onAttempt: sshStates(emitter, host, port),
      },
      alive,
    );
    context.communicator = communicator;
    defer({
      leaves: () => (context.communicator === undefined ? undefined : ''),
      run: async () => {
        context.communicator = undefined;
        await communicator.close();
      },
    });
    emitter.say('Connected by SSH');
  },
};

/** While a guest boots, attempts fail in the same way hundreds of times: only a different end is an event. */
function sshStates(emitter: Emitter, host: string, port: number): (attempt: SshAttempt) => void {
  let last: string | undefined;
  return ({ stage, text, offered, tried }) => {
    const state = `${stage} ${text}`;
    if (state !== last) emitter.emit({ type: 'ssh-state', stage, host, port, text, offered, tried });
    last = state;
  };
}
