import type { Run } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { SHELLS } from '../completion.ts';

/** `vmm-hcl completion SHELL`. */
export const run: Run = (args, io) => {
  const shell = args.operands[0]!;
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (!script) {
    io.stderr.write(
      `There is no completion for "${shell}"; take one of ${Object.keys(SHELLS).join(', ')}.\n`,
    );
    return Promise.resolve(1);
  }
  io.stdout.write(script(COMMANDS));
  return Promise.resolve(0);
};
