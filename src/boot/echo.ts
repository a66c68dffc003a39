import { AnsiStripper } from '../lib/ansi.ts';

/**
 * Listens for the echo of typed keys. Boot loaders, firmware and login prompts lose keys that come too fast, and none of
 * them says so; but what they have read they print. One key is in flight at a time.
 */
export class EchoWatch {
  readonly #stripper = new AnsiStripper();
  #expected: string | undefined;
  #seen: (() => void) | undefined;

  /** Takes the next output of the guest. */
  push(chunk: Uint8Array): void {
    const text = this.#stripper.push(chunk);
    if (this.#expected === undefined) return;
    // Any output answers a key without a picture of its own (Enter, arrows). Firmware that prints every character twice
    // needs no special care: the first copy is the echo, the second belongs to no key.
    const found =
      this.#expected === '' ? chunk.length > 0 : text.replaceAll(/[\r\n]/g, '').includes(this.#expected);
    if (found) this.#seen?.();
  }

  /**
   * Starts to look for the echo of the next key: `character`, or "" for any output. Call it before the key is sent.
   * The result resolves to true at the echo, and to false after `timeout` milliseconds.
   */
  expect(character: string): {
    within(timeout: number, signal?: AbortSignal): Promise<boolean>;
    cancel(): void;
  } {
    let echoed = false;
    let wake: () => void = () => undefined;
    this.#expected = character;
    this.#seen = () => {
      echoed = true;
      wake();
    };
    const cancel = () => {
      this.#expected = undefined;
      this.#seen = undefined;
      wake();
    };
    const within = async (timeout: number, signal?: AbortSignal) => {
      if (!echoed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeout);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          signal?.addEventListener('abort', wake, { once: true });
        });
        signal?.removeEventListener('abort', wake);
      }
      cancel();
      signal?.throwIfAborted();
      return echoed;
    };
    return { within, cancel };
  }
}
