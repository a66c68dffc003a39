import '../private-tmp.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Io, Output } from '../../src/cli/io.ts';

/** An Io whose output can be read back. */
export interface FakeIo extends Io {
  readonly written: { out: string; err: string };
  /** Delivers a signal to the listeners. False: there is none, and a signal would end the process. */
  signal(name: NodeJS.Signals): boolean;
}

export function fakeIo(
  options: Partial<Pick<Io, 'env' | 'cwd'>> & { stdin?: string; terminal?: boolean } = {},
): FakeIo {
  const written = { out: '', err: '' };
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  const stdin = new PassThrough();
  stdin.end(options.stdin ?? '');
  return {
    written,
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: output((text) => (written.out += text), options.terminal ?? false),
    stderr: output((text) => (written.err += text), options.terminal ?? false),
    env: { XDG_STATE_HOME: join(tmpdir(), 'state'), ...options.env },
    cwd: options.cwd ?? process.cwd(),
    onSignal(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    signal: (name) => {
      for (const listener of listeners) listener(name);
      return listeners.size > 0;
    },
  };
}

export function output(write: (text: string) => void, isTerminal: boolean, columns = 80): Output {
  return { write, isTerminal, columns };
}
