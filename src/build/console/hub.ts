import { OutputTail } from '../../lib/output-tail.ts';
import type { Console } from '../../hypervisor/hypervisor.ts';

/** The console of a build for people who look at it while it runs, over all its boots. */
export interface WatchedConsole {
  /**
   * Subscribes to the text of the console, escape sequences included and without secrets. The listener gets the recent past before
   * this returns. Returns the function that unsubscribes.
   */
  watch(listener: (text: string) => void): () => void;
  /** Types on the console of the machine that runs now; false when there is none. */
  write(bytes: Uint8Array): Promise<boolean>;
}

/** Bytes of the recent past: some screens of text. */
const RECENT = 16 * 1024;

/** See `WatchedConsole`. The build feeds it. */
export class ConsoleHub implements WatchedConsole {
  readonly #console: () => Console | undefined;
  readonly #recent = new OutputTail(RECENT);
  readonly #listeners = new Set<(text: string) => void>();

  /** @param console of the machine that runs at the moment */
  constructor(console: () => Console | undefined) {
    this.#console = console;
  }

  push(text: string): void {
    this.#recent.push(Buffer.from(text));
    for (const listener of [...this.#listeners]) listener(text);
  }

  watch(listener: (text: string) => void): () => void {
    const past = this.#recent.text();
    // What was cut starts with a whole line: half a character or half an escape sequence would be shown as garbage.
    const text = this.#recent.overflowed ? past.slice(past.indexOf('\n') + 1) : past;
    if (text !== '') listener(text);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async write(bytes: Uint8Array): Promise<boolean> {
    const console = this.#console();
    if (console === undefined) return false;
    return console.write(bytes).then(
      () => true,
      () => false,
    );
  }
}
