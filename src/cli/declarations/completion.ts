import type { Command } from '../command.ts';

/** `vmm-hcl completion`. */
export const COMPLETION: Command = {
  name: 'completion',
  summary: 'Print a completion script for a shell',
  description: [
    'Prints a script that completes commands, flags and file names. Load it in the start-up file of the shell. In OpenBSD’s ksh only names without a hyphen can be completed: the script defines the alias vmmhcl.',
  ],
  operand: {
    name: 'SHELL',
    min: 1,
    max: 1,
    completes: 'shell',
    help: 'Name a shell: bash, zsh, fish or ksh.',
  },
  flags: [],
  exit: [],
  examples: ['vmm-hcl completion ksh >> ~/.kshrc', 'eval "$(vmm-hcl completion bash)"'],
  load: async () => (await import('../commands/completion.ts')).run,
};
