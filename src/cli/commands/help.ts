import type { Run } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { writeHelp, writeOverview } from '../help.ts';
import { nearest } from '../../lib/nearest.ts';

/** `vmm-hcl help [COMMAND]`. */
export const run: Run = async (args, io) => {
  const [name] = args.operands;
  if (name === undefined) {
    await writeOverview(io.stdout);
    return 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) {
    const near = nearest(
      name,
      COMMANDS.map((candidate) => candidate.name),
    );
    io.stderr.write(`vmm-hcl has no command "${name}".${near ? ` Did you mean "${near}"?` : ''}\n`);
    return 1;
  }
  await writeHelp(command, io.stdout);
  return 0;
};
