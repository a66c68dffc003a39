import type { Communicator } from '../communicator/communicator.ts';
import { noCommunicator } from '../communicator/none.ts';
import type { BuildContext } from './context.ts';

/** The way into the guest, which tells the event stream about every command that is run there. */
export function commandTeller({ communicator = noCommunicator, emitter }: BuildContext): Communicator {
  return {
    type: communicator.type,
    exec: (command, options) => {
      if (communicator.type !== 'none') emitter.emit({ type: 'command', where: 'guest', command: [command] });
      return communicator.exec(command, options);
    },
    upload: (...args) => communicator.upload(...args),
    uploadDirectory: (...args) => communicator.uploadDirectory(...args),
    download: (...args) => communicator.download(...args),
    close: () => communicator.close(),
  };
}
