import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

/** A TCP port of the local address `host` that is free at this moment; it may be taken by the time it is used. */
export async function freePort(host: string): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
