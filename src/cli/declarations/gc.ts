import type { Command } from '../command.ts';
import { COLOR, JSON_OUTPUT, MACHINE_READABLE } from './flags.ts';

/** `vmm-hcl gc`. */
export const GC: Command = {
  name: 'gc',
  summary: 'Clean up after builds that were killed',
  description: [
    'A build writes down each machine, process and temporary or unfinished file before it exists, in a journal of its own below $XDG_STATE_HOME/vmm-hcl/journal (by default ~/.local/state), and removes the journal when it ends. After kill -9 or a power cut the journal is still there: gc stops the machines that it names, then ends the processes, then removes the files and locks, and says each thing in one line. The next build does the same at its start.',
    'Only what is proven to be of the killed build is touched: a process by its number, start and command or environment; a machine by its name, ID and process; a file by a name that nobody could guess and its inode number. What is in doubt is left alone, with the reason and the command that removes it, and forgotten when nothing else waits for it. Nothing of a build that still runs is touched. Console logs, finished images and interrupted downloads of ISO images, which the next build takes up, are no garbage.',
  ],
  flags: [
    {
      name: 'dry-run',
      kind: 'switch',
      default: 'false',
      help: 'Only tells what would be done.',
    },
    {
      name: 'kept',
      kind: 'switch',
      default: 'false',
      help: 'Also removes what builds have left on purpose, because of -on-error.',
    },
    { ...JSON_OUTPUT, help: 'Prints what was done as JSON.' },
    COLOR,
    MACHINE_READABLE,
  ],
  exit: [
    { status: 0, meaning: 'Nothing is left, or with -dry-run, nothing would be.' },
    { status: 1, meaning: 'Something was left alone or could not be removed; the output says what and why.' },
  ],
  examples: ['vmm-hcl gc -dry-run', 'vmm-hcl gc'],
  load: async () => (await import('../commands/gc.ts')).run,
};
