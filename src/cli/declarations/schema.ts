import type { Command } from '../command.ts';

/** `vmm-hcl schema`. */
export const SCHEMA: Command = {
  name: 'schema',
  summary: 'Print the JSON Schema of a block',
  description: [
    'Prints the JSON Schema (2020-12) by which a block is checked: its arguments with their types, defaults, descriptions and examples. A block is named as in a template, without quotes: vmm, ssh, provisioner shell, post-processor checksum, data http. Without an operand, lists the blocks. Packer has no such command.',
  ],
  operand: { name: 'BLOCK', min: 0, max: 'any', completes: 'block', help: '' },
  flags: [],
  exit: [],
  examples: ['vmm-hcl schema', 'vmm-hcl schema vmm', 'vmm-hcl schema provisioner shell'],
  load: async () => (await import('../commands/schema.ts')).run,
};
