import type { Command } from '../command.ts';
import { COLOR } from './flags.ts';

/** `vmm-hcl fmt`. */
export const FMT: Command = {
  name: 'fmt',
  summary: 'Rewrite templates in the canonical style',
  description: [
    'Formats .pkr.hcl and .pkrvars.hcl files: two spaces per bracket level, single spaces around operators, equals signs of adjacent lines aligned. The name of each file that changes is printed. A directory stands for the files in it, a lone - for standard input, which is formatted to standard output.',
  ],
  operand: {
    name: 'PATH',
    min: 1,
    max: 'any',
    completes: 'template',
    help: 'Name what to format: files, directories, or - for standard input.',
  },
  flags: [
    {
      name: 'check',
      kind: 'switch',
      default: 'false',
      help: 'Writes nothing, and exits with status 3 if a file would change.',
    },
    { name: 'diff', kind: 'switch', default: 'false', help: 'Shows the changes as a unified diff.' },
    { name: 'write', kind: 'switch', default: 'true', help: 'Overwrites the files; -write=false does not.' },
    {
      name: 'recursive',
      kind: 'switch',
      default: 'false',
      help: 'Also formats the files in subdirectories.',
    },
    COLOR,
  ],
  exit: [
    { status: 0, meaning: 'Everything is formatted now.' },
    { status: 1, meaning: 'A file could not be read, parsed or written.' },
    { status: 3, meaning: 'With -check: a file is not formatted.' },
  ],
  examples: ['vmm-hcl fmt .', 'vmm-hcl fmt -check -diff -recursive .'],
  load: async () => (await import('../commands/fmt.ts')).run,
};
