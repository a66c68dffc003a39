import type { Probe } from './probe.ts';

/** Whoever runs this program. */
export interface User {
  readonly name: string;
  readonly isRoot: boolean;
  /** The first one is that of passwd(5). */
  readonly groups: readonly string[];
}

export async function currentUser(probe: Probe): Promise<User> {
  const ask = async (flags: string) => (await probe.run(['id', flags])).stdout.trim();
  const groups = (await ask('-Gn')).split(/\s+/).filter(Boolean);
  return { name: (await ask('-un')) || 'YOU', isRoot: (await ask('-u')) === '0', groups };
}

/** Whether an owner of vm.conf(5), `user`, `:group` or `user:group`, is this user or a group of theirs. */
export function isOwner({ name, groups }: User, owner: string): boolean {
  const [user = '', group] = owner.split(':');
  return user === name || (group !== undefined && groups.includes(group));
}
