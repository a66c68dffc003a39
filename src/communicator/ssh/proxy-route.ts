import type { Socket } from 'node:net';
import type { ProxyConfig } from '../../plan/ssh-config.ts';
import { CommunicatorError } from '../communicator.ts';
import { AttemptError } from './attempt-error.ts';
import { openSocket } from './route.ts';
import type { Route } from './route.ts';

/** Milliseconds for the proxy to answer, and then to have made the connection: Packer's time for a connection. */
const TIMEOUT = 15_000;

/** To the guest through a SOCKS5 proxy, which resolves the guest's name. */
export function proxyRoute(proxy: ProxyConfig, host: string, port: number): Route {
  const name = `${proxy.host}:${proxy.port}`;
  return {
    through: `through the SOCKS proxy ${name}`,
    close: () => Promise.resolve(),
    open: async (signal) => {
      let socket: Socket;
      try {
        socket = await openSocket(proxy.host, proxy.port, TIMEOUT, signal);
      } catch (error) {
        if (!(error instanceof AttemptError)) throw error;
        throw new AttemptError('tcp', `the SOCKS proxy ${name} cannot be reached: ${error.message}`, {
          code: error.detail.code,
          hint: 'Check ssh_proxy_host and ssh_proxy_port, and whether the proxy runs.',
        });
      }
      try {
        return await negotiate(socket, proxy, { host, port }, signal);
      } catch (error) {
        socket.destroy();
        signal.throwIfAborted();
        throw explain(error as Error, proxy, name, `${host}:${port}`);
      }
    },
  };
}

async function negotiate(
  socket: Socket,
  proxy: ProxyConfig,
  destination: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  const { SocksClient } = await import('socks');
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    await SocksClient.createConnection({
      proxy: {
        host: proxy.host,
        port: proxy.port,
        type: 5,
        userId: proxy.username,
        password: proxy.username === undefined ? undefined : (proxy.password ?? ''),
      },
      command: 'connect',
      destination,
      timeout: TIMEOUT,
      existing_socket: socket,
    });
    await unreadExcess(socket);
    return socket;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Puts back what the server said in the same packet as the proxy: the package emits it as 'data' in the next turn of the event
 * loop, when nobody of ours listens yet.
 */
async function unreadExcess(socket: Socket): Promise<void> {
  const excess: Buffer[] = [];
  const keep = (chunk: Buffer) => void excess.push(chunk);
  socket.on('data', keep);
  await new Promise((resolve) => setImmediate(resolve));
  socket.pause().off('data', keep);
  if (excess.length > 0) socket.unshift(Buffer.concat(excess));
}

function explain(error: Error, proxy: ProxyConfig, name: string, target: string): Error {
  const { message } = error;
  if (/Authentication failed|no accepted authentication/i.test(message)) {
    const who = proxy.username === undefined ? 'wants a user name' : `refuses the user "${proxy.username}"`;
    return new CommunicatorError(`The SOCKS proxy ${name} ${who}.`, {
      hint: 'Set ssh_proxy_username and ssh_proxy_password to what the proxy knows.',
      permanent: true,
      cause: error,
    });
  }
  const [, reason] = /rejected connection - (\w+)/.exec(message) ?? [];
  const through = `the SOCKS proxy ${name}`;
  switch (reason) {
    case 'ConnectionRefused':
      return new AttemptError('tcp', `${through} says: connection to ${target} refused`, {
        code: 'ECONNREFUSED',
      });
    case 'HostUnreachable':
    case 'NetworkUnreachable':
    case 'TTLExpired':
      return new AttemptError('tcp', `${through} says: no way to ${target}`, { code: 'EHOSTUNREACH' });
    case 'NotAllowed':
      return new AttemptError('tcp', `${through} does not allow connections to ${target}`, {
        hopeless: true,
        hint: 'Let the rules of the proxy allow it, or use another proxy.',
      });
    case undefined:
      return new AttemptError('tcp', `${through} did not make the connection to ${target}: ${message}`, {
        hint: 'Check whether a SOCKS5 proxy listens at ssh_proxy_host and ssh_proxy_port, and what its log says.',
      });
    default:
      return new AttemptError('tcp', `${through} did not connect to ${target}: ${reason}`);
  }
}
