import { fstatSync, statSync, writeSync } from 'node:fs';

/** Where text goes. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width of the terminal in columns; 80 where there is none. */
  readonly columns: number;
}

/**
 * The Output of a file descriptor of this process. Pipes and files are written to directly: Node's stream for them comes with its
 * network modules, and loading those takes a short command longer than its work. Node too writes to them without coming back
 * before it is done.
 */
export function processOutput(descriptor: 1 | 2): Output {
  return needsStream(descriptor) ? streamOutput(descriptor) : directOutput(descriptor);
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

/** Terminals, but not /dev/null. False for a descriptor that is closed. */
function needsStream(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isCharacterDevice() && status.rdev !== statSync('/dev/null').rdev;
  } catch {
    return false;
  }
}

function streamOutput(descriptor: 1 | 2): Output {
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  opened.add(stream);
  let gone = false;
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

function directOutput(descriptor: number): Output {
  let gone = false;
  return {
    write(text) {
      if (gone) return;
      try {
        writeAll(descriptor, Buffer.from(text));
      } catch {
        // A reader that leaves early (`vmm-hcl inspect . | head`) is no failure, and must not stop a build in the middle.
        gone = true;
      }
    },
    isTerminal: false,
    columns: 80,
  };
}

/** Milliseconds before a pipe that is full, and that its other users have set not to block, is tried again. */
const FULL_PIPE_PAUSE = 5;

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let start = 0; start < bytes.length;) {
    try {
      start += writeSync(descriptor, bytes, start);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_PAUSE);
    }
  }
}
