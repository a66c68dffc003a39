import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** Two different TCP ports of 127.0.0.1 that are free at this moment: one that was found free may be found again once it is let go. */
export async function twoFreePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
  const [one, other] = servers.map((server) => (server.address() as AddressInfo).port);
  for (const server of servers) await once(server.close(), 'close');
  return [one!, other!];
}
