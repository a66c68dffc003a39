import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Client, SFTPWrapper } from 'ssh2';
import { CommunicatorError } from '../communicator.ts';
import type { FileDownload, TransferOptions, TransferSummary } from '../communicator.ts';
import { guestPath } from '../guest-path.ts';
import { NotStartedError } from './exec.ts';
import { operand } from './guest-command.ts';
import { localTree } from './local-tree.ts';
import type { LocalEntry } from './local-tree.ts';
import { scpDownload, scpUpload, scpUploadCommand, scpUploadTree } from './scp.ts';
import { ScpSession } from './scp-session.ts';
import { openSftp, Sftp } from './sftp.ts';
import { tarUpload } from './tar-upload.ts';
import { MissingInGuestError } from './transfer-error.ts';
import { partialName } from './unpacker.ts';

type Method = 'sftp' | 'scp';

/** Files on their way to the guest and back, by the ways that the guest has. */
export class Transfers {
  readonly #connect: (signal: AbortSignal) => Promise<Client>;
  readonly #giveUp: (client: Client) => Promise<void>;
  /** `ssh_file_transfer_method`. */
  readonly #method: Method;
  #session: { readonly client: Client; readonly wrapper: SFTPWrapper } | undefined;
  /** Ways to transfer files that the guest turned out to lack. */
  readonly #missing = new Map<Method, string>();
  #hasNoTar = false;

  /**
   * @param connect gives the connection, a new one when the old one was lost
   * @param giveUp is told of a connection that is of no use
   */
  constructor(
    connect: (signal: AbortSignal) => Promise<Client>,
    giveUp: (client: Client) => Promise<void>,
    method: Method,
  ) {
    this.#connect = connect;
    this.#giveUp = giveUp;
    this.#method = method;
  }

  async upload(source: Readable | Uint8Array, to: string, options: TransferOptions): Promise<void> {
    const destination = guestPath(to);
    const stream = source instanceof Readable ? source : undefined;
    // A file that cannot be opened says so before it is read; then there would be no listener, which ends the program.
    stream?.on('error', () => {});
    try {
      await this.#transfer(`Uploading ${to}`, options.signal, {
        sftp: (sftp) => sftp.upload(source, destination, options),
        scp: (run) =>
          run(scpUploadCommand(destination, options), (session) => scpUpload(session, source, options)),
      });
    } finally {
      stream?.destroy();
    }
  }

  async uploadDirectory(
    source: string,
    destination: string,
    { signal, onProgress }: TransferOptions,
  ): Promise<TransferSummary> {
    const what = `Uploading the folder ${source}`;
    const entries = await localTree(source).catch((cause: Error) => {
      throw new CommunicatorError(`${what} failed: ${cause.message}.`, { cause });
    });
    const total = bytesOf(entries);
    const target = guestPath(destination).replace(/(?<=.)\/+$/, '');
    const late = await this.#byTar(what, signal, (client) =>
      tarUpload(client, entries, target, signal, (bytes) => onProgress?.(bytes, total)),
    );
    const rest = late ?? entries;
    if (late === undefined || rest.some(({ kind }) => kind === 'file')) {
      const before = total - bytesOf(rest);
      const progress = (bytes: number) => onProgress?.(before + bytes, total);
      await this.#transfer(what, signal, {
        sftp: (sftp) => sftp.uploadTree(rest, target, progress),
        scp: (run) =>
          run(`mkdir -p ${operand(target)} && exec scp -r -t ${operand(target)}`, (session) =>
            scpUploadTree(session, rest, progress),
          ),
      });
    }
    return { files: entries.filter(({ kind }) => kind === 'file').length, bytes: total };
  }

  async download(from: string, destination: string, options: TransferOptions): Promise<void> {
    const what = `Downloading ${from}`;
    const source = guestPath(from);
    // A download that breaks off must leave neither half a file nor destroy the one that was there.
    const partial = partialName(destination);
    try {
      await this.#transfer(what, options.signal, {
        sftp: (sftp) => sftp.download(source, partial, options.onProgress),
        scp: (run) => run(`scp -f ${operand(source)}`, (s) => scpDownload(s, partial, options.onProgress)),
      });
      await rename(partial, destination).catch((cause: Error) => {
        throw failure(what, cause);
      });
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  async downloadFiles(
    files: readonly FileDownload[],
    { signal, onProgress }: TransferOptions,
  ): Promise<TransferSummary> {
    let bytes = 0;
    const progress = (count: number) => {
      bytes = count;
      onProgress?.(bytes);
    };
    const late =
      files.length < 2
        ? undefined
        : await this.#byTar(`Downloading ${files.length} files`, signal, async (client) => {
            const { tarDownload } = await import('./tar-download.ts');
            const plain = files.map((file) => ({ ...file, source: guestPath(file.source) }));
            return tarDownload(client, plain, signal, progress);
          });
    for (const { source, destination } of late ?? files) {
      const before = bytes;
      await this.download(source, destination, { signal, onProgress: (count) => progress(before + count) });
    }
    return { files: files.length, bytes };
  }

  /** Does it by tar; undefined where the guest has none. */
  async #byTar<T>(
    what: string,
    signal: AbortSignal,
    use: (client: Client) => Promise<T>,
  ): Promise<T | undefined> {
    if (this.#hasNoTar) return undefined;
    try {
      return await this.#onConnection(signal, use);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof MissingInGuestError)) throw failure(what, error as Error);
      this.#hasNoTar = true;
      return undefined;
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
      try {
        await this.#onConnection(signal, (client) =>
          method === 'sftp'
            ? this.#withSftp(client, signal, ways.sftp)
            : ways.scp((command, use) => ScpSession.with(client, command, signal, use)),
        );
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof MissingInGuestError)) {
          throw failure(what, error as Error);
        }
        this.#missing.set(method, error.message);
      }
    }
    throw new CommunicatorError(`${what} is not possible: ${[...this.#missing.values()].join(', and ')}.`, {
      hint: 'Install an SFTP server (openssh-sftp-server) or scp in the guest.',
      permanent: true,
    });
  }

  /** Does it on the connection, or on a new one where the server opens no further session on the old one (MaxSessions). */
  async #onConnection<T>(signal: AbortSignal, use: (client: Client) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#connect(signal);
      try {
        return await use(client);
      } catch (error) {
        if (!(error instanceof NotStartedError) || attempt === 2) throw error;
        await this.#giveUp(client);
      }
    }
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

function failure(what: string, cause: Error): CommunicatorError {
  const hint = cause instanceof NotStartedError ? cause.hint : undefined;
  return new CommunicatorError(`${what} failed: ${cause.message.replace(/\.$/, '')}.`, { cause, hint });
}

function bytesOf(entries: readonly LocalEntry[]): number {
  return entries.reduce((sum, { size }) => sum + size, 0);
}
