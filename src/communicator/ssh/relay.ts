import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { CommunicatorError } from '../communicator.ts';
import type { Relay } from '../communicator.ts';
import { AttemptError } from './attempt-error.ts';
import type { Route } from './route.ts';

/**
 * Takes connections at a free port of 127.0.0.1 and leads each along the route to the guest's SSH server.
 * @param through of the route
 * @param onWarning hears why a connection could not be led on; who made it sees only that it was closed
 */
export async function openRelay(
  route: Route,
  through: string,
  onWarning: (text: string) => void,
  signal: AbortSignal,
): Promise<Relay> {
  signal.throwIfAborted();
  const closing = new AbortController();
  const sockets = new Set<Socket>();
  // While a guest reboots, its visitor tries again and again: the same failure is told once.
  let told: string | undefined;
  const lead = async (socket: Socket): Promise<void> => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
    try {
      const way = await route.open(closing.signal);
      told = undefined;
      // Either side may end the connection at any time: that is no failure of the way.
      await pipeline(socket, way, socket).catch(() => {});
    } catch (error) {
      if (closing.signal.aborted) return;
      const text = failure(error as Error, through);
      if (text !== told) onWarning(text);
      told = text;
    } finally {
      socket.destroy();
    }
  };
  const server = createServer({ noDelay: true }, (socket) => void lead(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening', { signal }).catch((error: Error) => {
    server.close();
    signal.throwIfAborted();
    throw error;
  });
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    through,
    close: async () => {
      if (closing.signal.aborted) return;
      closing.abort(new Error('the relay is closed'));
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function failure(error: Error, through: string): string {
  const hint =
    error instanceof AttemptError
      ? error.detail.hint
      : error instanceof CommunicatorError
        ? error.hint
        : undefined;
  const advice = hint === undefined ? '' : ` ${hint}`;
  return `A connection to the guest ${through} failed: ${error.message.replace(/\.$/, '')}.${advice}`;
}
