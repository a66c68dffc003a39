import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface SocksServer {
  readonly port: number;
  /** What was asked for, as host:port. */
  readonly asked: string[];
}

/**
 * A SOCKS5 proxy (RFC 1928 and 1929) on 127.0.0.1. `answer`: the reply code of each request; 0 connects to the port `target`, or to
 * what was asked for, which says something at once if it `speaksFirst`.
 */
export async function startSocksServer(
  t: TestContext,
  {
    target,
    login,
    answer = 0,
    speaksFirst = true,
  }: {
    target?: number;
    speaksFirst?: boolean;
    login?: { readonly user: string; readonly password: string };
    answer?: number;
  },
): Promise<SocksServer> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    void talk(socket).catch(() => socket.destroy());
  });
  const talk = async (socket: Socket) => {
    const read = async (): Promise<Buffer> => ((await once(socket, 'data')) as [Buffer])[0];
    const offered = [...(await read()).subarray(2)];
    const method = login === undefined ? 0 : 2;
    socket.write(Buffer.from([5, offered.includes(method) ? method : 0xff]));
    if (!offered.includes(method)) return;
    if (login !== undefined) {
      const said = await read();
      const user = said.subarray(2, 2 + said[1]!).toString();
      const password = said.subarray(3 + said[1]!).toString();
      const right = user === login.user && password === login.password;
      socket.write(Buffer.from([1, right ? 0 : 1]));
      if (!right) return;
    }
    const request = await read();
    const isName = request[3] === 3;
    const host = isName ? request.subarray(5, 5 + request[4]!).toString() : request.subarray(4, 8).join('.');
    const port = request.readUInt16BE(request.length - 2);
    asked.push(`${host}:${port}`);
    const reply = Buffer.from([5, answer, 0, 1, 0, 0, 0, 0, 0, 0]);
    if (answer !== 0) return void socket.end(reply);
    const guest = target === undefined ? connect(port, host) : connect(target, '127.0.0.1');
    guest.on('error', () => {}).on('close', () => socket.destroy());
    socket.on('close', () => guest.destroy());
    // The banner comes in one packet with the reply, as it does from a proxy beside the server.
    const banner = speaksFirst ? ((await once(guest, 'data')) as [Buffer])[0] : Buffer.alloc(0);
    socket.write(Buffer.concat([reply, banner]));
    socket.pipe(guest).pipe(socket);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked };
}
