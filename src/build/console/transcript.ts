import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AnsiStripper } from '../../lib/ansi.ts';
import type { Console } from '../../hypervisor/hypervisor.ts';
import { Asciicast } from './asciicast.ts';
import { ConsoleRedactor } from './redactor.ts';
import type { Emitter } from '../emitter.ts';
import type { BootPurpose } from '../events.ts';
import { BuildError } from '../failure.ts';
import { LogFile } from './log-file.ts';

/** Lines kept for the report on a failure. */
const TAIL = 40;
const LONGEST_LINE = 1000;

/** Where the consoles of a build are written to. */
export interface ConsoleFiles {
  /** The text of all boots. */
  readonly consoleLog: string;
  /** The recording with times of each boot. */
  readonly recordings: Readonly<Record<BootPurpose, string>>;
}

/**
 * The transcript of the consoles of one build: every byte that the guest prints goes to a file, and as text to the event stream;
 * the last lines are kept. Beside it is a recording of each boot, with times. Secrets are removed before any of them.
 */
export class Transcript {
  readonly #emitter: Emitter;
  readonly #files: ConsoleFiles;
  readonly #log: LogFile;
  readonly #name: string;

  private constructor(name: string, files: ConsoleFiles, log: LogFile, emitter: Emitter) {
    this.#name = name;
    this.#files = files;
    this.#log = log;
    this.#emitter = emitter;
  }

  get path(): string {
    return this.#log.path;
  }

  /**
   * Creates the file, readable by its owner only, and the folders above it. An older transcript is replaced, and its recordings
   * are removed: those of this build are made when its machines start.
   * @param name of the machine, for titles
   */
  static async create(name: string, files: ConsoleFiles, emitter: Emitter): Promise<Transcript> {
    try {
      await mkdir(dirname(files.consoleLog), { recursive: true });
      const log = await LogFile.create(files.consoleLog, (error) =>
        emitter.ui().error(`The console log is incomplete: ${error.message}.`),
      );
      for (const path of Object.values(files.recordings)) {
        // What cannot be removed cannot be written either, and that is told.
        await rm(path, { force: true }).catch(() => {});
      }
      return new Transcript(name, files, log, emitter);
    } catch (cause) {
      throw new BuildError(`The console log cannot be written: ${(cause as Error).message}.`, {
        hint: 'Set log_directory to a folder in which you may write.',
        cause,
      });
    }
  }

  /**
   * Records the console of one boot from its first byte.
   * @param onText called with each line: as often as it grows, because a prompt never gets its end, and when it is complete
   */
  record(
    console: Console,
    boot: BootPurpose,
    onText: (line: string, isWhole: boolean) => void,
  ): ConsoleRecorder {
    const what = boot === 'install' ? 'installation' : 'installed system';
    this.write(`--- ${what}, ${new Date().toISOString()} ---\r\n`);
    const file = LogFile.start(this.#files.recordings[boot], (error) =>
      this.#emitter.ui().error(`The recording of the console is incomplete: ${error.message}.`),
    );
    const recording = new Asciicast(file, `${this.#name}, ${what}`);
    return new ConsoleRecorder(console, { boot, onText, recording }, this, this.#emitter);
  }

  /** Appends a text that is free of secrets. */
  write(text: string): void {
    this.#log.append(text);
  }

  /** Waits until everything is in the file, and closes it. */
  close(): Promise<void> {
    return this.#log.close();
  }
}

interface RecorderOptions {
  readonly boot: BootPurpose;
  readonly onText: (line: string, isWhole: boolean) => void;
  readonly recording: Asciicast;
}

/** See `Transcript.record`. */
export class ConsoleRecorder {
  readonly #boot: BootPurpose;
  readonly #transcript: Transcript;
  readonly #emitter: Emitter;
  readonly #decoder = new TextDecoder();
  readonly #stripper = new AnsiStripper();
  readonly #redactor: ConsoleRedactor;
  readonly #lines: string[] = [];
  readonly #unsubscribe: () => void;
  readonly #onText: (line: string, isWhole: boolean) => void;
  readonly #recording: Asciicast;
  #line = '';
  #stopped = false;

  constructor(
    console: Console,
    { boot, onText, recording }: RecorderOptions,
    transcript: Transcript,
    emitter: Emitter,
  ) {
    this.#boot = boot;
    this.#onText = onText;
    this.#recording = recording;
    this.#transcript = transcript;
    this.#emitter = emitter;
    this.#redactor = new ConsoleRedactor(emitter.redactor);
    this.#unsubscribe = console.onData((chunk) => this.#push(chunk));
  }

  /** The last lines that are not empty, oldest first; the last one may be unfinished, such as a prompt. */
  tail(): string[] {
    return [...this.#lines, visible(this.#line)].filter((line) => line.trim() !== '').slice(-TAIL);
  }

  /** Ends the recording, gives out what was held back, and waits until the file of the boot is complete. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#unsubscribe();
    this.#give(this.#redactor.push(this.#decoder.decode()) + this.#redactor.flush());
    if (this.#line !== '') this.#endLine();
    await this.#recording.close();
  }

  #push(chunk: Uint8Array): void {
    this.#give(this.#redactor.push(this.#decoder.decode(chunk, { stream: true })));
  }

  #give(text: string): void {
    if (text === '') return;
    this.#transcript.write(text);
    this.#recording.output(text);
    this.#emitter.emitClean({ type: 'console', boot: this.#boot, text });
    this.#addText(this.#stripper.push(text));
  }

  #addText(text: string): void {
    for (const piece of text.split(/(\n)/)) {
      if (piece === '\n') this.#endLine();
      else this.#line = (this.#line + piece).slice(-LONGEST_LINE);
    }
    if (this.#line !== '') this.#onText(this.#line, false);
  }

  #endLine(): void {
    const line = visible(this.#line);
    this.#line = '';
    this.#lines.push(line);
    if (this.#lines.length > TAIL * 2) this.#lines.splice(0, TAIL);
    this.#onText(line, true);
    this.#emitter.emitClean({ type: 'console-line', boot: this.#boot, line });
  }
}

/** The state of a line in which a terminal shows it: what was before a carriage return has been overwritten. */
function visible(line: string): string {
  const bare = line.trimEnd();
  return bare.slice(bare.lastIndexOf('\r') + 1);
}
