import type { Client, ClientChannel } from 'ssh2';
import { DISCONNECTED } from '../communicator.ts';
import type { ExecResult, Terminal } from '../communicator.ts';
import { endOf, openSession } from './exec.ts';

/** Opens a channel with the user's login shell on a terminal. @throws NotStartedError; the signal's reason on abort */
export function openShell(
  client: Client,
  { type, size }: Pick<Terminal, 'type' | 'size'>,
  options: object,
  signal: AbortSignal,
): Promise<ClientChannel> {
  const { columns, rows } = size();
  const window = { term: type, cols: columns, rows, width: 0, height: 0 };
  return openSession(client, signal, (done) => client.shell(window, options, done));
}

/** Joins a shell with the terminal of a person until the shell ends. */
export function useShell(
  channel: ClientChannel,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ExecResult> {
  const { input, output } = terminal;
  return new Promise((resolve, reject) => {
    const stopResizing = terminal.onResize?.(() => {
      const { columns, rows } = terminal.size();
      channel.setWindow(rows, columns, 0, 0);
    });
    const release = () => {
      stopResizing?.();
      signal.removeEventListener('abort', abort);
      input.off('error', fail).unpipe(channel).pause();
      output.off('error', fail).off('close', gone);
      channel.unpipe(output);
    };
    const fail = (error: Error) => {
      release();
      channel.close();
      reject(error);
    };
    const abort = () => fail(signal.reason as Error);
    const gone = () => fail(new Error('the terminal was closed'));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    input.on('error', fail);
    output.on('error', fail).on('close', gone);
    channel.once('close', () => {
      release();
      resolve(endOf(channel) ?? { status: DISCONNECTED });
    });
    // What is typed while the shell ends goes nowhere.
    channel.on('error', () => {});
    // The server writes to both ends of a terminal into one stream, but nothing says that it must.
    channel.stderr.on('data', (chunk: Buffer) => output.write(chunk));
    channel.pipe(output, { end: false });
    input.pipe(channel);
  });
}
