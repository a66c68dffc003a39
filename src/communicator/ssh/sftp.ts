import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client, SFTPWrapper, Stats } from 'ssh2';
import type { TransferOptions } from '../communicator.ts';
import type { LocalEntry } from './local-tree.ts';
import { NotStartedError } from './exec.ts';
import { Lifetime } from './lifetime.ts';
import { openEntry } from './local-tree.ts';
import { MissingInGuestError } from './transfer-error.ts';

/** Bytes in one write request: the largest that every server takes. */
const CHUNK = 32 * 1024;
/** Requests on their way at once, so that the delay of the network does not set the speed. */
const WINDOW = 32;
const PARALLEL_FILES = 8;
/** SSH_FX_FAILURE, the number of every failure that has none of its own. */
const FAILURE = 4;

type SftpError = Error & { readonly code?: unknown };

/**
 * Opens an SFTP session.
 * @throws MissingInGuestError when the guest has no SFTP server; NotStartedError when it opens no session
 */
export async function openSftp(client: Client, signal: AbortSignal): Promise<SFTPWrapper> {
  const lifetime = new Lifetime(client, signal);
  try {
    return await lifetime.call<SFTPWrapper>((done) =>
      client.sftp((error, session) =>
        error === undefined
          ? done(undefined, session)
          : done(
              /channel open failure/i.test(error.message)
                ? new NotStartedError(error)
                : new MissingInGuestError(`the guest starts no SFTP server (${error.message})`),
            ),
      ),
    );
  } finally {
    lifetime.end();
  }
}

/** One transfer on an SFTP session. It ends when the connection or the signal does; then the session is of no use any more. */
export class Sftp {
  readonly #sftp: SFTPWrapper;
  readonly #lifetime: Lifetime;
  readonly #signal: AbortSignal;

  constructor(client: Client, session: SFTPWrapper, signal: AbortSignal) {
    this.#sftp = session;
    this.#lifetime = new Lifetime(client, signal);
    this.#signal = signal;
  }

  /** Stops listening to the connection and the signal. */
  release(): void {
    this.#lifetime.end();
  }

  async upload(
    source: Readable | Uint8Array,
    destination: string,
    options: Omit<TransferOptions, 'signal'>,
  ): Promise<void> {
    try {
      await this.#write(source, destination, options);
    } catch (error) {
      throw await this.#explained(error as SftpError, destination);
    }
  }

  async #write(
    source: Readable | Uint8Array,
    destination: string,
    options: Omit<TransferOptions, 'signal'>,
  ): Promise<void> {
    const handle = await this.#call<Buffer>((done) =>
      this.#sftp.open(destination, 'w', { mode: options.mode ?? 0o644 }, done),
    );
    try {
      await this.#writeAll(handle, source, options.onProgress);
      if (options.mode !== undefined) {
        // The mode given to open counts for new files only, and the guest's umask is taken from it.
        const { mode } = options;
        await this.#call<void>((done) => this.#sftp.fchmod(handle, mode, done));
      }
    } finally {
      // After a lost connection there is nothing to close; the first error is the one that counts.
      await this.#call<void>((done) => this.#sftp.close(handle, done)).catch(() => {});
    }
  }

  /** A failure for which version 3 of the protocol, the one in use, has no number comes without a reason: the usual ones are looked up. */
  async #explained(error: SftpError, path: string): Promise<Error> {
    if (error.code !== FAILURE) return error;
    const info = await this.#stat(path).catch(() => undefined);
    if (info?.isDirectory()) return new Error('it is a folder in the guest', { cause: error });
    const free = await this.#call<{ f_bavail: number | bigint }>((done) =>
      this.#sftp.ext_openssh_statvfs(path, done),
    ).catch(() => undefined);
    if (Number(free?.f_bavail) === 0) return new Error('the disk of the guest is full', { cause: error });
    return new Error(`the SFTP server of the guest says "${error.message}" and no reason`, { cause: error });
  }

  #stat(path: string): Promise<Pick<Stats, 'mode' | 'isDirectory'>> {
    return this.#call((done) => this.#sftp.stat(path, done));
  }

  async #writeAll(handle: Buffer, source: Readable | Uint8Array, onProgress?: (bytes: number) => void) {
    const pending = new Set<Promise<void>>();
    let failed: Error | undefined;
    let offset = 0;
    let written = 0;
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      const bytes = Buffer.from(chunk as Uint8Array);
      for (let at = 0; at < bytes.length; at += CHUNK) {
        const part = bytes.subarray(at, at + CHUNK);
        const position = offset;
        offset += part.length;
        const write = this.#call<void>((done) =>
          this.#sftp.write(handle, part, 0, part.length, position, done),
        ).then(
          () => onProgress?.((written += part.length)),
          (error: Error) => (failed ??= error),
        );
        const tracked: Promise<void> = write.then(() => void pending.delete(tracked));
        pending.add(tracked);
        if (pending.size >= WINDOW) await Promise.race(pending);
        if (failed !== undefined) throw failed;
      }
    }
    await Promise.all(pending);
    if (failed !== undefined) throw failed;
  }

  /** Creates the folders, then the files of a local tree below `destination`. */
  async uploadTree(
    entries: readonly LocalEntry[],
    destination: string,
    onProgress?: (bytes: number) => void,
  ): Promise<void> {
    await this.#makeFolder(destination);
    for (const entry of entries) {
      if (entry.kind === 'folder') await this.#makeFolder(`${destination}/${entry.name}`);
    }
    const files = entries.filter((entry) => entry.kind === 'file');
    let total = 0;
    let next = 0;
    const work = async () => {
      for (let file = files[next++]; file !== undefined; file = files[next++]) {
        let before = 0;
        await this.upload(openEntry(file), `${destination}/${file.name}`, {
          mode: file.mode,
          onProgress: (bytes) => {
            onProgress?.((total += bytes - before));
            before = bytes;
          },
        });
      }
    };
    await Promise.all(Array.from({ length: PARALLEL_FILES }, work));
  }

  /** Creates a folder and those above it that are missing. */
  async #makeFolder(path: string): Promise<void> {
    try {
      await this.#call<void>((done) => this.#sftp.mkdir(path, done));
    } catch (error) {
      const exists = await this.#stat(path).then(
        (stats) => stats.isDirectory(),
        () => false,
      );
      if (exists) return;
      const parent = path.replace(/\/+[^/]*\/*$/, '');
      if (parent === '' || parent === path) throw error;
      await this.#makeFolder(parent);
      await this.#call<void>((done) => this.#sftp.mkdir(path, done));
    }
  }

  /** Reads a file of the guest into a new or emptied local file. */
  async download(source: string, destination: string, onProgress?: (bytes: number) => void): Promise<void> {
    const info = await this.#stat(source);
    if (info.isDirectory()) throw new Error('it is a folder in the guest');
    const stream = this.#sftp.createReadStream(source, { highWaterMark: 256 * 1024 });
    let read = 0;
    stream.on('data', (chunk: Buffer) => onProgress?.((read += chunk.length)));
    // The stream would wait for ever for an answer that a lost connection does not bring.
    const copied = pipeline(stream, createWriteStream(destination, { mode: info.mode & 0o777 }), {
      signal: this.#signal,
    });
    await this.#call<void>((done) => void copied.then(() => done(null), done)).finally(() =>
      stream.destroy(),
    );
  }

  #call<T>(start: (done: (error: Error | null | undefined, value?: T) => void) => void): Promise<T> {
    return this.#lifetime.call(start);
  }
}
