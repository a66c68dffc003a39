import type { Readable } from 'node:stream';

/**
 * Gives the pieces of a stream to `take`, with a turn for everything else after each of them: what prints for ever, such as a
 * guest on its console, must not keep an HTTP server or a timer from their work.
 */
export function deliver(stream: Readable, take: (chunk: Buffer) => void): void {
  stream.on('data', (chunk: Buffer) => {
    take(chunk);
    stream.pause();
    setImmediate(() => stream.resume());
  });
}
