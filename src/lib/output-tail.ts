/** Keeps the last bytes of a stream, so that a program that prints for ever cannot fill the memory. */
export class OutputTail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;
  /** True when something was dropped. */
  overflowed = false;

  /** `limit` in bytes. Default: 64 KiB. */
  constructor(limit = 64 * 1024) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(Buffer.from(chunk));
    this.#size += chunk.length;
    while (this.#size > this.#limit) {
      const first = this.#chunks[0];
      if (first === undefined) return;
      const excess = this.#size - this.#limit;
      if (first.length <= excess) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(excess);
      this.#size -= Math.min(first.length, excess);
      this.overflowed = true;
    }
  }

  /** What is kept, as UTF-8 text. */
  text(): string {
    return this.bytes().toString('utf8');
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
