import type { PostProcessor } from './post-processor.ts';

/** Each kind of post-processor, loaded when it is first used. */
const postProcessors: Readonly<Record<string, () => Promise<PostProcessor>>> = {
  manifest: async () => (await import('./manifest.ts')).manifest,
  checksum: async () => (await import('./checksum.ts')).checksum,
  compress: async () => (await import('./compress.ts')).compress,
  artifice: async () => (await import('./artifice.ts')).artifice,
  'shell-local': async () => (await import('./shell-local.ts')).shellLocal,
};

/** The types of post-processor blocks that can be run. */
export const postProcessorTypes: readonly string[] = Object.keys(postProcessors);

/** The post-processor of a block type; undefined when there is none. */
export async function findPostProcessor(type: string): Promise<PostProcessor | undefined> {
  return Object.hasOwn(postProcessors, type) ? postProcessors[type]?.() : undefined;
}
