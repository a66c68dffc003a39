import type { Command } from '../command.ts';
import {
  COLOR,
  JSON_OUTPUT,
  MACHINE_READABLE,
  SEQUENTIAL,
  VAR,
  VAR_FILE,
  ONLY,
  EXCEPT,
  CONFIG_TYPE,
} from './flags.ts';
import { TEMPLATE } from './operand.ts';

/** `vmm-hcl inspect`. */
export const INSPECT: Command = {
  name: 'inspect',
  summary: 'Show the variables, sources and builds of a template',
  description: ['Lists what the template consists of. Values of sensitive variables are not shown.'],
  operand: TEMPLATE,
  flags: [
    VAR,
    VAR_FILE,
    { ...ONLY, noEffect: 'all builds are shown' },
    { ...EXCEPT, noEffect: 'all builds are shown' },
    CONFIG_TYPE,
    { ...JSON_OUTPUT, help: 'Prints the configuration as JSON. Packer has no such flag.' },
    COLOR,
    MACHINE_READABLE,
    SEQUENTIAL,
  ],
  exit: [
    { status: 0, meaning: 'The template was read, even if a later check would find problems.' },
    {
      status: 1,
      meaning: 'The template could not be parsed, or the values of its variables could not be found.',
    },
  ],
  examples: ['vmm-hcl inspect .'],
  load: async () => (await import('../commands/inspect.ts')).run,
};
