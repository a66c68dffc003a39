import type { Express, Request, Response } from 'express';
import { nearestPath, offeredPaths, remember } from './evidence.ts';
import type { Seen } from './evidence.ts';
import { find } from './files.ts';
import { listing } from './listing.ts';
import type { HttpServerOptions, Served } from './server.ts';

interface HandlerOptions extends HttpServerOptions {
  readonly served: Promise<Served>;
  readonly seen: Seen;
}

/** The request handler: who may ask, for what, and what is logged about it. */
export async function createHandler(options: HandlerOptions): Promise<Express> {
  const { default: express } = await import('express');
  const app = express();
  app.disable('x-powered-by');
  // Answer files differ from build to build under the same URL.
  app.disable('etag');
  app.use(async (request, response) => {
    report(request, response, options);
    const client = plainAddress(request.socket.remoteAddress ?? '');
    if (options.clients !== undefined && !options.clients.includes(client)) {
      refuse(response, 403, 'only the guest of this build is served');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.set('Allow', 'GET, HEAD');
      refuse(response, 405, 'only GET and HEAD are answered');
    } else {
      try {
        await answer(request, response, await options.served, options.seen);
      } catch (error) {
        fail(response, error);
      }
    }
  });
  return app;
}

/** What went wrong here is for the log. Express would show it to the guest, and print it past every view. */
function fail(response: Response, error: unknown): void {
  if (response.headersSent) response.destroy();
  else refuse(response, 500, 'the server has failed');
  response.locals['note'] = `the server has failed: ${String(error)}`;
}

async function answer(request: Request, response: Response, served: Served, seen: Seen): Promise<void> {
  const segments = segmentsOf(request.path);
  if (segments === undefined) return refuse(response, 400, 'the path is not valid percent-encoded UTF-8');
  const path = `/${segments.join('/')}`;
  if (served.kind === 'content') {
    const text = Object.hasOwn(served.content, path) ? served.content[path] : undefined;
    if (text === undefined) return await missing(response, path, served, seen);
    remember(seen.fetched, path);
    response.type('text/plain').send(text);
    return;
  }
  const found = await find(served.roots, segments);
  const endsWithSlash = request.path.endsWith('/');
  if (found.kind === 'missing') return await missing(response, path, served, seen, found.reason);
  if (found.kind === 'file') {
    // Relative, so that no path can send the client to another host.
    if (endsWithSlash) return response.redirect(301, `../${encodeURIComponent(segments.at(-1) ?? '')}`);
    return send(response, found.path, found.name, seen);
  }
  if (!endsWithSlash) return response.redirect(301, `${encodeURIComponent(segments.at(-1) ?? '')}/`);
  const index = found.names.includes('index.html') && (await find(served.roots, [...segments, 'index.html']));
  if (index && index.kind === 'file') return send(response, index.path, index.name, seen);
  response.type('text/html').send(listing(path, found.names));
}

function send(response: Response, path: string, name: string, seen: Seen): void {
  remember(seen.fetched, name);
  // The lookup has already decided what may be seen; a dot in the path of the folder itself is no secret.
  response.sendFile(path, { dotfiles: 'allow', cacheControl: false, etag: false }, (error) => {
    if (error !== undefined && !response.headersSent) refuse(response, 500, 'the file could not be read');
  });
}

async function missing(response: Response, path: string, served: Served, seen: Seen, reason?: string) {
  remember(seen.notFound, path);
  const near = nearestPath(path, await offeredPaths(served));
  refuse(response, 404, reason ?? (near === undefined ? 'no such file' : `no such file; there is ${near}`));
}

function refuse(response: Response, status: number, note: string): void {
  response.locals['note'] = note;
  response.status(status).type('text/plain').send(`${status}: ${note}\n`);
}

/** Tells about the request once its answer is out, or once the client is gone. */
function report(request: Request, response: Response, { onRequest, seen }: HandlerOptions): void {
  const socket = request.socket;
  const client = plainAddress(socket.remoteAddress ?? '');
  seen.requests++;
  const sentBefore = socket.bytesWritten;
  response.once('close', () => {
    const note = response.locals['note'] as string | undefined;
    onRequest({
      client,
      method: request.method,
      url: request.originalUrl,
      status: response.statusCode,
      bytes: socket.bytesWritten - sentBefore,
      note: note ?? (response.writableFinished ? undefined : 'the client went away before the end'),
    });
  });
}

function segmentsOf(path: string): string[] | undefined {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '' && segment !== '.')
      .map((segment) => decodeURIComponent(segment));
  } catch {
    return undefined;
  }
}

/** An IPv4 client of an IPv6 socket appears as ::ffff:a.b.c.d. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '');
}
