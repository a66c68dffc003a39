import type { Command } from '../command.ts';

/** `vmm-hcl translate`. */
export const TRANSLATE: Command = {
  name: 'translate',
  summary: 'Print HCL as JSON, in the form of hcl2json',
  description: [
    'Prints the JSON that HashiCorp’s own parser (@cdktf/hcl2json) makes of a file, for tools that read that form. Expressions are left unevaluated, as "${…}" strings. A lone - stands for standard input.',
  ],
  operand: {
    name: 'FILE',
    min: 1,
    max: 1,
    completes: 'file',
    help: 'Name an HCL file, or - for standard input.',
  },
  flags: [],
  exit: [],
  examples: ['vmm-hcl translate openbsd.pkr.hcl'],
  load: async () => (await import('../commands/translate.ts')).run,
};
