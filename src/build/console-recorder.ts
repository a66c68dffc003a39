import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AnsiStripper } from '../lib/ansi.ts';
import type { Console } from '../hypervisor/hypervisor.ts';
import type { Emitter } from './emitter.ts';
import { BuildError } from './failure.ts';
import type { BootPurpose } from './events.ts';
import type { StreamRedactor } from './redact.ts';

/** Lines kept for the report on a failure. */
const TAIL = 40;
const LONGEST_LINE = 1000;

/**
 * The transcript of the consoles of one build: every byte that the guest prints goes to a file, and as text to the event stream;
 * the last lines are kept. Secrets are removed before either.
 */
export class Transcript {
  readonly path: string;
  readonly #emitter: Emitter;
  readonly #file: FileHandle;
  #writing: Promise<void> = Promise.resolve();
  #failed = false;

  private constructor(path: string, file: FileHandle, emitter: Emitter) {
    this.path = path;
    this.#file = file;
    this.#emitter = emitter;
  }

  /** Creates the file, readable by its owner only, and the folders above it. An older transcript is replaced. */
  static async create(path: string, emitter: Emitter): Promise<Transcript> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
      const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
      // The file may be an old one with other permissions.
      await file.chmod(0o600);
      return new Transcript(path, file, emitter);
    } catch (cause) {
      throw new BuildError(`The console log cannot be written: ${(cause as Error).message}.`, {
        hint: 'Set log_directory to a folder in which you may write.',
        cause,
      });
    }
  }

  /**
   * Records the console of one boot from its first byte.
   * @param onText called with each line, also while it is still unfinished: a prompt never gets its end
   */
  record(console: Console, boot: BootPurpose, onText: (line: string) => void): ConsoleRecorder {
    this.write(
      `--- ${boot === 'install' ? 'installation' : 'installed system'}, ${new Date().toISOString()} ---\r\n`,
    );
    return new ConsoleRecorder(console, { boot, onText }, this, this.#emitter);
  }

  /** Appends a text that is free of secrets. A full disk costs the transcript, not the build. */
  write(text: string): void {
    if (this.#failed || text === '') return;
    this.#writing = this.#writing
      .then(() => this.#file.appendFile(text))
      .catch((error: Error) => {
        if (!this.#failed) this.#emitter.ui().error(`The console log is incomplete: ${error.message}.`);
        this.#failed = true;
      });
  }

  /** Waits until everything is in the file, and closes it. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close().catch(() => {});
  }
}

/** See `Transcript.record`. */
export class ConsoleRecorder {
  readonly #boot: BootPurpose;
  readonly #transcript: Transcript;
  readonly #emitter: Emitter;
  readonly #decoder = new TextDecoder();
  readonly #stripper = new AnsiStripper();
  readonly #raw: StreamRedactor;
  readonly #plain: StreamRedactor;
  readonly #lines: string[] = [];
  readonly #unsubscribe: () => void;
  readonly #onText: (line: string) => void;
  #line = '';
  #stopped = false;

  constructor(
    console: Console,
    { boot, onText }: { readonly boot: BootPurpose; readonly onText: (line: string) => void },
    transcript: Transcript,
    emitter: Emitter,
  ) {
    this.#boot = boot;
    this.#onText = onText;
    this.#transcript = transcript;
    this.#emitter = emitter;
    this.#raw = emitter.redactor.stream();
    this.#plain = emitter.redactor.stream();
    this.#unsubscribe = console.onData((chunk) => this.#push(chunk));
  }

  /** The last lines that are not empty, oldest first; the last one may be unfinished, such as a prompt. */
  tail(): string[] {
    return [...this.#lines, visible(this.#line)].filter((line) => line.trim() !== '').slice(-TAIL);
  }

  /** Ends the recording and gives out what was held back. Idempotent. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#unsubscribe();
    this.#give(this.#raw.push(this.#decoder.decode()) + this.#raw.flush());
    this.#addText(this.#plain.flush());
    if (this.#line !== '') this.#endLine();
  }

  #push(chunk: Uint8Array): void {
    this.#give(this.#raw.push(this.#decoder.decode(chunk, { stream: true })));
    // Firmware sprinkles cursor movements over the text, also into the middle of a secret: lines are cleaned by themselves.
    this.#addText(this.#plain.push(this.#stripper.push(chunk)));
  }

  #give(text: string): void {
    if (text === '') return;
    this.#transcript.write(text);
    this.#emitter.emitClean({ type: 'console', boot: this.#boot, text });
  }

  #addText(text: string): void {
    for (const piece of text.split(/(\n)/)) {
      if (piece === '\n') this.#endLine();
      else this.#line = (this.#line + piece).slice(-LONGEST_LINE);
    }
    if (this.#line !== '') this.#onText(this.#line);
  }

  #endLine(): void {
    const line = visible(this.#line);
    this.#line = '';
    this.#lines.push(line);
    if (this.#lines.length > TAIL * 2) this.#lines.splice(0, TAIL);
    this.#onText(line);
    this.#emitter.emitClean({ type: 'console-line', boot: this.#boot, line });
  }
}

/** The state of a line in which a terminal shows it: what was before a carriage return has been overwritten. */
function visible(line: string): string {
  const bare = line.trimEnd();
  return bare.slice(bare.lastIndexOf('\r') + 1);
}
