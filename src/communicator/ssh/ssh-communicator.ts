import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { rename, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ExecOptions as ChannelOptions, SFTPWrapper } from 'ssh2';
import { shellQuote } from '../../lib/shell-words.ts';
import type { SshConfig } from '../../plan/ssh-config.ts';
import { CommunicatorError } from '../communicator.ts';
import type { Communicator, ExecOptions, ExecResult, TransferOptions } from '../communicator.ts';
import type { Connection } from './attempt.ts';
import { loadCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { finishExec, NotStartedError, openExec } from './exec.ts';
import { localTree } from './local-tree.ts';
import { scpDownload, scpUpload, scpUploadTree } from './scp.ts';
import { ScpSession } from './scp-session.ts';
import { openSftp, Sftp } from './sftp.ts';
import { MissingInGuestError } from './transfer-error.ts';
import { waitForSsh } from './wait.ts';

export interface SshOptions {
  readonly host: string;
  readonly port: number;
  readonly config: SshConfig;
  readonly onStatus: (text: string) => void;
  readonly onWarning: (text: string) => void;
}

type Method = 'sftp' | 'scp';

/**
 * Waits until the guest lets us in, as `ssh_timeout` and `ssh_handshake_attempts` allow. The host key is not checked, as in
 * Packer: the machine is new, nobody knows its key; a change of the key during the build is told.
 * @throws CommunicatorError with what was seen while waiting
 */
export async function connectSsh(options: SshOptions, signal: AbortSignal): Promise<Communicator> {
  const credentials = await loadCredentials(options.config);
  const communicator = new SshCommunicator(options, credentials);
  const { pause_before_connecting: pause } = options.config;
  await communicator.connect(signal);
  if (pause > 0) {
    // Packer's meaning: the first connection shows that the guest is up, the one after the pause is used.
    await communicator.close();
    await sleep(pause, undefined, { signal });
    await communicator.connect(signal);
  }
  return communicator;
}

class SshCommunicator implements Communicator {
  readonly type = 'ssh';
  readonly #options: SshOptions;
  readonly #credentials: Credentials;
  #connection: Connection | undefined;
  #session: { readonly client: Client; readonly wrapper: SFTPWrapper } | undefined;
  #hostKey: string | undefined;
  #forwardAgent: boolean;
  /** Ways to transfer files that the guest turned out to lack. */
  readonly #missing = new Map<Method, string>();

  constructor(options: SshOptions, credentials: Credentials) {
    this.#options = options;
    this.#credentials = credentials;
    this.#forwardAgent = credentials.agent !== undefined && !options.config.ssh_disable_agent_forwarding;
  }

  /** Connects when there is no connection, also after one was lost: the guest may have rebooted. */
  async connect(signal: AbortSignal): Promise<Client> {
    if (this.#connection !== undefined) return this.#connection.client;
    const { host, port, config, onStatus, onWarning } = this.#options;
    const connection = await waitForSsh(
      {
        host,
        port,
        credentials: this.#credentials,
        timeout: config.ssh_timeout,
        handshakeAttempts: config.ssh_handshake_attempts,
        keepAlive: Math.max(0, config.ssh_keep_alive_interval),
        onHostKey: (key) => this.#checkHostKey(key),
        onStatus,
        onWarning,
      },
      signal,
    );
    this.#connection = connection;
    connection.client.once('close', () => {
      if (this.#connection === connection) this.#connection = undefined;
    });
    return connection.client;
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
    const channel = await this.#open(command, options.signal);
    return finishExec(channel, options);
  }

  /** Opens a session, on a new connection if the old one turns out to be dead. */
  async #open(command: string, signal: AbortSignal) {
    const pty = { term: 'xterm', cols: 80, rows: 40, modes: { ECHO: 0 } } as const;
    for (let attempt = 1; ; attempt++) {
      const client = await this.connect(signal);
      const options: ChannelOptions & { agentForward?: boolean } = {
        ...(this.#options.config.ssh_pty ? { pty: pty as never } : {}),
        ...(this.#forwardAgent ? { agentForward: true } : {}),
      };
      try {
        return await openExec(client, command, options, signal);
      } catch (error) {
        if (!(error instanceof NotStartedError) || attempt === 3) throw error;
        if (/agent forwarding/i.test(error.message)) {
          this.#options.onWarning('The SSH server does not allow agent forwarding; going on without it.');
          this.#forwardAgent = false;
        } else if (this.#connection?.client === client) {
          // The server takes no session on this connection, whatever the reason: a new one may do.
          await this.close();
        }
      }
    }
  }

  async upload(source: Readable | Uint8Array, destination: string, options: TransferOptions): Promise<void> {
    await this.#transfer(`Uploading ${destination}`, options.signal, {
      sftp: (sftp) => sftp.upload(source, destination, options),
      scp: (run) =>
        run(`scp ${options.mode === undefined ? '' : '-p '}-t ${operand(destination)}`, (s) =>
          scpUpload(s, source, destination, options),
        ),
    });
  }

  async uploadDirectory(source: string, destination: string, options: TransferOptions): Promise<void> {
    const contentsOnly = source.endsWith('/');
    const entries = await localTree(source);
    const into = contentsOnly ? undefined : basename(source);
    const target = destination.replace(/(?<=.)\/+$/, '');
    await this.#transfer(`Uploading the folder ${source}`, options.signal, {
      sftp: (sftp) =>
        sftp.uploadTree(entries, into === undefined ? target : `${target}/${into}`, options.onProgress),
      scp: (run) =>
        run(`mkdir -p ${operand(target)} && exec scp -r -t ${operand(target)}`, (session) =>
          scpUploadTree(session, entries, into, options.onProgress),
        ),
    });
  }

  async download(source: string, destination: string, options: TransferOptions): Promise<void> {
    // A download that breaks off must leave neither half a file nor destroy the one that was there.
    const partial = `${destination}.partial-${process.pid}`;
    try {
      await this.#transfer(`Downloading ${source}`, options.signal, {
        sftp: (sftp) => sftp.download(source, partial, options.onProgress),
        scp: (run) => run(`scp -f ${operand(source)}`, (s) => scpDownload(s, partial, options.onProgress)),
      });
      await rename(partial, destination);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  /** Does it by `ssh_file_transfer_method`, or by the other method where the guest lacks what the first one needs. */
  async #transfer(
    what: string,
    signal: AbortSignal,
    ways: {
      readonly sftp: (sftp: Sftp) => Promise<void>;
      readonly scp: (
        run: (command: string, use: (session: ScpSession) => Promise<void>) => Promise<void>,
      ) => Promise<void>;
    },
  ): Promise<void> {
    const order: readonly Method[] =
      this.#options.config.ssh_file_transfer_method === 'sftp' ? ['sftp', 'scp'] : ['scp', 'sftp'];
    for (const method of order) {
      if (this.#missing.has(method)) continue;
      const client = await this.connect(signal);
      try {
        if (method === 'sftp') await this.#withSftp(client, signal, ways.sftp);
        else await ways.scp((command, use) => ScpSession.with(client, command, signal, use));
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof MissingInGuestError)) {
          throw new CommunicatorError(`${what} failed: ${(error as Error).message}.`, { cause: error });
        }
        this.#missing.set(method, error.message);
      }
    }
    throw new CommunicatorError(`${what} is not possible: ${[...this.#missing.values()].join(', and ')}.`, {
      hint: 'Install an SFTP server (openssh-sftp-server) or scp in the guest.',
      permanent: true,
    });
  }

  /** The SFTP session is kept: starting its server takes a slow guest longer than a small file does. */
  async #withSftp(client: Client, signal: AbortSignal, use: (sftp: Sftp) => Promise<void>): Promise<void> {
    if (this.#session?.client !== client) {
      const session = { client, wrapper: await openSftp(client, signal) };
      this.#session = session;
      // Requests that fail with the session are told by their callbacks.
      session.wrapper.on('error', () => {});
      session.wrapper.once('close', () => {
        if (this.#session === session) this.#session = undefined;
      });
    }
    const { wrapper } = this.#session;
    const sftp = new Sftp(client, wrapper, signal);
    try {
      await use(sftp);
    } catch (error) {
      // Requests may still be on their way and files open.
      wrapper.end();
      this.#session = undefined;
      throw error;
    } finally {
      sftp.release();
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    const closed = new Promise<void>((resolve) => connection.client.once('close', () => resolve()));
    connection.client.end();
    // A dead guest does not answer the goodbye.
    const timer = setTimeout(() => connection.socket.destroy(), 1_000);
    await closed;
    clearTimeout(timer);
  }
}

/** A path as an operand of scp, which has no `--` everywhere. */
function operand(path: string): string {
  return shellQuote(path.startsWith('-') ? `./${path}` : path);
}
