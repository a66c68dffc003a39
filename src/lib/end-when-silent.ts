import type { Readable } from 'node:stream';

/** Milliseconds without a piece that count as silence. */
const SILENCE = 250;
/** So many times in a row may something have come since the last look: what comes then is not what was left in a pipe. */
const MOST_LOOKS = 20;

/**
 * Closes the output of a process that is gone, once nothing more comes: what it has printed may still be on its way to us, and a
 * daemon that has inherited the pipes can hold them open for ever, and print for ever.
 * @returns calls it off
 */
export function endWhenSilent(streams: readonly Readable[]): () => void {
  let hasNews = false;
  let looks = 0;
  for (const stream of streams) stream.on('data', () => (hasNews = true));
  const look = () => {
    if (hasNews && ++looks < MOST_LOOKS) {
      hasNews = false;
      timer = setTimeout(afterReading, SILENCE);
    } else {
      for (const stream of streams) stream.destroy();
    }
  };
  // Where this process was late itself, the timer rings before anybody has read what lies in the pipes.
  const afterReading = () => setImmediate(() => setImmediate(look));
  let timer = setTimeout(afterReading, SILENCE);
  return () => clearTimeout(timer);
}
