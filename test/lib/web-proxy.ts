import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface WebProxy {
  /** "127.0.0.1:PORT" */
  readonly name: string;
  /** What was asked for: "GET URL" or "CONNECT HOST:PORT". */
  readonly asked: string[];
}

/** A proxy on 127.0.0.1 (RFC 9110) to whom every name is `target`'s, a port of this machine. `login`: "USER:PASSWORD" that it wants. */
export async function startWebProxy(
  t: TestContext,
  { target, login, answer }: { target: number; login?: string; answer?: number },
): Promise<WebProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  const refusal = (words: string | undefined) => (words === wanted ? answer : 407);
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`);
    const { 'proxy-authorization': words, ...headers } = incoming.headers;
    const status = refusal(words);
    if (status !== undefined) return void response.writeHead(status).end();
    const { pathname, search } = new URL(incoming.url ?? '');
    const onward = request({
      host: '127.0.0.1',
      port: target,
      method: incoming.method,
      path: pathname + search,
      headers,
    });
    onward.on('response', (got) => {
      response.writeHead(got.statusCode ?? 0, got.headers);
      got.pipe(response);
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  server.on('connect', (incoming, client: Socket) => {
    asked.push(`CONNECT ${incoming.url}`);
    client.on('error', () => {});
    const status = refusal(incoming.headers['proxy-authorization']);
    if (status !== undefined) return void client.end(`HTTP/1.1 ${status} No Way\r\n\r\n`);
    const onward = connect(target, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(onward).pipe(client);
    });
    onward.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('close', () => onward.destroy());
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { name: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
