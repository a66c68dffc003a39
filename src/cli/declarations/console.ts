import type { Command } from '../command.ts';
import { COLOR, CONFIG_TYPE, JSON_OUTPUT, SEQUENTIAL, VAR, VAR_FILE } from './flags.ts';
import { TEMPLATE } from './operand.ts';

/** `vmm-hcl console`. */
export const CONSOLE: Command = {
  name: 'console',
  summary: 'Try out expressions with the variables of a template',
  description: [
    'Reads expressions and prints their values. On a terminal there is a history, names are completed with Tab, and an expression goes on over as many lines as its brackets need; “variables” lists what can be referred to, “exit” ends the session. When standard input is not a terminal every line is evaluated and only the last result is printed.',
  ],
  operand: { ...TEMPLATE, min: 0 },
  flags: [
    VAR,
    VAR_FILE,
    CONFIG_TYPE,
    {
      ...JSON_OUTPUT,
      help: 'Prints each result as JSON: {"type": TYPE, "value": VALUE}. Packer has no such flag.',
    },
    COLOR,
    SEQUENTIAL,
  ],
  exit: [
    { status: 0, meaning: 'Every expression could be evaluated, or the session was interactive.' },
    { status: 1, meaning: 'An expression, or the template, has errors.' },
  ],
  examples: ["echo 'upper(var.name)' | vmm-hcl console .", 'vmm-hcl console'],
  load: async () => (await import('../commands/console.ts')).run,
};
