import { DISCONNECTED } from '../../communicator/communicator.ts';
import type { Communicator } from '../../communicator/communicator.ts';
import { noCommunicator } from '../../communicator/none.ts';
import type { BuildContext } from '../context.ts';

/** The way into the guest, which tells the event stream about every command that is run there. */
export function commandTeller({ communicator = noCommunicator, emitter }: BuildContext): Communicator {
  return {
    type: communicator.type,
    exec: async (command, options) => {
      if (communicator.type === 'none') return communicator.exec(command, options);
      const tellEnd = emitter.command('guest', [command]);
      try {
        const result = await communicator.exec(command, options);
        const { status, signal } = result;
        if (status === DISCONNECTED) tellEnd({ error: 'the connection was lost' });
        else tellEnd(signal === undefined ? { status } : { signal });
        return result;
      } catch (error) {
        tellEnd({ error: (error as Error).message });
        throw error;
      }
    },
    upload: (...args) => communicator.upload(...args),
    uploadDirectory: (...args) => communicator.uploadDirectory(...args),
    download: (...args) => communicator.download(...args),
    downloadFiles: (...args) => communicator.downloadFiles(...args),
    shell: (...args) => communicator.shell(...args),
    relay: (...args) => communicator.relay(...args),
    close: () => communicator.close(),
  };
}
