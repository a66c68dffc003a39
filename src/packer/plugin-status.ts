import { blockNames } from '../schema/index.ts';
import type { RequiredPlugin } from './configuration.ts';
import { isOurs } from './source-plan.ts';

/**
 * What a required plugin means here, where nothing is installed: what it brings is built in; or the template uses nothing
 * of it; or what the template uses of it does not exist here.
 */
export type PluginStatus = 'built-in' | 'not-needed' | 'unsupported';

/** Types of blocks of a template, by the prefix of their schema: `source`, `data`, `provisioner`, `post-processor`. */
export type UsedTypes = ReadonlyMap<
  'source' | 'data' | 'provisioner' | 'post-processor',
  ReadonlySet<string>
>;

/** Plugins whose whole content is built in. */
const BUILT_IN = ['vmm', 'openbsd-vmm', 'sshkey'];

/** A plugin `x` brings the types `x` and `x-…`. */
export function pluginStatus({ name, source }: RequiredPlugin, used: UsedTypes): PluginStatus {
  const plugin = source?.split('/').at(-1) ?? name;
  if (BUILT_IN.includes(plugin)) return 'built-in';
  const known = new Set(blockNames());
  let status: PluginStatus = 'not-needed';
  for (const [kind, types] of used) {
    for (const type of types) {
      if (type !== plugin && !type.startsWith(`${plugin}-`)) continue;
      const isKnown = kind === 'source' ? isOurs(type) : known.has(`${kind}-${type}`);
      if (!isKnown) return 'unsupported';
      status = 'built-in';
    }
  }
  return status;
}
