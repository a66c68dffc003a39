import type { Command } from '../command.ts';
import { MACHINE_READABLE, SEQUENTIAL, TEMPLATE_FLAGS } from './flags.ts';
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
    ...TEMPLATE_FLAGS.map((flag) => ({ ...flag, noEffect: 'the template is not read' })),
    MACHINE_READABLE,
    SEQUENTIAL,
  ],
  exit: [
    { status: 0, meaning: 'Nothing needs to be installed.' },
    { status: 1, meaning: 'There is no such file or directory.' },
  ],
  examples: ['vmm-hcl init .'],
  load: async () => (await import('../commands/init.ts')).run,
};
