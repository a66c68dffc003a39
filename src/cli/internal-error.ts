import type { Io } from './io.ts';
import { isLogging } from './log.ts';
import { readableStack } from './stack.ts';
import { VERSION } from './version.ts';

/** Says that this is our bug, and how to report it; returns the exit status. */
export function reportInternalError(error: unknown, io: Io): number {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  io.stderr.write(
    `\nInternal error in vmm-hcl ${VERSION} (node ${process.version}, ${process.platform}): this is a bug, not a mistake of yours.\n` +
      `  ${message}\n` +
      'Please report it with the command line, the template if you can share it, and this output ' +
      'from a run with PACKER_LOG=1, which adds the stack trace.\n',
  );
  if (isLogging(io.env) && error instanceof Error && error.stack !== undefined) {
    io.stderr.write(`\n${readableStack(error.stack)}\n`);
  }
  return 1;
}
