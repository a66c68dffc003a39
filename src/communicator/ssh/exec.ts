import { Readable } from 'node:stream';
import type { Client, ClientCallback, ClientChannel, ExecOptions as ChannelOptions } from 'ssh2';
import { DISCONNECTED } from '../communicator.ts';
import type { ExecOptions, ExecResult } from '../communicator.ts';
import { Lifetime, reasonOf } from './lifetime.ts';

/** The session could not be opened or the server refused to run the command: nothing has been run. The message is a reason. */
export class NotStartedError extends Error {
  override name = 'NotStartedError';
  readonly hint?: string;

  constructor(cause: Error) {
    const { message } = cause;
    if (/channel open failure/i.test(message)) {
      super(`the SSH server opens no session (${reasonOf(cause)})`, { cause });
      this.hint = 'See MaxSessions in the sshd_config(5) of the guest, and the log of its SSH server.';
    } else if (/pseudo-terminal/i.test(message)) {
      super('the SSH server gives no terminal', { cause });
      this.hint =
        'Set ssh_pty = false; or let PermitTTY in the sshd_config(5) of the guest, and its devices, allow it.';
    } else super(message, { cause });
  }
}

/**
 * How the commands of channels have ended. A quick one tells its end in the packet that tells its start, before anybody who
 * awaited the start can listen for it.
 */
const ends = new WeakMap<ClientChannel, ExecResult>();

/** How the command of a channel of `openExec` has ended; undefined while it has not, and when the connection was lost first. */
export function endOf(channel: ClientChannel): ExecResult | undefined {
  return ends.get(channel);
}

/** Opens a channel on which `command` runs. */
export function openExec(
  client: Client,
  command: string,
  options: ChannelOptions,
  signal: AbortSignal,
): Promise<ClientChannel> {
  return openSession(client, signal, (done) => client.exec(command, options, done));
}

/** Opens a channel of a session with what `start` asks for. @throws NotStartedError; the signal's reason on abort */
export async function openSession(
  client: Client,
  signal: AbortSignal,
  start: (done: ClientCallback) => void,
): Promise<ClientChannel> {
  const lifetime = new Lifetime(client, signal);
  try {
    return await lifetime.call<ClientChannel>((done) =>
      start((error, channel?: ClientChannel) => {
        channel?.once('exit', (status: number | null, name?: string) => {
          // RFC 4254: a command that a signal ends has no exit status; shells call it 128 + number, we name it.
          ends.set(channel, status === null ? { status: 1, signal: name?.replace(/^SIG/, '') } : { status });
        });
        // Too late for us: the command must not go on by itself.
        if (signal.aborted) channel?.close();
        done(error, channel);
      }),
    );
  } catch (error) {
    signal.throwIfAborted();
    throw new NotStartedError(error as Error);
  } finally {
    lifetime.end();
  }
}

/** ssh2 sends no signal once our end of the channel has said that no input follows, although RFC 4254 (6.9) has no such rule. */
function sendSignal(channel: ClientChannel, name: string): void {
  const { _client: client, outgoing } = channel as unknown as {
    readonly _client?: { readonly _protocol?: { signal(channel: number, name: string): void } };
    readonly outgoing: { readonly id: number; readonly state: string };
  };
  if (outgoing.state === 'eof') client?._protocol?.signal(outgoing.id, name);
  else channel.signal(name);
}

/**
 * Sees a command to its end. On abort the command gets a TERM signal where the server can deliver it, its channel is closed,
 * and the promise rejects.
 */
export function finishExec(channel: ClientChannel, options: ExecOptions): Promise<ExecResult> {
  const { signal, stdin } = options;
  return new Promise((resolve, reject) => {
    const abort = () => {
      sendSignal(channel, 'TERM');
      channel.close();
      reject(signal.reason as Error);
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    channel.on('data', (chunk: Buffer) => options.onStdout?.(chunk));
    channel.stderr.on('data', (chunk: Buffer) => options.onStderr?.(chunk));
    channel.once('close', () => {
      signal.removeEventListener('abort', abort);
      resolve(endOf(channel) ?? { status: DISCONNECTED });
    });
    // A command may end without reading what it is given; that it ended is told by its exit.
    channel.on('error', () => {});
    if (stdin === undefined) channel.end();
    else if (stdin instanceof Readable) {
      stdin
        .once('error', (error) => {
          // The command would wait for the rest.
          channel.close();
          reject(error);
        })
        .pipe(channel);
    } else channel.end(stdin);
  });
}
