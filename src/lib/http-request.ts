import { once } from 'node:events';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import { hostOf, portOf, proxyFor, ProxyError, proxyLogin } from './http-proxy.ts';
import type { HttpProxy } from './http-proxy.ts';

export interface HttpRequestOptions {
  /** Default: GET. */
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly signal: AbortSignal;
  /** Milliseconds that a proxy may take to let us through. */
  readonly proxyTime: number;
  /** Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Begins a request to a web server, through the proxy that the environment names for it (`proxyFor`). What is to be sent with it is
 * the caller's, and so are its errors and the end.
 * @throws ProxyError; the signal's reason on abort
 */
export async function openRequest(url: URL, options: HttpRequestOptions): Promise<ClientRequest> {
  const { method, headers, signal, env } = options;
  const proxy = proxyFor(url, env);
  const isSecure = url.protocol === 'https:';
  const { request } = await (isSecure ? import('node:https') : import('node:http'));
  const common = { ...urlToHttpOptions(url), method, headers, signal };
  if (proxy === undefined) return request({ ...common, agent: false });
  const socket = await throughProxy(proxy, url, options);
  if (isSecure) {
    const { connect } = await import('node:tls');
    const host = hostOf(url);
    return request({
      ...common,
      createConnection: () => connect({ socket: socket as Socket, host, servername: serverName(host) }),
    });
  }
  if (isSocks(proxy)) return request({ ...common, createConnection: () => socket });
  // A proxy of http is asked for the whole URL.
  const { origin, pathname, search } = url;
  return request({
    ...common,
    path: `${origin}${pathname}${search}`,
    headers: { ...headers, host: url.host, ...authorization(proxy) },
    createConnection: () => socket,
  });
}

/** A connection to the server where it is one of https or the proxy one of SOCKS, otherwise to the proxy. */
async function throughProxy(proxy: HttpProxy, url: URL, options: HttpRequestOptions): Promise<Duplex> {
  const limit = AbortSignal.timeout(options.proxyTime);
  const signal = AbortSignal.any([options.signal, limit]);
  let socket: Socket | undefined;
  try {
    socket = await dial(proxy, signal);
    if (isSocks(proxy)) return await bySocks(proxy, url, socket, options.proxyTime);
    return url.protocol === 'https:' ? await byConnect(proxy, url, socket, signal) : socket;
  } catch (error) {
    socket?.destroy();
    options.signal.throwIfAborted();
    if (error instanceof ProxyError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = limit.aborted
      ? `does not answer within ${options.proxyTime / 1000} s`
      : (REASONS[code ?? ''] ?? `fails: ${message}`);
    throw new ProxyError(`the proxy ${proxy.name} (${proxy.variable}) ${reason}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'broke the connection off',
  ENOTFOUND: 'is not known by that name',
  EAI_AGAIN: 'cannot be looked up now',
  ETIMEDOUT: 'cannot be reached',
};

function isSocks({ url }: HttpProxy): boolean {
  return url.protocol.startsWith('socks');
}

/** Names of servers are for certificates; an address cannot be one (RFC 6066). */
function serverName(host: string): string | undefined {
  return /^[\d.]+$|:/.test(host) ? undefined : host;
}

async function dial({ url }: HttpProxy, signal: AbortSignal): Promise<Socket> {
  const [host, port] = [hostOf(url), Number(portOf(url))];
  if (url.protocol === 'https:') {
    const { connect } = await import('node:tls');
    const socket = connect({ host, port, servername: serverName(host) });
    return connected(socket, 'secureConnect', signal);
  }
  const { connect } = await import('node:net');
  return connected(connect({ host, port }), 'connect', signal);
}

async function connected(socket: Socket, event: string, signal: AbortSignal): Promise<Socket> {
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function authorization(proxy: HttpProxy): OutgoingHttpHeaders {
  const login = proxyLogin(proxy);
  if (login === undefined) return {};
  const words = Buffer.from(`${login.user}:${login.password}`).toString('base64');
  return { 'proxy-authorization': `Basic ${words}` };
}

/** Asks a proxy of http for a connection (RFC 9110, 9.3.6). */
async function byConnect(proxy: HttpProxy, url: URL, socket: Socket, signal: AbortSignal): Promise<Socket> {
  const { request } = await import('node:http');
  const place = `${url.hostname}:${portOf(url)}`;
  const asked = request({
    method: 'CONNECT',
    path: place,
    headers: { host: place, 'user-agent': 'vmm-hcl', ...authorization(proxy) },
    createConnection: () => socket,
    signal,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    asked
      .once('connect', (response: IncomingMessage, _socket, head: Buffer) => {
        // The server may speak first, though not by TLS.
        if (head.length > 0) socket.unshift(head);
        resolve(response);
      })
      .once('response', resolve)
      .on('error', reject);
  });
  asked.end();
  const { statusCode: status = 0, statusMessage = '' } = await answered;
  if (status >= 200 && status < 300) return socket;
  throw proxyRefusal(proxy, status, statusMessage, place);
}

/** What a proxy says for itself that was asked for a whole URL; undefined when the answer is the server's. */
export function refusalOfProxy(
  url: URL,
  { statusCode, statusMessage = '' }: IncomingMessage,
  env?: HttpRequestOptions['env'],
): ProxyError | undefined {
  const proxy = statusCode === 407 ? proxyFor(url, env) : undefined;
  return proxy && proxyRefusal(proxy, 407, statusMessage, `${url.hostname}:${portOf(url)}`);
}

/** @param place host and port that it was asked for */
function proxyRefusal(proxy: HttpProxy, status: number, message: string, place: string): ProxyError {
  const advice =
    status === 407
      ? `; it wants ${proxyLogin(proxy) === undefined ? 'a' : 'another'} user and password, as in http://USER:PASSWORD@${proxy.name}`
      : '';
  return new ProxyError(
    `the proxy ${proxy.name} (${proxy.variable}) does not let us through to ${place}: ${`${status} ${message}`.trim()}${advice}`,
  );
}

async function bySocks(proxy: HttpProxy, url: URL, socket: Socket, timeout: number): Promise<Socket> {
  const { SocksClient } = await import('socks');
  const login = proxyLogin(proxy);
  const { socket: through } = await SocksClient.createConnection({
    proxy: {
      host: hostOf(proxy.url),
      port: Number(portOf(proxy.url)),
      type: 5,
      userId: login?.user,
      password: login?.password,
    },
    command: 'connect',
    destination: { host: hostOf(url), port: Number(portOf(url)) },
    timeout,
    existing_socket: socket,
  });
  return through;
}
