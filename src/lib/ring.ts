/** The last items of a sequence that may have no end. */
export class Ring<T> {
  readonly #size: number;
  #items: T[] = [];
  /** How many items are gone. */
  dropped = 0;

  constructor(size: number) {
    this.#size = size;
  }

  push(item: T): void {
    this.#items.push(item);
    // Cutting only now and then keeps each push cheap.
    if (this.#items.length < this.#size * 2) return;
    this.dropped += this.#items.length - this.#size;
    this.#items = this.#items.slice(-this.#size);
  }

  /** Takes out one of the latest items; nothing happens when it is not there. */
  remove(item: T): void {
    const index = this.#items.lastIndexOf(item);
    if (index >= 0) this.#items.splice(index, 1);
  }

  /** Oldest first. */
  items(): readonly T[] {
    return this.#items;
  }

  clear(): void {
    this.#items = [];
    this.dropped = 0;
  }
}
