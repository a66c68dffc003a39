import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientChannel } from 'ssh2';
import type { SshConfig } from '../../plan/ssh-config.ts';
import { CommunicatorError } from '../communicator.ts';
import type {
  Communicator,
  ExecOptions,
  ExecResult,
  FileDownload,
  Relay,
  Terminal,
  TransferOptions,
  TransferSummary,
} from '../communicator.ts';
import { endConnection } from './attempt.ts';
import type { Connection } from './attempt.ts';
import { bastionRoute } from './bastion-route.ts';
import { loadCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { finishExec, NotStartedError, openExec } from './exec.ts';
import { proxyRoute } from './proxy-route.ts';
import { openRelay } from './relay.ts';
import { directRoute } from './route.ts';
import type { Route } from './route.ts';
import { openShell, useShell } from './shell.ts';
import { endWhenSilent } from './silence.ts';
import { Transfers } from './transfers.ts';
import { Tunnels } from './tunnels.ts';
import { waitForSsh } from './wait.ts';
import type { SshAttempt } from './wait.ts';

export interface SshOptions {
  readonly host: string;
  readonly port: number;
  readonly config: SshConfig;
  /** Private half of the key pair that was made for this build. */
  readonly temporaryKey?: string;
  readonly onStatus: (text: string) => void;
  readonly onWarning: (text: string) => void;
  /** Called with each attempt to connect that ends, also when a lost connection is made again. */
  readonly onAttempt?: (attempt: SshAttempt) => void;
}

/**
 * Waits until the guest lets us in, as `ssh_timeout` and `ssh_handshake_attempts` allow. The host key is not checked, as in
 * Packer: the machine is new, nobody knows its key; a change of the key during the build is told.
 * @throws CommunicatorError with what was seen while waiting
 */
export async function connectSsh(options: SshOptions, signal: AbortSignal): Promise<Communicator> {
  const credentials = await loadCredentials(options.config, options.temporaryKey);
  const communicator = new SshCommunicator(options, credentials, await routeOf(options));
  const { pause_before_connecting: pause } = options.config;
  try {
    await communicator.connect(signal);
    if (pause > 0) {
      // Packer's meaning: the first connection shows that the guest is up, the one after the pause is used.
      await communicator.disconnect();
      await sleep(pause, undefined, { signal });
      await communicator.connect(signal);
    }
    await communicator.listen(signal);
  } catch (error) {
    await communicator.close();
    throw error;
  }
  return communicator;
}

function routeOf(options: SshOptions): Route | Promise<Route> {
  const { host, port, config } = options;
  if (config.bastion !== undefined) return bastionRoute(config.bastion, host, port);
  if (config.proxy !== undefined) return proxyRoute(config.proxy, host, port);
  return directRoute(options);
}

class SshCommunicator implements Communicator {
  readonly type = 'ssh';
  readonly #options: SshOptions;
  readonly #credentials: Credentials;
  readonly #route: Route;
  readonly #tunnels: Tunnels;
  #connection: Connection | undefined;
  #hostKey: string | undefined;
  #forwardAgent: boolean;
  readonly #transfers: Transfers;

  constructor(options: SshOptions, credentials: Credentials, route: Route) {
    this.#options = options;
    this.#route = route;
    this.#tunnels = new Tunnels(options.config, () => this.#connection?.client, options.onWarning);
    this.#credentials = credentials;
    this.#forwardAgent = credentials.agent !== undefined && !options.config.ssh_disable_agent_forwarding;
    this.#transfers = new Transfers(
      (signal) => this.connect(signal),
      (client) => this.#giveUp(client),
      options.config.ssh_file_transfer_method,
    );
  }

  /** Connects when there is no connection, also after one was lost: the guest may have rebooted. */
  async connect(signal: AbortSignal): Promise<Client> {
    if (this.#connection !== undefined) return this.#connection.client;
    const { host, port, config, onStatus, onWarning, onAttempt } = this.#options;
    const connection = await waitForSsh(
      {
        host,
        port,
        route: this.#route,
        ciphers: config.ssh_ciphers,
        keyExchanges: config.ssh_key_exchange_algorithms,
        credentials: this.#credentials,
        timeout: config.ssh_timeout,
        handshakeAttempts: config.ssh_handshake_attempts,
        keepAlive: Math.max(0, config.ssh_keep_alive_interval),
        onHostKey: (key) => this.#checkHostKey(key),
        onStatus,
        onWarning,
        onAttempt,
      },
      signal,
    );
    const { client, socket } = connection;
    if (config.ssh_read_write_timeout) endWhenSilent(socket, config.ssh_read_write_timeout);
    try {
      await this.#tunnels.attach(client, signal);
    } catch (error) {
      await endConnection(connection);
      throw error;
    }
    this.#connection = connection;
    client.once('close', () => {
      if (this.#connection === connection) this.#connection = undefined;
    });
    return client;
  }

  #checkHostKey(key: string): void {
    if (this.#hostKey !== undefined && this.#hostKey !== key) {
      this.#options.onWarning(
        `The guest's SSH host key has changed since the last connection (now SHA256:${key}). That is normal when it makes new keys at boot.`,
      );
    }
    this.#hostKey = key;
  }

  async exec(command: string, options: ExecOptions): Promise<ExecResult> {
    const pty = { term: 'xterm', cols: 80, rows: 40, modes: { ECHO: 0 } } as const;
    const terminal = this.#options.config.ssh_pty ? { pty: pty as never } : {};
    const channel = await this.#open(options.signal, (client, agent) =>
      openExec(client, command, { ...terminal, ...agent }, options.signal),
    );
    return finishExec(channel, options);
  }

  async shell(terminal: Terminal, signal: AbortSignal): Promise<ExecResult> {
    const channel = await this.#open(signal, (client, agent) => openShell(client, terminal, agent, signal));
    return useShell(channel, terminal, signal);
  }

  async relay(signal: AbortSignal): Promise<Relay | undefined> {
    const { through } = this.#route;
    if (through === undefined) return undefined;
    return openRelay(this.#route, through, this.#options.onWarning, signal);
  }

  /** Opens a session, on a new connection if the old one turns out to be dead. */
  async #open(
    signal: AbortSignal,
    start: (client: Client, agent: { readonly agentForward?: boolean }) => Promise<ClientChannel>,
  ): Promise<ClientChannel> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.connect(signal);
      try {
        return await start(client, this.#forwardAgent ? { agentForward: true } : {});
      } catch (error) {
        if (!(error instanceof NotStartedError)) throw error;
        if (attempt === 3) {
          const { message, hint } = error;
          throw new CommunicatorError(`Nothing can be run in the guest: ${message}.`, { hint, cause: error });
        }
        if (/agent forwarding/i.test(error.message)) {
          this.#options.onWarning('The SSH server does not allow agent forwarding; going on without it.');
          this.#forwardAgent = false;
        } else await this.#giveUp(client);
      }
    }
  }

  /** The server takes no session on this connection, whatever the reason: a new one may do. */
  async #giveUp(client: Client): Promise<void> {
    if (this.#connection?.client === client) await this.disconnect();
  }

  upload(source: Readable | Uint8Array, destination: string, options: TransferOptions): Promise<void> {
    return this.#transfers.upload(source, destination, options);
  }

  uploadDirectory(source: string, destination: string, options: TransferOptions): Promise<TransferSummary> {
    return this.#transfers.uploadDirectory(source, destination, options);
  }

  download(source: string, destination: string, options: TransferOptions): Promise<void> {
    return this.#transfers.download(source, destination, options);
  }

  downloadFiles(files: readonly FileDownload[], options: TransferOptions): Promise<TransferSummary> {
    return this.#transfers.downloadFiles(files, options);
  }

  /** Opens the tunnels' ports on this machine. @throws CommunicatorError when one is taken */
  listen(signal: AbortSignal): Promise<void> {
    return this.#tunnels.listen(signal);
  }

  /** Ends the connection; the next command makes a new one. */
  async disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) await endConnection(connection);
  }

  async close(): Promise<void> {
    await this.#tunnels.close();
    await this.disconnect();
    await this.#route.close();
  }
}
