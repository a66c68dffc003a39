import type { Evidence, Rule } from './evidence.ts';

const FULL = /No space left on device|file ?system (?:is )?full|disk (?:is )?full/i;
const NO_MEMORY =
  /Out of memory: Killed process|oom-kill|out of swap|Cannot allocate memory|: out of memory\b/i;

/** Where the trouble is the room on a disk or in memory. */
export const DISK_RULES: readonly Rule[] = [
  {
    name: 'host-disk-full',
    judge: ({ codes, message, hint, step, source: { config } }) =>
      codes.includes('ENOSPC') || codes.includes('EDQUOT') || (step !== 'provision' && FULL.test(message))
        ? {
            cause: 'A file system of this machine is full.',
            next: `${hint ?? `Free some space, or choose another output_directory (${config.output_directory}).`} environment.txt in the folder of the evidence tells the room of each.`,
          }
        : undefined,
  },
  {
    name: 'guest-disk-full',
    judge: (evidence) => {
      const line = lastLine(evidence, FULL);
      const { disk_size: size, disk_base: base } = evidence.source.config;
      const now = size ?? (base === undefined ? undefined : `the size of ${base}`);
      return line === undefined
        ? undefined
        : {
            cause: `A file system of the guest is full: "${line}".`,
            next: `Raise disk_size${now === undefined ? '' : ` (now ${now})`}, or let the installation give that file system more room.`,
          };
    },
  },
  {
    name: 'guest-out-of-memory',
    judge: (evidence) => {
      const line = lastLine(evidence, NO_MEMORY);
      const { memory, vm_template: template } = evidence.source.config;
      return line === undefined
        ? undefined
        : {
            cause: `The guest has run out of memory: "${line}".`,
            next: `Raise memory (now ${memory ?? `what the template ${template} has`}).`,
          };
    },
  },
];

/** The last line in which the guest says so, on its console or as output of the script that failed. */
export function lastLine({ console = [], output }: Evidence, pattern: RegExp): string | undefined {
  const line = [...console, ...(output?.lines ?? [])].findLast((text) => pattern.test(text));
  return line?.trim().slice(0, 200);
}
