import type { Writable } from 'node:stream';
import { OutputTail } from '../lib/output-tail.ts';
import { type Console, HypervisorError } from './hypervisor.ts';

/** A guest may print for ever. So much is kept for listeners that come late; what is older is dropped. */
const HISTORY = 8 * 1024 * 1024;
/** Bytes that a listener gets at once of what is kept: it may need many times as much to look at them. */
const PIECE = 64 * 1024;

/** A serial console over byte streams. The driver feeds it, and may exchange the line beneath it. */
export class StreamConsole implements Console {
  readonly closed: Promise<void>;
  readonly #history = new OutputTail(HISTORY);
  readonly #listeners = new Set<(chunk: Uint8Array) => void>();
  #line: Writable | undefined;
  #open = true;
  #resolveClosed: () => void = () => undefined;
  /** Wakes writers that wait for a line. */
  #lineChanged: () => void = () => undefined;
  #change: Promise<void>;

  constructor() {
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.#change = new Promise((resolve) => (this.#lineChanged = resolve));
  }

  /** Whether the guest has printed anything. */
  get hasOutput(): boolean {
    return this.#history.bytes().length > 0;
  }

  /** The listener gets the past output before this returns. */
  onData(listener: (chunk: Uint8Array) => void): () => void {
    const past = this.#history.bytes();
    for (let start = 0; start < past.length; start += PIECE) listener(past.subarray(start, start + PIECE));
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (;;) {
      if (!this.#open) {
        throw new HypervisorError('The serial console is closed: the virtual machine has ended.');
      }
      const line = this.#line;
      if (line === undefined) await this.#change;
      else if (await handOver(line, bytes)) return;
      else this.detach(line);
    }
  }

  /** Output of the guest. */
  push(chunk: Uint8Array): void {
    if (!this.#open) return;
    this.#history.push(chunk);
    for (const listener of [...this.#listeners]) listener(chunk);
  }

  /** From now on, what is written goes to `line`. */
  attach(line: Writable): void {
    this.#line = line;
    this.#notify();
  }

  /** `line` is gone; writers wait for the next one. */
  detach(line: Writable): void {
    if (this.#line === line) this.#line = undefined;
  }

  /** No more output will come. Idempotent. */
  close(): void {
    this.#open = false;
    this.#line = undefined;
    this.#notify();
    this.#resolveClosed();
  }

  #notify(): void {
    const wake = this.#lineChanged;
    this.#change = new Promise((resolve) => (this.#lineChanged = resolve));
    wake();
  }
}

/** True when the bytes were handed over; false when the line is gone. */
function handOver(line: Writable, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    if (line.destroyed || line.writableEnded) resolve(false);
    else line.write(bytes, (error) => resolve(error === null || error === undefined));
  });
}
