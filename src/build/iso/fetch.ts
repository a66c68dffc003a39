import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ProxyError } from '../../lib/http-proxy.ts';
import { openRequest, refusalOfProxy } from '../../lib/http-request.ts';

/** A place that does not give what it should; another one may. The message is a full sentence. */
export class FetchError extends Error {
  override name = 'FetchError';
}

/** Milliseconds without a byte after which a server counts as silent. */
const IDLE_TIME = 60_000;
const MOST_REDIRECTS = 10;

export interface RequestOptions {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: `IDLE_TIME`. */
  readonly idleTime?: number;
  /** A redirection from https to http is followed: what comes is checked by other means. */
  readonly allowPlain: boolean;
}

/** What a server said before the body. */
export interface Answer {
  readonly response: IncomingMessage;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** GET with redirections. @throws FetchError; the reason of the signal on abort */
export async function request(url: URL, options: RequestOptions): Promise<Answer> {
  let place = url;
  for (let count = 0; count <= MOST_REDIRECTS; count++) {
    const response = await get(place, options);
    const { statusCode: status = 0, headers } = response;
    if (![301, 302, 303, 307, 308].includes(status) || headers.location === undefined) {
      return { response, status, headers };
    }
    response.destroy();
    const next = URL.canParse(headers.location, place) ? new URL(headers.location, place) : undefined;
    if (next === undefined || !isWeb(next)) {
      throw new FetchError(`${shownUrl(url)} leads to ${headers.location}, which is no http or https URL.`);
    }
    if (place.protocol === 'https:' && next.protocol === 'http:' && !options.allowPlain) {
      throw new FetchError(
        `${shownUrl(url)} leads to ${shownUrl(next)}, which anybody on the way can change, and nothing checks what comes.`,
      );
    }
    place = next;
  }
  throw new FetchError(`${shownUrl(url)} leads from one URL to the next, more than ${MOST_REDIRECTS} times.`);
}

export function isWeb({ protocol }: URL): boolean {
  return protocol === 'http:' || protocol === 'https:';
}

/** A URL as messages show it: without user, password and query, which may be secrets. */
export function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  shown.search = '';
  shown.hash = '';
  return shown.href;
}

/** What went wrong with a connection, in words. */
export function connectionError(url: URL, error: unknown): FetchError {
  if (error instanceof FetchError) return error;
  if (error instanceof ProxyError)
    return new FetchError(`${shownUrl(url)} cannot be fetched: ${error.message}.`, { cause: error });
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOTFOUND: `there is no host ${url.hostname}`,
    EAI_AGAIN: `the name ${url.hostname} cannot be looked up now`,
    ECONNREFUSED: 'the connection was refused',
    ECONNRESET: 'the server broke the connection off',
    ERR_STREAM_PREMATURE_CLOSE: 'the server broke the connection off',
    ETIMEDOUT: 'the server cannot be reached',
    CERT_HAS_EXPIRED: "the server's certificate has expired",
  };
  return new FetchError(`${shownUrl(url)} cannot be fetched: ${reasons[code ?? ''] ?? (message || code)}.`, {
    cause: error,
  });
}

async function get(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const { signal, headers, idleTime = IDLE_TIME } = options;
  signal.throwIfAborted();
  const sent = await openRequest(url, {
    signal,
    proxyTime: idleTime,
    // Compressed on the way would mean other bytes than those of the checksum, and of the ranges.
    headers: { 'user-agent': 'vmm-hcl', 'accept-encoding': 'identity', ...headers },
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw connectionError(url, error);
  });
  return new Promise((resolve, reject) => {
    let response: IncomingMessage | undefined;
    sent.setTimeout(idleTime, () => {
      const silent = new FetchError(`${shownUrl(url)} has sent nothing for ${idleTime / 1000} s.`);
      response?.destroy(silent);
      sent.destroy(silent);
    });
    sent.on('response', (answer) => {
      const refusal = refusalOfProxy(url, answer);
      if (refusal !== undefined) {
        reject(connectionError(url, refusal));
        answer.destroy();
        return;
      }
      response = answer;
      resolve(answer);
    });
    sent.on('error', (error) => {
      reject(signal.aborted ? (signal.reason as Error) : connectionError(url, error));
    });
    sent.end();
  });
}
