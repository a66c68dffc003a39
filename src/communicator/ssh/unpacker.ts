import { createWriteStream } from 'node:fs';
import { copyFile, rename, rm, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Entry, Extract } from 'tar-stream';
import type { FileDownload } from '../communicator.ts';

/** A file of up to this many bytes is written at once. */
const SMALL = 256 * 1024;

/** Complaints of tar that do not mean that a copy is bad. */
const HARMLESS =
  /file changed as we read it|[Rr]emoving leading|socket ignored|Exiting with failure status due to previous errors/;

/**
 * Puts the members of tar archives into the places that are known for them. Names in an archive choose between these places and
 * mean nothing else, so the guest cannot write anywhere.
 */
export class Unpacker {
  readonly #files: ReadonlyMap<string, FileDownload>;
  readonly #arrived = new Set<FileDownload>();
  readonly #onProgress: ((bytes: number) => void) | undefined;
  #bytes = 0;

  constructor(files: readonly FileDownload[], onProgress?: (bytes: number) => void) {
    this.#files = new Map(files.map((file) => [plain(file.source), file]));
    this.#onProgress = onProgress;
  }

  /**
   * Reads to the end of the archives, or to the place where something else follows.
   * @throws Error when a local file cannot be written
   */
  async unpack(archive: Extract): Promise<void> {
    try {
      for await (const entry of archive) await this.#take(entry);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    }
  }

  /**
   * The files that did not come, and those about which the guest's tar complains.
   * @param complaints its error output
   */
  missing(complaints: string): FileDownload[] {
    const bad = complaints.split('\n').filter((line) => line.trim() !== '' && !HARMLESS.test(line));
    const isNamed = (file: FileDownload) => bad.some((line) => line.includes(plain(file.source)));
    const files = [...this.#files.values()];
    // tar may have spelt a name in its own way; then it could be any file.
    const isAny = bad.some((line) => !files.some((file) => line.includes(plain(file.source))));
    return files.filter((file) => !this.#arrived.has(file) || isAny || isNamed(file));
  }

  async #take(entry: Entry): Promise<void> {
    const { name, type, linkname, size = 0, mode = 0o644 } = entry.header;
    const file = this.#files.get(plain(name));
    const first = type === 'link' ? this.#files.get(plain(linkname ?? '')) : undefined;
    const isFile = type === 'file' || type === 'contiguous-file';
    if (file === undefined || (!isFile && (first === undefined || !this.#arrived.has(first)))) {
      entry.resume();
      return;
    }
    const partial = partialName(file.destination);
    try {
      if (first !== undefined) {
        entry.resume();
        await copyFile(first.destination, partial);
      } else {
        await this.#write(entry, partial, size, mode & 0o777);
      }
      await rename(partial, file.destination);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    this.#arrived.add(file);
  }

  async #write(entry: Entry, path: string, size: number, mode: number): Promise<void> {
    const count = (bytes: number) => this.#onProgress?.((this.#bytes += bytes));
    if (size <= SMALL) {
      const content = await buffer(entry);
      if (content.length !== size) throw new Error('the archive ends too early');
      await writeFile(path, content, { mode });
      count(size);
      return;
    }
    entry.on('data', (chunk: Buffer) => count(chunk.length));
    await pipeline(entry, createWriteStream(path, { mode }));
  }
}

/** Where a file is while it is being read: beside its place, so that it appears whole. */
export function partialName(destination: string): string {
  return `${destination}.partial-${process.pid}`;
}

/** A path as it stands in archives, which have no absolute ones. */
function plain(path: string): string {
  return path.replace(/^(\.?\/+)+/, '');
}
