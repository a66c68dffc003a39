import '../private-tmp.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Io, Output } from '../../src/cli/io.ts';

/** An Io whose output can be read back. */
export interface FakeIo extends Io {
  readonly written: { out: string; err: string };
  /** Delivers a signal to the listeners. */
  signal(name: NodeJS.Signals): void;
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
    signal: (name) => listeners.forEach((listener) => listener(name)),
  };
}

export function output(write: (text: string) => void, isTerminal: boolean, columns = 80): Output {
  return { write, isTerminal, columns };
}
