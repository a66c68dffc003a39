import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is given out in parts: a program that prints no line end must not fill the memory. */
const LONGEST_LINE = 64 * 1024;

/**
 * Cuts a stream of bytes (UTF-8) into lines without their ends. Of a line that was overwritten by carriage returns, such as a
 * progress bar, only the last state is kept; spaces at the end are dropped.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk));
  }

  /** Gives out what came after the last line end. */
  end(): void {
    this.#take(this.#decoder.end());
    if (this.#rest !== '') this.#give(this.#rest);
    this.#rest = '';
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#give(line);
    while (this.#rest.length > LONGEST_LINE) {
      this.#give(this.#rest.slice(0, LONGEST_LINE));
      this.#rest = this.#rest.slice(LONGEST_LINE);
    }
  }

  #give(line: string): void {
    const bare = line.trimEnd();
    this.#onLine(bare.slice(bare.lastIndexOf('\r') + 1));
  }
}
