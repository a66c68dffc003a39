import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';

interface Message {
  readonly QMP?: unknown;
  readonly id?: number;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A client of the QEMU machine protocol: JSON objects, one a line. */
export class Qmp {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #greeted: () => void = () => undefined;
  readonly #greeting: Promise<void>;
  /** Told every event, such as SHUTDOWN. */
  onEvent: (event: string, data: Readonly<Record<string, unknown>>) => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#greeting = new Promise((resolve) => (this.#greeted = resolve));
    const lines = createInterface({ input: socket, crlfDelay: Infinity });
    lines.on('line', (line) => this.#receive(line));
    // Errors of the socket come out here as well; `close` follows.
    lines.on('error', () => undefined);
    socket.once('close', () => {
      for (const { reject } of this.#pending.values())
        reject(new Error('QEMU has closed its control socket.'));
      this.#pending.clear();
    });
  }

  /** Resolves once QEMU has set everything up and answers commands; rejects when it ends before. */
  async handshake(): Promise<void> {
    await Promise.race([this.#greeting, this.#untilClosed()]);
    await this.execute('qmp_capabilities');
    await this.execute('query-status');
  }

  /** Runs a command of the protocol. Rejects with QEMU's description of the error, and when QEMU ends before it answers. */
  async execute(command: string): Promise<unknown> {
    const id = ++this.#lastId;
    if (this.#socket.destroyed) throw new Error('QEMU has closed its control socket.');
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, id })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  async #untilClosed(): Promise<never> {
    if (!this.#socket.destroyed) await once(this.#socket, 'close');
    throw new Error('QEMU has closed its control socket.');
  }

  #receive(line: string): void {
    let message: Message;
    try {
      message = JSON.parse(line) as Message;
    } catch {
      // A line cut off because QEMU died.
      return;
    }
    if (message.QMP !== undefined) this.#greeted();
    if (message.event !== undefined) this.onEvent(message.event, message.data ?? {});
    if (message.id === undefined) return;
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.error !== undefined) pending?.reject(new Error(message.error.desc));
    else pending?.resolve(message.return);
  }
}
