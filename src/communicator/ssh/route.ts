import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AttemptError } from './attempt-error.ts';

/** A way to the guest's SSH server: directly, or through another machine. */
export interface Route {
  /** "through the bastion host jump:22"; undefined for the direct way. */
  readonly through?: string;
  /** @throws AttemptError; CommunicatorError when no repetition can help; the signal's reason on abort */
  open(signal: AbortSignal): Promise<Duplex>;
  /** Ends what the route keeps open. Idempotent. */
  close(): Promise<void>;
}

/** How long a connection may take: a SYN that the booting guest missed is repeated sooner by a new connection. */
const CONNECT_TIMEOUT = 3_000;

/** The guest is a machine of this host. */
export function directRoute(guest: { readonly host: string; readonly port: number }): Route {
  return {
    open: (signal) => openSocket(guest.host, guest.port, CONNECT_TIMEOUT, signal),
    close: () => Promise.resolve(),
  };
}

/** Opens a TCP connection. @throws AttemptError; the signal's reason on abort */
export async function openSocket(
  host: string,
  port: number,
  timeout: number,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connectTcp({ host, port, noDelay: true });
  const limit = AbortSignal.timeout(timeout);
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, limit]) });
    return socket;
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    if (limit.aborted) throw new AttemptError('tcp', 'no answer', { code: 'ETIMEDOUT' });
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AttemptError('tcp', tcpMessage(code) ?? message, { code });
  }
}

function tcpMessage(code: string | undefined): string | undefined {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused: nothing listens on the port yet';
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
    case 'ENETUNREACH':
      return 'no such host on the network yet';
    default:
      return undefined;
  }
}
