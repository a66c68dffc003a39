import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client, SFTPWrapper } from 'ssh2';
import type { TransferOptions } from '../communicator.ts';
import type { LocalEntry } from './local-tree.ts';
import { Lifetime } from './lifetime.ts';
import { openEntry } from './local-tree.ts';
import { MissingInGuestError } from './transfer-error.ts';

/** Bytes in one write request: the largest that every server takes. */
const CHUNK = 32 * 1024;
/** Requests on their way at once, so that the delay of the network does not set the speed. */
const WINDOW = 32;
const PARALLEL_FILES = 8;

/**
 * Opens an SFTP session.
 * @throws MissingInGuestError when the guest has no SFTP server
 */
export async function openSftp(client: Client, signal: AbortSignal): Promise<SFTPWrapper> {
  const lifetime = new Lifetime(client, signal);
  try {
    return await lifetime.call<SFTPWrapper>((done) =>
      client.sftp((error, session) =>
        error === undefined
          ? done(undefined, session)
          : done(new MissingInGuestError(`the guest starts no SFTP server (${error.message})`)),
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
      const exists = await this.#call<{ isDirectory(): boolean }>((done) => this.#sftp.stat(path, done)).then(
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
    const { mode } = await this.#call<{ mode: number }>((done) => this.#sftp.stat(source, done));
    const stream = this.#sftp.createReadStream(source, { highWaterMark: 256 * 1024 });
    let read = 0;
    stream.on('data', (chunk: Buffer) => onProgress?.((read += chunk.length)));
    // The stream would wait for ever for an answer that a lost connection does not bring.
    const copied = pipeline(stream, createWriteStream(destination, { mode: mode & 0o777 }), {
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
