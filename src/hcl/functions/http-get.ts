import type * as WorkerThreads from 'node:worker_threads';
import { lazily } from './lazy.ts';

const threads = lazily<typeof WorkerThreads>('node:worker_threads');

export interface HttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Certificates of the authorities to trust, in PEM form, instead of the usual ones. */
  readonly ca?: string;
  /** Accept any certificate. */
  readonly insecure?: boolean;
  /** In milliseconds. */
  readonly timeout: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly body: string;
}

/**
 * What the worker runs: one GET request, which follows one redirect as a cluster of servers sends it, but never from
 * https to http, as that would show the token. It is text, as a bundle has no file for it.
 */
const WORKER = `
const { workerData: { request, port, signal } } = require('node:worker_threads');
const LIMIT = 16 * 1024 * 1024;
function done(message) {
  port.postMessage(message);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
}
function get(url, redirects) {
  const { request: send } = require(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const options = { headers: request.headers, ca: request.ca, rejectUnauthorized: !request.insecure };
  const call = send(url, options, (response) => {
    const { statusCode: status, headers: { location } } = response;
    if ([301, 302, 307, 308].includes(status) && location && redirects > 0) {
      response.resume();
      const next = new URL(location, url);
      if (url.protocol === 'https:' && next.protocol !== 'https:') {
        return done({ error: 'the server redirects from https to another protocol' });
      }
      return get(next, redirects - 1);
    }
    const chunks = [];
    let size = 0;
    response.on('data', (chunk) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LIMIT) call.destroy(new Error('the answer is too long'));
    });
    response.on('end', () => done({ response: { status, body: Buffer.concat(chunks).toString() } }));
    response.on('error', (error) => done({ error: error.message }));
  });
  call.on('error', (error) => done({ error: error.message || error.code || String(error) }));
  call.end();
}
try { get(new URL(request.url), 1); } catch (error) { done({ error: error.message }); }
`;

/**
 * Fetches a URL and waits for the answer. Functions are synchronous, so a thread does the work; headers, which may hold a
 * token, reach it through memory only.
 * @throws Error if there is no answer in time
 */
export function httpGet(request: HttpRequest): HttpResponse {
  const { MessageChannel, receiveMessageOnPort, Worker } = threads();
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(WORKER, {
    eval: true,
    workerData: { request, port: port2, signal },
    transferList: [port2],
    execArgv: [],
  });
  worker.unref();
  try {
    const outcome = Atomics.wait(signal, 0, 0, request.timeout);
    if (outcome === 'timed-out') throw new Error(`no answer came within ${request.timeout / 1000} seconds`);
    const { message } = receiveMessageOnPort(port1) as {
      message: { readonly response?: HttpResponse; readonly error?: string };
    };
    if (message.response === undefined) throw new Error(message.error ?? 'the request failed');
    return message.response;
  } finally {
    port1.close();
    void worker.terminate();
  }
}
