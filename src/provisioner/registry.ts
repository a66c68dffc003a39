import type { Provisioner } from './provisioner.ts';

/** Each kind of provisioner, loaded when it is first used. */
const provisioners: Readonly<Record<string, () => Promise<Provisioner>>> = {
  shell: async () => (await import('./shell.ts')).shell,
  'shell-local': async () => (await import('./shell-local.ts')).shellLocal,
  file: async () => (await import('./file.ts')).file,
  ansible: async () => (await import('./ansible.ts')).ansible,
  'ansible-local': async () => (await import('./ansible-local.ts')).ansibleLocal,
  sleep: async () => (await import('./sleep.ts')).sleep,
  breakpoint: async () => (await import('./breakpoint.ts')).breakpoint,
};

/** The types of provisioner blocks that can be run. */
export const provisionerTypes: readonly string[] = Object.keys(provisioners);

/** The provisioner of a block type; undefined when there is none. */
export async function findProvisioner(type: string): Promise<Provisioner | undefined> {
  return Object.hasOwn(provisioners, type) ? provisioners[type]?.() : undefined;
}
