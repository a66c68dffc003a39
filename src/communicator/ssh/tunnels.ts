import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Client, ClientChannel } from 'ssh2';
import type { SshConfig, Tunnel } from '../../plan/ssh-config.ts';
import { CommunicatorError } from '../communicator.ts';
import { Lifetime, reasonOf } from './lifetime.ts';

/**
 * `ssh_local_tunnels` and `ssh_remote_tunnels`. The ports here stay open between two connections to the guest; those in the guest are
 * asked for on each of them.
 */
export class Tunnels {
  readonly #local: readonly Tunnel[];
  readonly #remote: readonly Tunnel[];
  readonly #current: () => Client | undefined;
  readonly #onWarning: (text: string) => void;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #closed = new AbortController();

  /** @param current the connection to the guest, while there is one */
  constructor(
    config: Pick<SshConfig, 'ssh_local_tunnels' | 'ssh_remote_tunnels'>,
    current: () => Client | undefined,
    onWarning: (text: string) => void,
  ) {
    this.#local = config.ssh_local_tunnels ?? [];
    this.#remote = config.ssh_remote_tunnels ?? [];
    this.#current = current;
    this.#onWarning = onWarning;
  }

  /** Opens the ports of this machine, which lead into the guest. @throws CommunicatorError when one is taken */
  async listen(signal: AbortSignal): Promise<void> {
    for (const tunnel of this.#local) {
      const server = createServer({ allowHalfOpen: true }, (socket) => void this.#intoGuest(socket, tunnel));
      this.#servers.push(server);
      server.listen(tunnel.port, 'localhost');
      try {
        await once(server, 'listening', { signal });
      } catch (cause) {
        signal.throwIfAborted();
        const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
        throw new CommunicatorError(
          `The tunnel ${shown(tunnel)} of ssh_local_tunnels cannot be opened: ${
            taken ? `port ${tunnel.port} of this machine is taken` : (cause as Error).message
          }.`,
          {
            hint: 'Choose another port; builds that run side by side need one each.',
            permanent: true,
            cause,
          },
        );
      }
    }
  }

  async #intoGuest(socket: Socket, { host, hostPort }: Tunnel): Promise<void> {
    this.#own(socket);
    try {
      const client = this.#current();
      if (client === undefined) throw new Error('there is no SSH connection at the moment');
      const lifetime = new Lifetime(client, this.#closed.signal);
      try {
        const { remoteAddress = '127.0.0.1', remotePort = 0 } = socket;
        const channel = await lifetime.call<ClientChannel>((done) =>
          client.forwardOut(remoteAddress, remotePort, host, hostPort, done),
        );
        join(channel, socket);
      } finally {
        lifetime.end();
      }
    } catch (error) {
      socket.destroy();
      if (this.#closed.signal.aborted) return;
      this.#onWarning(
        `The guest does not get to ${host}:${hostPort} (ssh_local_tunnels): ${reasonOf(error as Error)}.`,
      );
    }
  }

  /** Opens the ports in the guest on a new connection. @throws CommunicatorError when the server refuses */
  async attach(client: Client, signal: AbortSignal): Promise<void> {
    if (this.#remote.length === 0) return;
    client.on('tcp connection', ({ destPort }, accept, reject) => {
      const tunnel = this.#remote.find(({ port }) => port === destPort);
      if (tunnel === undefined) reject();
      else this.#outOfGuest(tunnel, accept, reject);
    });
    const lifetime = new Lifetime(client, signal);
    try {
      for (const tunnel of this.#remote) {
        await lifetime
          .call<number>((done) => client.forwardIn('localhost', tunnel.port, done))
          .catch((cause: Error) => {
            signal.throwIfAborted();
            throw new CommunicatorError(
              `The tunnel ${shown(tunnel)} of ssh_remote_tunnels cannot be opened: the SSH server of the guest says ${cause.message}.`,
              {
                hint: `Something in the guest may use port ${tunnel.port}, or AllowTcpForwarding in its sshd_config(5) does not allow it; ports below 1024 are root's.`,
                permanent: true,
                cause,
              },
            );
          });
      }
    } finally {
      lifetime.end();
    }
  }

  #outOfGuest({ host, hostPort }: Tunnel, accept: () => ClientChannel, reject: () => void): void {
    const socket = connect({ host, port: hostPort, allowHalfOpen: true });
    this.#own(socket);
    socket.once('connect', () => join(accept(), socket));
    socket.once('error', (error) => {
      if (!socket.connecting && socket.remoteAddress !== undefined) return;
      reject();
      this.#onWarning(
        `This machine does not get to ${host}:${hostPort} (ssh_remote_tunnels): ${error.message}.`,
      );
    });
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket)).on('error', () => socket.destroy());
  }

  /** Ends all of it. Idempotent. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('the tunnels are closed'));
    const closing = this.#servers.map(async (server) => {
      if (!server.listening) return;
      server.close();
      for (const socket of this.#sockets) socket.destroy();
      await once(server, 'close');
    });
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closing);
  }
}

function shown({ port, host, hostPort }: Tunnel): string {
  return `${port}:${host}:${hostPort}`;
}

/** Lets each end write to the other until one of them is gone. */
function join(channel: ClientChannel, socket: Socket): void {
  channel.on('error', () => socket.destroy());
  // What has been written still arrives.
  channel.once('close', () => socket.destroySoon());
  socket.once('close', () => {
    if (!socket.readableEnded) channel.close();
  });
  channel.pipe(socket).pipe(channel);
}
