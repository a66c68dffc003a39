import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync, lstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Belonging, type Entry, type Recorder, recordTo } from '../lib/belongings.ts';
import { flushFolder } from '../lib/flush.ts';
import { thisProcess } from '../lib/process/owner.ts';
import { stateDirectory } from '../lib/state-directory.ts';
import { FORMAT, type FileTraces, type KeptLine, type RunLine, type StateLine } from './line.ts';
import { distrustOf } from './trust.ts';

/** Ends the name of a journal. */
export const SUFFIX = '.jsonl';
/** Ends the name of a journal whose first line is still being written. */
export const DRAFT_SUFFIX = '.new';

const datasync = promisify(fdatasync);

/** Where the journals of this user are. */
export function journalDirectory(env?: Readonly<Record<string, string | undefined>>): string {
  return join(stateDirectory(env), 'journal');
}

export interface JournalOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** See `RunLine.purpose`. */
  readonly purpose: string;
  /** Told in full sentences when the journal has a gap, once, or cannot be ended. */
  readonly onProblem: (text: string) => void;
}

/**
 * The record of what this run makes outside of itself, in a file of its own. The file goes when everything in it is gone.
 */
export class Journal implements Recorder {
  readonly path: string;
  readonly #file: number;
  readonly #name: string;
  readonly #open = new Map<number, Belonging>();
  readonly #onProblem: (text: string) => void;
  #last = 0;
  #ended = false;
  #hasGap = false;

  private constructor(path: string, name: string, file: number, onProblem: (text: string) => void) {
    this.path = path;
    this.#name = name;
    this.#file = file;
    this.#onProblem = onProblem;
  }

  /**
   * Begins the journal of this run. From then on everything that is told to lib/belongings.ts is in it.
   * @throws Error when there can be none
   */
  static async open({ env, purpose, onProblem }: JournalOptions): Promise<Journal> {
    const folder = journalDirectory(env);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const distrust = distrustOf(lstatSync(folder), 'directory');
    if (distrust !== undefined) throw new Error(`${folder} ${distrust}`);
    const name = randomBytes(8).toString('hex');
    const path = join(folder, `${process.pid}-${name}${SUFFIX}`);
    const draft = `${path}${DRAFT_SUFFIX}`;
    const file = openSync(draft, 'ax', 0o600);
    const journal = new Journal(path, name, file, onProblem);
    const run: RunLine = { format: FORMAT, owner: thisProcess(), purpose, began: new Date().toISOString() };
    try {
      writeSync(file, `${JSON.stringify(run)}\n`);
      await datasync(file);
      // Whoever reads a journal finds its first line in it.
      renameSync(draft, path);
    } catch (error) {
      closeSync(file);
      rmSync(draft, { force: true });
      throw error;
    }
    await flushFolder(folder);
    recordTo(journal);
    return journal;
  }

  async intend(thing: Belonging): Promise<Entry> {
    const number = ++this.#last;
    this.#open.set(number, thing);
    // Processes and machines do not outlive a power cut, and a lock of before is taken over by whoever comes.
    const isDurable = !['process', 'machine', 'lock'].includes(thing.kind);
    const write = (line: StateLine) => this.#write(line, isDurable);
    await write({ entry: number, state: 'intended', time: Date.now(), thing });
    return {
      mark: `${this.#name}.${number}`,
      exists: (traces) =>
        write({
          entry: number,
          state: 'exists',
          time: Date.now(),
          traces: { ...traces, ...fileTraces(thing) },
        }),
      gone: () => {
        if (!this.#open.delete(number)) return Promise.resolve();
        // When this line gets lost, whoever reads the journal sees by itself that nothing is there.
        return this.#write({ entry: number, state: 'gone' }, false);
      },
    };
  }

  /**
   * Ends the journal: its file goes when everything in it is gone. Otherwise it stays for a later run.
   * @param kept what is left was left on purpose: no later run may remove it unasked
   */
  async end(kept: boolean): Promise<void> {
    recordTo(undefined);
    try {
      const isOver = [...this.#open.values()].every((thing) => !staysAtEnd(thing));
      if (isOver) rmSync(this.path, { force: true });
      else if (kept) await this.#write({ kept: true }, true);
    } catch (error) {
      this.#onProblem(`The journal ${this.path} cannot be ended: ${(error as Error).message}.`);
    }
    this.#ended = true;
    closeSync(this.#file);
  }

  async #write(line: StateLine | KeptLine, isDurable: boolean): Promise<void> {
    if (this.#ended) return;
    try {
      // A line that was torn by a full disk must not spoil the next one.
      const text = Buffer.from(`${this.#hasGap ? '\n' : ''}${JSON.stringify(line)}\n`);
      if (writeSync(this.#file, text) < text.length) throw new Error('the disk is full');
      if (isDurable) await datasync(this.#file);
    } catch (error) {
      if (!this.#hasGap) {
        this.#onProblem(
          `The journal ${this.path} has a gap: ${(error as Error).message}. If this run is killed, look for what it has left.`,
        );
      }
      this.#hasGap = true;
    }
  }
}

/** Whether a thing of which nobody has said that it is gone is still there when its run ends in good order. */
function staysAtEnd(thing: Belonging): boolean {
  switch (thing.kind) {
    case 'machine':
      return true;
    // Processes end with their run, but for a QEMU that is kept with its image, for whose sake the journal stays; folders are made
    // for what stays.
    case 'process':
    case 'empty-folders':
    // All files have their names by then, or none has.
    case 'joint-name':
      return false;
    case 'file':
    case 'folder':
    case 'lock':
      return lstatSync(thing.path, { throwIfNoEntry: false }) !== undefined;
  }
}

/** What tells a file from another one that gets its name later. */
function fileTraces(thing: Belonging): FileTraces {
  if (thing.kind !== 'file' && thing.kind !== 'folder' && thing.kind !== 'empty-folders') return {};
  try {
    return { inode: String(lstatSync(thing.path, { bigint: true }).ino) };
  } catch {
    return {};
  }
}
