import { type Output, processOutput } from './output.ts';

export type { Output };

/** The world outside of a command: tests hand in their own. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Calls `listener` at each SIGINT, SIGTERM and SIGHUP, which then do nothing else; returns the function that ends this. */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
}

/** The Io of this process. */
export function processIo(): Io {
  let stdout: Output | undefined;
  let stderr: Output | undefined;
  return {
    // Opening a stream takes a while, and most commands need one of them only.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return (stdout ??= processOutput(1));
    },
    get stderr() {
      return (stderr ??= processOutput(2));
    },
    env: process.env,
    cwd: process.cwd(),
    onSignal(listener) {
      const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
  };
}
