import { setTimeout as delay } from 'node:timers/promises';

/** Generous: the machines share two cores with everything else, and nothing waits for it when all is well. */
const LIMIT = 300_000;

/** Looks every 50 ms until `look` gives something. @throws Error naming `what`, with the `story`, after some minutes. */
export async function waitUntil<T>(what: string, look: () => T | undefined, story = () => ''): Promise<T> {
  const end = performance.now() + LIMIT;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`Waited ${LIMIT / 1000} s in vain for ${what}.\n${story()}`);
    await delay(50);
  }
}
