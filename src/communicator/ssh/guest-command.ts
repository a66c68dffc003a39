import type { Client } from 'ssh2';
import { shellQuote } from '../../lib/process/shell-words.ts';
import { DISCONNECTED } from '../communicator.ts';
import type { ExecOptions, ExecResult } from '../communicator.ts';
import { finishExec, openExec } from './exec.ts';

/** Runs a command of ours on a session without a terminal. `said` is the beginning of its error output. */
export async function runInGuest(
  client: Client,
  command: string,
  options: ExecOptions,
): Promise<ExecResult & { readonly said: string }> {
  let said = '';
  const channel = await openExec(client, command, {}, options.signal);
  const result = await finishExec(channel, {
    ...options,
    onStderr: (chunk) => {
      said = (said + chunk.toString()).slice(0, 1000);
      options.onStderr?.(chunk);
    },
  });
  if (result.status === DISCONNECTED) throw new Error('the SSH connection was lost');
  if (result.signal !== undefined)
    throw new Error(`${command.split(' ')[1]} in the guest was ended by signal ${result.signal}`);
  return { ...result, said: said.trim() };
}

/** A path as an operand of programs that may not know `--`, quoted for a shell. */
export function operand(path: string): string {
  return shellQuote(dashless(path));
}

/** The same path, never taken for an option. */
export function dashless(path: string): string {
  return path.startsWith('-') ? `./${path}` : path;
}
