import { readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { encode, makePrivate, messageReader } from '../../build/console/protocol.ts';
import type { Greeting } from '../../build/console/protocol.ts';
import type { ConsoleLink } from './use-console.ts';

/** Milliseconds in which a build has to say who it is: one that is stopped (SIGSTOP) never does. */
const GREETING_LIMIT = 2_000;

/** A connection to a running build. */
export interface RunningBuild extends ConsoleLink {
  readonly greeting: Greeting;
  /** Resolves with the build's last sentence; undefined when its process is gone without one. */
  readonly ended: Promise<string | undefined>;
  close(): void;
}

/** The builds of this user that run now. Sockets that processes have left behind are removed. @throws Error when the folder is not private */
export async function runningBuilds(folder: string): Promise<readonly RunningBuild[]> {
  makePrivate(folder);
  const names = readdirSync(folder).filter((name) => name.endsWith('.sock'));
  const found = await Promise.all(names.map((name) => knock(join(folder, name))));
  return found
    .filter((build) => build !== undefined)
    .toSorted((a, b) => a.greeting.build.localeCompare(b.greeting.build) || a.greeting.pid - b.greeting.pid);
}

function knock(path: string): Promise<RunningBuild | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(undefined);
    }, GREETING_LIMIT);
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      if (code === 'ECONNREFUSED') removeStale(path);
      resolve(undefined);
    });
    const build = new Connection(socket);
    void build.greeted.then((greeting) => {
      clearTimeout(timer);
      if (greeting === undefined) resolve(undefined);
      else resolve(Object.assign(build, { greeting }));
    });
  });
}

/** Nobody listens; when the process of the name is gone as well, nobody ever will. */
function removeStale(path: string): void {
  const pid = Number(/(\d+)-[0-9a-f]+\.sock$/.exec(path)?.[1]);
  if (!Number.isSafeInteger(pid) || pid < 1) return;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') rmSync(path, { force: true });
  }
}

class Connection implements ConsoleLink {
  readonly greeted: Promise<Greeting | undefined>;
  readonly ended: Promise<string | undefined>;
  readonly #socket: Socket;
  /** What came before somebody watches. */
  #early: string[] = [];
  #listener: ((text: string) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    let greet: (greeting: Greeting | undefined) => void = () => {};
    let end: (sentence: string | undefined) => void = () => {};
    this.greeted = new Promise((resolve) => (greet = resolve));
    this.ended = new Promise((resolve) => (end = resolve));
    socket.on(
      'data',
      messageReader((message) => {
        const { build, machine, pid, text, lost } = message;
        if (typeof build === 'string' && typeof machine === 'string' && typeof pid === 'number') {
          greet({ build, machine, pid });
        } else if (typeof text === 'string') this.#give(text);
        else if (typeof lost === 'number') {
          this.#give(
            `\r\n[${lost} bytes are missing here: this terminal is too slow. The console log has them.]\r\n`,
          );
        } else if (typeof message['end'] === 'string') end(message['end']);
      }),
    );
    socket.on('close', () => {
      greet(undefined);
      end(undefined);
    });
  }

  watch(listener: (text: string) => void): () => void {
    this.#listener = listener;
    for (const text of this.#early.splice(0)) listener(text);
    return () => (this.#listener = undefined);
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(encode({ keys: Buffer.from(bytes).toString('base64') }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #give(text: string): void {
    if (this.#listener) this.#listener(text);
    else this.#early.push(text);
  }
}
