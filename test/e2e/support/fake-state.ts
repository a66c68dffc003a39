// Reads what the fake of vmctl keeps (fixtures/vmctl/README.md), while it may be at work.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The lines of a file to which somebody may write at this moment: without the one that is not whole yet. */
export function wholeLines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** IDs of the machines that vmd has. The folder of one whose start was killed before it was one is none. */
export function machinesOf(state: string): string[] {
  const folder = join(state, 'm');
  const ids = existsSync(folder) ? readdirSync(folder) : [];
  return ids.filter((id) => existsSync(join(folder, id, 'vm.json')));
}
