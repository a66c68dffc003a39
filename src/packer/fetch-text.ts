import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { binaryUnits } from '../lib/size.ts';
import { openRequest, refusalOfProxy } from '../lib/http-request.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface TextRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** "": none. */
  readonly body: string;
}

/** A body is text that goes into templates; what is larger is a mistake. */
const MOST_BYTES = 16 * 1024 * 1024;
/** As many as Go's net/http follows, which is Packer's. */
const MOST_REDIRECTS = 10;
/** Milliseconds without a byte. */
const IDLE_TIME = 60_000;
/** Not for another host than the one that they were written for. */
const FOR_ONE_HOST = /^(authorization|cookie|www-authenticate)$/i;

/** What a URL answers with, through the proxy that the environment names; or what happened, in words that follow the address. */
export async function fetchText(
  url: string,
  request: TextRequest,
  env: Environment,
  signal: AbortSignal = new AbortController().signal,
): Promise<string | { reason: string }> {
  try {
    if (!/^https?:/i.test(url) || !URL.canParse(url)) throw new Error('it is no http or https URL');
    const response = await follow(new URL(url), request, env, signal);
    const { statusCode: status = 0, statusMessage = '' } = response;
    if (status < 200 || status > 299) {
      response.destroy();
      return { reason: `answered ${status} ${statusMessage}. Check the address.` };
    }
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST_BYTES)
        return { reason: `sends more than ${binaryUnits(MOST_BYTES)}, which is too much for a text.` };
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    signal.throwIfAborted();
    const { message, code } = error as NodeJS.ErrnoException;
    return { reason: `could not be fetched: ${message || code}. Check the address and the network.` };
  }
}

/** Sends a request, and again where the server says that it is to go somewhere else. */
async function follow(
  url: URL,
  request: TextRequest,
  env: Environment,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let [place, { method, headers, body }] = [url, request];
  for (let count = 0; count <= MOST_REDIRECTS; count++) {
    const response = await send(place, { method, headers, body }, env, signal);
    const { statusCode: status = 0 } = response;
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return response;
    response.destroy();
    const next = new URL(location, place);
    if (next.protocol !== 'http:' && next.protocol !== 'https:') {
      throw new Error('it leads to something that is no http or https URL');
    }
    if (next.host !== place.host) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => !FOR_ONE_HOST.test(name)));
    }
    if (status < 304 && method !== 'GET' && method !== 'HEAD') [method, body] = ['GET', ''];
    place = next;
  }
  throw new Error(`it leads from one URL to the next, more than ${MOST_REDIRECTS} times`);
}

async function send(
  url: URL,
  { method, headers, body }: TextRequest,
  env: Environment,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const hasBody = body !== '' && method !== 'GET' && method !== 'HEAD';
  const content = Buffer.from(body);
  const sent = await openRequest(url, {
    method,
    env,
    signal,
    proxyTime: IDLE_TIME,
    headers: {
      'user-agent': 'vmm-hcl',
      'accept-encoding': 'identity',
      ...(hasBody && { 'content-length': content.length }),
      ...headers,
    },
  });
  sent.setTimeout(IDLE_TIME, () => sent.destroy(new Error(`nothing came for ${IDLE_TIME / 1000} s`)));
  const answered = once(sent, 'response');
  sent.end(hasBody ? content : undefined);
  const [response] = (await answered) as [IncomingMessage];
  // The request may still fail; the end of the response tells.
  sent.on('error', () => {});
  const refusal = refusalOfProxy(url, response, env);
  if (refusal === undefined) return response;
  response.destroy();
  throw refusal;
}
