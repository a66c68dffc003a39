import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** Characters that may wait for a disk that takes nothing: a guest may print for ever. */
const MOST_WAITING = 32 * 1024 * 1024;

/**
 * A file that grows while a build runs, readable by its owner only. What is appended reaches the file in order and as soon as the
 * disk takes it, so that a killed build leaves what it has seen. A disk that is full, or hangs, costs the file, not the build.
 */
export class LogFile {
  readonly path: string;
  readonly #onFailure: (error: Error) => void;
  readonly #file: Promise<FileHandle | undefined>;
  /** What waits while a write is under way. */
  #waiting: string[] = [];
  #length = 0;
  #writing: Promise<void> | undefined;
  #failed = false;

  private constructor(path: string, file: Promise<FileHandle>, onFailure: (error: Error) => void) {
    this.path = path;
    this.#onFailure = onFailure;
    this.#file = file.catch((error: Error) => this.#fail(error));
  }

  /**
   * Opens the file; an older one is replaced. What is appended before it is open waits. A file that cannot be opened is a failure
   * like a later one.
   * @param onFailure called once when the file is incomplete from here on
   */
  static start(path: string, onFailure: (error: Error) => void): LogFile {
    return new LogFile(path, openPrivate(path), onFailure);
  }

  /** As `start`. @throws when the file cannot be opened */
  static async create(path: string, onFailure: (error: Error) => void): Promise<LogFile> {
    return new LogFile(path, Promise.resolve(await openPrivate(path)), onFailure);
  }

  append(text: string): void {
    if (this.#failed || text === '') return;
    this.#waiting.push(text);
    this.#length += text.length;
    if (this.#length > MOST_WAITING) {
      this.#fail(new Error('the disk does not take it'));
      return;
    }
    this.#writing ??= this.#write();
  }

  /** Waits until everything is in the file, and closes it. */
  async close(): Promise<void> {
    await this.#writing;
    await (await this.#file)?.close().catch(() => {});
  }

  async #write(): Promise<void> {
    const file = await this.#file;
    try {
      while (file !== undefined && this.#waiting.length > 0) {
        const text = this.#waiting.join('');
        this.#waiting = [];
        this.#length = 0;
        await file.appendFile(text);
      }
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#writing = undefined;
  }

  #fail(error: Error): undefined {
    this.#waiting = [];
    if (!this.#failed) this.#onFailure(error);
    this.#failed = true;
  }
}

async function openPrivate(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  // The file may be an old one with other permissions.
  await file.chmod(0o600);
  return file;
}
