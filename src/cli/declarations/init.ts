import type { Command } from '../command.ts';
import { MACHINE_READABLE } from './flags.ts';
import { TEMPLATE } from './operand.ts';

/** `vmm-hcl init`. */
export const INIT: Command = {
  name: 'init',
  summary: 'Do nothing, successfully: there are no plugins to install',
  description: [
    'Packer installs the plugins of required_plugins here. Everything that vmm-hcl can run is built in, so init only says so.',
  ],
  operand: TEMPLATE,
  flags: [
    {
      name: 'upgrade',
      kind: 'switch',
      default: 'false',
      help: 'Accepted for Packer’s sake.',
      noEffect: 'there are no plugins',
    },
    {
      name: 'force',
      kind: 'switch',
      default: 'false',
      help: 'Accepted for Packer’s sake.',
      noEffect: 'there are no plugins',
    },
    MACHINE_READABLE,
  ],
  exit: [],
  examples: ['vmm-hcl init .'],
  load: async () => (await import('../commands/init.ts')).run,
};
