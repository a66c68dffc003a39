import type { Client, ClientChannel } from 'ssh2';
import { endOf, openExec } from './exec.ts';
import { Lifetime } from './lifetime.ts';
import { MissingInGuestError } from './transfer-error.ts';

/** Exit status of a command that was to write a file where a folder is; scp itself has only 0 and 1. */
export const IS_FOLDER = 21;

/**
 * A running `scp -t` or `scp -f` in the guest, and the protocol between the two ends: lines that begin with a letter, file
 * contents, and one byte that says whether the last thing was understood (0), or why not (1 or 2, and a line).
 */
export class ScpSession {
  readonly #channel: ClientChannel;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #signal: AbortSignal;
  #rest: Buffer = Buffer.alloc(0);
  #stderr = '';
  readonly #closed: Promise<void>;

  private constructor(channel: ClientChannel, signal: AbortSignal) {
    this.#channel = channel;
    this.#signal = signal;
    this.#chunks = channel[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    channel.stderr.on(
      'data',
      (chunk: Buffer) => (this.#stderr = (this.#stderr + chunk.toString()).slice(-2000)),
    );
    channel.on('error', () => {});
    this.#closed = new Promise((resolve) => channel.once('close', () => resolve()));
  }

  /**
   * Runs `command`, hands the session to `use`, and ends the command.
   * @throws MissingInGuestError when the guest has no scp
   */
  static async with(
    client: Client,
    command: string,
    signal: AbortSignal,
    use: (session: ScpSession) => Promise<void>,
  ): Promise<void> {
    const channel = await openExec(client, command, {}, signal);
    const lifetime = new Lifetime(client, signal);
    try {
      const session = new ScpSession(channel, signal);
      await lifetime.call<void>((done) => void use(session).then(() => done(null), done));
    } finally {
      lifetime.end();
      channel.close();
    }
  }

  /** Sends a line and waits until the other end has taken it. */
  async command(line: string): Promise<void> {
    if (/[\n\0]/.test(line))
      throw new Error(`scp cannot transfer a name with a line end: ${JSON.stringify(line)}`);
    await this.send(`${line}\n`);
    await this.acknowledged();
  }

  /** Says that the last thing was understood, or that a file is complete. */
  confirm(): Promise<void> {
    return this.send(Uint8Array.of(0));
  }

  async send(data: Uint8Array | string): Promise<void> {
    if (this.#channel.destroyed) await this.#fail();
    if (this.#channel.write(data)) return;
    const drained = new Promise<void>((resolve) => this.#channel.once('drain', resolve));
    await Promise.race([drained, this.#closed]);
  }

  /** Waits for the byte that says that the last thing was understood. */
  async acknowledged(): Promise<void> {
    const [byte] = await this.bytes(1);
    if (byte === 0) return;
    const rest = await this.#lineRest();
    throw new Error((byte === 1 || byte === 2 ? rest : String.fromCharCode(byte ?? 0) + rest).trim());
  }

  /** A line that the other end sends. */
  async line(): Promise<string> {
    const [byte] = await this.bytes(1);
    const rest = await this.#lineRest();
    if (byte === 1 || byte === 2) throw new Error(rest.trim());
    return String.fromCharCode(byte ?? 0) + rest;
  }

  /** At least one byte and at most `limit`. */
  async bytes(limit: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next().catch(() => undefined);
      if (next === undefined || next.done) return await this.#fail();
      this.#rest = next.value;
    }
    const taken = this.#rest.subarray(0, limit);
    this.#rest = this.#rest.subarray(limit);
    return taken;
  }

  /** Closes our end and waits for the end of the command. */
  async finish(): Promise<void> {
    this.#channel.end();
    await this.#end();
    if (endOf(this.#channel)?.status !== 0) await this.#fail();
  }

  async #lineRest(): Promise<string> {
    let line = '';
    for (;;) {
      const character = (await this.bytes(1)).toString('latin1');
      if (character === '\n' || line.length > 4096) return Buffer.from(line, 'latin1').toString();
      line += character;
    }
  }

  /** Waits for the end of the command. Whatever still comes must be read, or the end would never be seen. */
  async #end(): Promise<void> {
    const over = () => ({ done: true }) as const;
    while (!(await this.#chunks.next().catch(over)).done);
    await this.#closed;
  }

  async #fail(): Promise<never> {
    await this.#end();
    this.#signal.throwIfAborted();
    const said = this.#stderr.trim();
    const end = endOf(this.#channel);
    if (end?.status === 127 || /scp:? (command )?not found/i.test(said)) {
      throw new MissingInGuestError(`the guest has no scp program${said === '' ? '' : ` (${said})`}`);
    }
    if (end?.status === IS_FOLDER) throw new Error('it is a folder in the guest');
    if (end === undefined) throw new Error('the SSH connection was lost');
    throw new Error(said === '' ? `scp in the guest ended with status ${end.status}` : said);
  }
}
