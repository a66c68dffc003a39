import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from '../../lib/at-exit.ts';
import { RANDOM_LENGTH, type TemporaryFolder, temporaryFolder } from '../../lib/temporary-folder.ts';

/** Begins the name of the directory. */
const PREFIX = 'vmm-hcl-';
/** Longest path of a unix socket that every system takes (OpenBSD and macOS: 104 bytes with the final zero). */
const LONGEST_PATH = 103;

/**
 * The two sockets of a machine, in a directory that only we can enter. We listen and QEMU connects while it starts, so
 * that nothing has to be polled, and the console is there before the guest prints its first byte.
 */
export class MachineSockets {
  readonly directory: string;
  readonly #folder: TemporaryFolder;
  readonly serial: Acceptor;
  readonly control: Acceptor;
  readonly #stayAtExit: () => void;

  private constructor(folder: TemporaryFolder, serial: Acceptor, control: Acceptor) {
    const directory = folder.path;
    this.#folder = folder;
    this.directory = directory;
    this.serial = serial;
    this.control = control;
    this.#stayAtExit = atExit(() => rmSync(directory, { recursive: true, force: true }));
  }

  static async create(): Promise<MachineSockets> {
    const parent = [tmpdir(), '/tmp'].find(
      (one) => Buffer.byteLength(join(one, PREFIX + 'X'.repeat(RANDOM_LENGTH), 'control')) <= LONGEST_PATH,
    );
    const folder = await temporaryFolder(PREFIX, 'the sockets of the machine', parent ?? '/tmp');
    const directory = folder.path;
    const serial = new Acceptor(join(directory, 'serial'));
    const control = new Acceptor(join(directory, 'control'));
    try {
      await Promise.all([serial.listening, control.listening]);
    } catch (error) {
      serial.close();
      control.close();
      await folder.remove();
      throw error;
    }
    return new MachineSockets(folder, serial, control);
  }

  /** Closes everything and removes the directory. Idempotent. */
  async remove(): Promise<void> {
    this.serial.close();
    this.control.close();
    this.#stayAtExit();
    await this.#folder.remove();
  }
}

/** Listens on a unix socket for exactly one connection. */
export class Acceptor {
  readonly path: string;
  readonly listening: Promise<void>;
  readonly connection: Promise<Socket>;
  readonly #server: Server;
  #socket: Socket | undefined;

  constructor(path: string) {
    this.path = path;
    this.#server = createServer();
    this.connection = new Promise((resolve) => {
      this.#server.once('connection', (socket) => {
        this.#socket = socket;
        // When QEMU dies the connection may be reset; how QEMU ended tells more.
        socket.on('error', () => undefined);
        this.#server.close();
        resolve(socket);
      });
    });
    this.listening = new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
  }

  close(): void {
    this.#server.close();
    this.#socket?.destroy();
  }
}
