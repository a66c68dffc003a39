import type { CollectOptions, Collection } from '../journal/collect.ts';
import type { Io } from './io.ts';

/** Finishes what killed runs of this user have left: see `collect`. */
export async function collectGarbage(
  io: Io,
  options: Pick<CollectOptions, 'dryRun' | 'kept' | 'forget'>,
): Promise<Collection> {
  const { collect } = await import('../journal/collect.ts');
  const { examineMachine } = await import('../hypervisor/vmctl/reclaim.ts');
  return collect({
    ...options,
    env: io.env,
    machines: (_, newer) => (entry, story) => examineMachine(entry, story, newer, io.env),
  });
}
