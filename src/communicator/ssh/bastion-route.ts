import type { Duplex } from 'node:stream';
import type { BastionConfig } from '../../plan/ssh-config.ts';
import { CommunicatorError } from '../communicator.ts';
import { attempt, endConnection } from './attempt.ts';
import type { Connection } from './attempt.ts';
import { AttemptError } from './attempt-error.ts';
import { loadLogin } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { Lifetime, reasonOf } from './lifetime.ts';
import { openSocket } from './route.ts';
import type { Route } from './route.ts';

/** Milliseconds for the bastion to answer: it is not booting, but it may be far away. Packer's time for a connection. */
const TIMEOUT = 15_000;
/** Milliseconds between keep-alive messages: while an installation goes on nothing else passes. */
const KEEP_ALIVE = 15_000;

/**
 * To the guest through another SSH server. The connection to it is kept, and made again when it is lost.
 * @throws CommunicatorError when an option cannot work
 */
export async function bastionRoute(config: BastionConfig, host: string, port: number): Promise<Route> {
  const credentials = await loadLogin(
    {
      username: config.username,
      password: config.password,
      privateKeyFile: config.privateKeyFile,
      agentAuth: config.agentAuth,
    },
    'ssh_bastion_',
  );
  return new Bastion(config, credentials, { host, port });
}

class Bastion implements Route {
  readonly #name: string;
  readonly #config: BastionConfig;
  readonly #credentials: Credentials;
  readonly #target: { readonly host: string; readonly port: number };
  #connection: Connection | undefined;
  /** Ends when nobody connects to the bastion any more. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(config: BastionConfig, credentials: Credentials, target: { host: string; port: number }) {
    this.#config = config;
    this.#name = `${config.host}:${config.port}`;
    this.#credentials = credentials;
    this.#target = target;
  }

  get through(): string {
    return `through the bastion host ${this.#name}`;
  }

  async open(signal: AbortSignal): Promise<Duplex> {
    for (;;) {
      const kept = this.#connection;
      const connection = await this.#connected(signal);
      try {
        return await this.#forward(connection, signal);
      } catch (cause) {
        signal.throwIfAborted();
        const error = cause as Error & { readonly reason?: number };
        // It was not refused, and the connection is an old one: that was lost, which we have not heard of yet.
        if (error.reason !== undefined || connection !== kept) throw this.#refused(error);
        if (this.#connection === connection) this.#connection = undefined;
      }
    }
  }

  async #forward({ client }: Connection, signal: AbortSignal): Promise<Duplex> {
    const { host, port } = this.#target;
    const lifetime = new Lifetime(client, signal);
    try {
      return await lifetime.call<Duplex>((done) =>
        client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
          if (signal.aborted) channel?.close();
          done(error, channel);
        }),
      );
    } finally {
      lifetime.end();
    }
  }

  /** The one connection, whoever asks: a relay may want it at the same time as we do. */
  #connected(signal: AbortSignal): Promise<Connection> {
    const turn = this.#turn.then(async () => (this.#connection ??= await this.#connect(signal)));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const { host, port } = this.#config;
    try {
      const connection = await attempt(
        {
          route: { open: (until) => openSocket(host, port, TIMEOUT, until), close: () => Promise.resolve() },
          credentials: this.#credentials,
          bannerTimeout: TIMEOUT,
          keepAlive: KEEP_ALIVE,
          onHostKey: () => {},
          onProgress: () => {},
        },
        signal,
      );
      connection.client.once('close', () => {
        if (this.#connection === connection) this.#connection = undefined;
      });
      return connection;
    } catch (error) {
      if (!(error instanceof AttemptError)) throw error;
      // The bastion is not being installed: whom it refuses now it refuses in a minute, and then for longer.
      if (error.stage === 'authentication' || error.detail.hopeless) {
        throw new CommunicatorError(`The bastion host ${this.#name} lets nobody in: ${error.message}.`, {
          hint: `Try it with ssh -p ${port} ${this.#config.username}@${host}; check ssh_bastion_username and ssh_bastion_password or the key.`,
          permanent: true,
          cause: error,
        });
      }
      throw new AttemptError('tcp', `the bastion host ${this.#name} cannot be reached: ${error.message}`, {
        code: error.detail.code,
        hint: 'Check ssh_bastion_host and ssh_bastion_port, and whether ssh(1) gets there from this machine.',
      });
    }
  }

  /** RFC 4254, section 5.1: 1 is "administratively prohibited", 2 "connect failed". */
  #refused(error: Error & { readonly reason?: number }): AttemptError {
    const target = `${this.#target.host}:${this.#target.port}`;
    if (error.reason === 1) {
      return new AttemptError(
        'tcp',
        `the bastion host ${this.#name} does not allow connections to ${target}`,
        {
          hopeless: true,
          hint: 'Set AllowTcpForwarding (and PermitOpen) in the sshd_config(5) of the bastion host.',
        },
      );
    }
    return new AttemptError(
      'tcp',
      `the bastion host ${this.#name} does not get to ${target}: ${reasonOf(error)}`,
    );
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) await endConnection(connection);
  }
}
