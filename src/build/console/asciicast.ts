import type { LogFile } from './log-file.ts';

/** What the guest is told of its terminal, if anything: the size of a serial console that nobody sets. */
const COLUMNS = 80;
const ROWS = 24;

/**
 * A recording of one boot's console in asciicast v2 (https://docs.asciinema.org/manual/asciicast/v2/): a header, then one JSON
 * array a line, `[seconds since the start, "o", text]`. Version 2 and not 3, because every player reads it, also the asciinema 2
 * of OpenBSD's and Debian's packages. Each event is a whole line from the start, so a recording that was cut off can be played.
 *
 * What is typed is not recorded as such ("i" events): what a guest does not echo, such as a password, is nobody's business.
 */
export class Asciicast {
  readonly #file: LogFile;
  readonly #now: () => number;
  readonly #start: number;

  /** @param now milliseconds of a clock that never goes back */
  constructor(file: LogFile, title: string, now: () => number = () => performance.now()) {
    this.#file = file;
    this.#now = now;
    this.#start = now();
    const timestamp = Math.floor(Date.now() / 1000);
    this.#line({ version: 2, width: COLUMNS, height: ROWS, timestamp, title });
  }

  /** A stretch of the console, free of secrets. */
  output(text: string): void {
    const seconds = Math.round((this.#now() - this.#start) * 1000) / 1_000_000;
    this.#line([seconds, 'o', text]);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #line(value: unknown): void {
    this.#file.append(`${JSON.stringify(value)}\n`);
  }
}
