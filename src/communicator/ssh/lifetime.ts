import type { Client } from 'ssh2';

type Done<T> = (error: Error | null | undefined, value?: T) => void;

/**
 * Ties callbacks to the connection and to a signal: ssh2 does not call back for everything that was under way when a
 * connection is lost, and nobody would wait for an operation after an abort.
 */
export class Lifetime {
  readonly #client: Client;
  readonly #signal: AbortSignal;
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #lost = () => this.#fail(new Error('the SSH connection was lost'));
  readonly #abort = () => this.#fail(this.#signal.reason as Error);
  #ended: Error | undefined;

  constructor(client: Client, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
    if (signal.aborted) this.#ended = signal.reason as Error;
    signal.addEventListener('abort', this.#abort, { once: true });
    client.once('close', this.#lost);
  }

  /** The result of an operation that reports to a callback. */
  call<T>(start: (done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#waiting.add(reject);
      const settle = (action: () => void) => {
        this.#waiting.delete(reject);
        action();
      };
      try {
        start((error, value) => settle(() => (error ? reject(error) : resolve(value as T))));
      } catch (error) {
        // ssh2 throws when the connection is gone already.
        settle(() => reject(error as Error));
      }
    });
  }

  /** Stops listening. What is still under way is not told any more. */
  end(): void {
    this.#signal.removeEventListener('abort', this.#abort);
    this.#client.off('close', this.#lost);
  }

  #fail(error: Error): void {
    this.#ended ??= error;
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }
}

/** Why a channel was not opened, in the words of the other side. */
export function reasonOf(error: Error): string {
  return (
    error.message.replace(/^\(SSH\) Channel open failure: */, '') || 'connection refused, or no such host'
  );
}
