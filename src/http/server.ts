import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { evidenceOf } from './evidence.ts';
import type { Evidence, Seen } from './evidence.ts';
import { createHandler } from './handler.ts';
import { listenInRange } from './listen.ts';

/** What the server hands out. */
export type Served =
  /** Absolute paths of folders that lie over each other; the first that has a file wins. */
  | {
      readonly kind: 'folders';
      readonly roots: readonly string[];
      /** URL paths that nobody is expected to ask for: the templates of generated files. */
      readonly unasked?: ReadonlySet<string>;
    }
  /** `http_content`: URL path, which begins with `/`, to text. */
  | { readonly kind: 'content'; readonly content: Readonly<Record<string, string>> };

export interface HttpServerOptions {
  /** The local address to listen on. */
  readonly bind: string;
  readonly portMin: number;
  readonly portMax: number;
  /** Addresses of the clients that are served; undefined: all. */
  readonly clients?: readonly string[];
  readonly onRequest: (request: HttpRequest) => void;
}

/** One answered request. */
export interface HttpRequest {
  /** Address of the client. */
  readonly client: string;
  readonly method: string;
  /** Path and query as the client sent them. */
  readonly url: string;
  readonly status: number;
  /** Bytes of the answer that were sent, its header included. */
  readonly bytes: number;
  /** Why the request was refused, when it is not plain. */
  readonly note?: string;
}

/** The installation file server of one build. */
export interface FileServer {
  readonly port: number;
  /**
   * Says what to serve. Requests that come earlier wait: the guest may already be running while the files that contain the
   * server's own port are still being written.
   */
  serve(served: Served): void;
  /** What was asked for so far and what was not. */
  evidence(): Promise<Evidence>;
  /** Ends every connection and stops listening. Idempotent. */
  close(): Promise<void>;
}

/** Loads what the server needs, while there is time: later the guest would have to wait for it. */
export function preloadHttpServer(): void {
  void import('express').catch(() => {
    // Told when it is needed.
  });
}

/**
 * Starts the installation file server.
 * @throws ListenError when there is no port for it
 */
export async function startHttpServer(options: HttpServerOptions): Promise<FileServer> {
  let serve: (served: Served) => void = () => {};
  const served = new Promise<Served>((resolve) => (serve = resolve));
  const seen: Seen = { requests: 0, fetched: new Set(), notFound: new Set() };
  const server = createServer(await createHandler({ ...options, served, seen }));
  // A guest that stalls in the middle of a request must not hold a connection for ever.
  server.requestTimeout = 60_000;
  const port = await listenInRange(server, options.bind, options.portMin, options.portMax);
  return {
    port,
    serve,
    evidence: async () => evidenceOf(await served, seen),
    close: () => close(server),
  };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
