import { rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import type { Client, SFTPWrapper } from 'ssh2';
import { shellQuote } from '../../lib/shell-words.ts';
import { CommunicatorError } from '../communicator.ts';
import type { TransferOptions } from '../communicator.ts';
import { localTree } from './local-tree.ts';
import { scpDownload, scpUpload, scpUploadTree } from './scp.ts';
import { ScpSession } from './scp-session.ts';
import { openSftp, Sftp } from './sftp.ts';
import { MissingInGuestError } from './transfer-error.ts';

type Method = 'sftp' | 'scp';

/** Files on their way to the guest and back, by the ways that the guest has. */
export class Transfers {
  readonly #connect: (signal: AbortSignal) => Promise<Client>;
  /** `ssh_file_transfer_method`. */
  readonly #method: Method;
  #session: { readonly client: Client; readonly wrapper: SFTPWrapper } | undefined;
  /** Ways to transfer files that the guest turned out to lack. */
  readonly #missing = new Map<Method, string>();

  /** @param connect gives the connection, a new one when the old one was lost */
  constructor(connect: (signal: AbortSignal) => Promise<Client>, method: Method) {
    this.#connect = connect;
    this.#method = method;
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
    const order: readonly Method[] = this.#method === 'sftp' ? ['sftp', 'scp'] : ['scp', 'sftp'];
    for (const method of order) {
      if (this.#missing.has(method)) continue;
      const client = await this.#connect(signal);
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
}

/** A path as an operand of scp, which has no `--` everywhere. */
function operand(path: string): string {
  return shellQuote(path.startsWith('-') ? `./${path}` : path);
}
