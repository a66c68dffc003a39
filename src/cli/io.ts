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

/** Where text goes. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width of the terminal in columns; 80 where there is none. */
  readonly columns: number;
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
      return (stdout ??= outputOf(process.stdout));
    },
    get stderr() {
      return (stderr ??= outputOf(process.stderr));
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

/** Resolves when everything written to the process's streams has left it. */
export async function drained(): Promise<void> {
  for (const stream of opened) {
    await new Promise<void>((resolve) => {
      if (stream.destroyed || stream.writableEnded) resolve();
      else stream.write('', () => resolve());
    });
  }
}

/** The streams that something was written to. */
const opened = new Set<NodeJS.WriteStream>();

function outputOf(stream: NodeJS.WriteStream): Output {
  opened.add(stream);
  let gone = false;
  // A reader that leaves early (`vmm-hcl inspect . | head`) is no failure, and must not stop a build in the middle.
  stream.on('error', () => {
    gone = true;
  });
  return {
    write(text) {
      if (!gone) stream.write(text);
    },
    get isTerminal() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns || 80;
    },
  };
}
