import { once } from 'node:events';
import { createServer } from 'node:net';

/** On the first address of a network: whoever listens there has it. */
const CLAIM_PORT = 22_000;

/** Second byte of the addresses 127.*.*.* that are this process's own, as long as it lives. Linux needs no configuration for them. */
const second = await claim();

/** Blocks of ten values of the third byte, by their first. */
const free = Array.from({ length: 25 }, (_, index) => index * 10);

async function claim(): Promise<number> {
  for (let candidate = 65; candidate < 255; candidate++) {
    const server = createServer().listen(CLAIM_PORT, `127.${candidate}.255.1`);
    const listens = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    server.unref();
    if (listens) return candidate;
  }
  throw new Error('All networks of the loopback interface are in use by other tests.');
}

/** The second and third byte of addresses that nobody else uses, neither in this process nor in another one. */
export function takeNetwork(): readonly [number, number] {
  const third = free.shift();
  if (third === undefined) throw new Error('More machines at once than there are networks for.');
  return [second, third];
}

export function giveNetworkBack([, third]: readonly [number, number]): void {
  free.push(third);
}
