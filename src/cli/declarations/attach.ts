import type { Command } from '../command.ts';

/** `vmm-hcl attach`. */
export const ATTACH: Command = {
  name: 'attach',
  summary: 'Show the console of a running build',
  description: [
    'Shows the serial console of a build that runs under the same user, from another terminal: first the recent screen, then what comes, over all boots of the build. Nothing that is typed reaches the guest, unless -write is given. Secrets of the template are hidden, as in the console log. A terminal that is too slow misses text, which is marked; it never delays the build.',
    'BUILD is the name of the build, of its source, or of its machine, or the process ID of its vmm-hcl; it may be left out when only one build runs. Ctrl-C leaves, with -write the keys ~. at the start of a line, and the build goes on. When the build ends, its outcome is said.',
  ],
  operand: {
    name: 'BUILD',
    min: 0,
    max: 1,
    completes: 'build',
    help: 'The name of a running build',
  },
  flags: [
    {
      name: 'write',
      kind: 'switch',
      default: 'false',
      help: 'What is typed goes to the guest. At the start of a line ~. leaves and ~~ types a tilde, as in cu(1) and ssh(1).',
    },
  ],
  exit: [
    { status: 0, meaning: 'The build has ended, or the console was left.' },
    { status: 1, meaning: 'There is no such build, or BUILD does not tell which one of several.' },
  ],
  examples: ['vmm-hcl attach', 'vmm-hcl attach -write vmm.openbsd'],
  load: async () => (await import('../commands/attach.ts')).run,
};
