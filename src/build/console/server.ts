import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { join } from 'node:path';
import { within } from '../../lib/abort.ts';
import { type Entry, intend } from '../../lib/belongings.ts';
import type { ConsoleHub } from './hub.ts';
import { encode, makePrivate, messageReader } from './protocol.ts';
import type { FromBuild, Greeting } from './protocol.ts';

/** Bytes that wait for a viewer; what comes while more would wait is left out for it. */
const MOST_WAITING = 256 * 1024;
/** Milliseconds for viewers to take the end. */
const END_LIMIT = 500;
/** `sun_path` of OpenBSD has 104 bytes, the last one is a NUL. */
const LONGEST_PATH = 103;

/** The door at which `vmm-hcl attach` knocks: a Unix socket that shows the console of one build. */
export class ConsoleServer {
  readonly #server: Server;
  readonly #entry: Entry;
  readonly #viewers = new Set<Socket>();

  private constructor(server: Server, entry: Entry) {
    this.#server = server;
    this.#entry = entry;
  }

  /**
   * Listens in `folder`, which is made private to the user.
   * @param onTyping called when a viewer types for the first time
   * @throws Error when that is not possible
   */
  static async start(
    folder: string,
    greeting: Greeting,
    hub: ConsoleHub,
    onTyping: () => void,
  ): Promise<ConsoleServer> {
    makePrivate(folder);
    const path = join(folder, `${process.pid}-${randomBytes(4).toString('hex')}.sock`);
    if (Buffer.byteLength(path) > LONGEST_PATH) {
      throw new Error(`the path ${path} is too long for a socket (${LONGEST_PATH} bytes at most)`);
    }
    const entry = await intend({ kind: 'file', path, what: 'the socket of attach' });
    const server = createServer();
    const self = new ConsoleServer(server, entry);
    server.on('connection', (socket) => self.#serve(socket, greeting, hub, onTyping));
    try {
      await listen(server, path);
      await entry.exists();
      chmodSync(path, 0o600);
    } catch (error) {
      server.close();
      await entry.gone();
      throw error;
    }
    server.on('error', () => {});
    // A build that is done is done, whoever looks.
    server.unref();
    return self;
  }

  /** Tells the viewers the end, and removes the socket. */
  async close(end: string): Promise<void> {
    this.#server.close();
    const taken = [...this.#viewers].map(
      (socket) => new Promise<void>((resolve) => socket.once('close', resolve).end(encode({ end }))),
    );
    await within(Promise.all(taken), END_LIMIT);
    for (const socket of this.#viewers) socket.destroy();
    await this.#entry.gone();
  }

  #serve(socket: Socket, greeting: Greeting, hub: ConsoleHub, onTyping: () => void): void {
    this.#viewers.add(socket);
    let lost = 0;
    let typed = false;
    const send = (message: FromBuild) => socket.writable && socket.write(encode(message));
    socket.write(encode(greeting));
    const unwatch = hub.watch((text) => {
      // Whole characters, in lines that the other side can take.
      for (const [piece] of text.matchAll(/[^]{1,8192}/gu)) {
        if (socket.writableLength > MOST_WAITING) lost += Buffer.byteLength(piece);
        else send({ text: piece });
      }
    });
    socket.on('drain', () => {
      if (lost > 0) send({ lost });
      lost = 0;
    });
    let last: Promise<unknown> = Promise.resolve();
    socket.on(
      'data',
      messageReader(({ keys }) => {
        if (typeof keys !== 'string') return;
        if (!typed) onTyping();
        typed = true;
        last = last.then(() => hub.write(Buffer.from(keys, 'base64')));
      }),
    );
    // A viewer that goes away is no event.
    socket.on('error', () => {});
    socket.on('close', () => {
      unwatch();
      this.#viewers.delete(socket);
    });
  }
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  // Rejects on an error.
  await once(server, 'listening');
}
