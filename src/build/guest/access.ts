import type { Communicator } from '../../communicator/communicator.ts';
import type { ConsoleHub, WatchedConsole } from '../console/hub.ts';
import type { BuildContext } from '../context.ts';

/** The ways into the guest for the person at the terminal, as far as there are any at the moment. */
export interface GuestAccess {
  /** While a machine runs. */
  readonly console?: WatchedConsole & { readonly ended: Promise<unknown> };
  /** While there is a connection to it. */
  readonly shell?: Communicator['shell'];
}

export function guestAccess(hub: ConsoleHub, { machine, communicator }: BuildContext): GuestAccess {
  if (machine === undefined || machine.end !== undefined) return {};
  return {
    console: {
      watch: (listener) => hub.watch(listener),
      write: (bytes) => hub.write(bytes),
      ended: machine.ended,
    },
    ...(communicator?.type === 'ssh' && {
      shell: (terminal, signal) => communicator.shell(terminal, machine.unlessEnded(signal)),
    }),
  };
}
