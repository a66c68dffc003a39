import type { Command } from '../command.ts';
import { MACHINE_READABLE } from './flags.ts';

/** `vmm-hcl version`. */
export const VERSION: Command = {
  name: 'version',
  summary: 'Print the version',
  description: [
    'Prints the version of vmm-hcl. In place of the command, -v, -version and --version do the same.',
  ],
  flags: [MACHINE_READABLE],
  exit: [],
  examples: [],
  load: async () => (await import('../commands/version.ts')).run,
};
