import type { Command } from '../command.ts';

/** `vmm-hcl help`. */
export const HELP: Command = {
  name: 'help',
  summary: 'Explain a command',
  description: ['Without an operand, lists the commands. The flags -h, -help and --help do the same.'],
  operand: { name: 'COMMAND', min: 0, max: 1, completes: 'command', help: '' },
  flags: [],
  exit: [],
  examples: ['vmm-hcl help build'],
  load: async () => (await import('../commands/help.ts')).run,
};
