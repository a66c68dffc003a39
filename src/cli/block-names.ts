import { blockNames } from '../schema/index.ts';

/** The blocks that have a schema, as people know them: `source-vmm`, by which a source is judged, is the sum of two of them. */
export function documentedBlocks(): readonly string[] {
  return blockNames().filter((name) => name !== 'source-vmm');
}

const SAME_BLOCK: Readonly<Record<string, string>> = {
  source: 'vmm',
  'source-vmm': 'vmm',
  'openbsd-vmm': 'vmm',
  'source-openbsd-vmm': 'vmm',
  'communicator-ssh': 'ssh',
};

/** `provisioner shell`, `provisioner "shell"` and `provisioner-shell` are one block. */
export function blockName(words: readonly string[]): string {
  const name = words.join('-').replaceAll('"', '').replaceAll(/\s+/g, '-');
  return Object.hasOwn(SAME_BLOCK, name) ? SAME_BLOCK[name]! : name;
}
