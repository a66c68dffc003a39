import { rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { matchPaths } from '../lib/path-pattern.ts';
import type { JsonObject } from '../plan/json.ts';
import type { PostProcessor } from './post-processor.ts';

/** Hands over other files in place of its input: those that earlier post-processors, or scripts, have made of it. */
export const artifice: PostProcessor = {
  type: 'artifice',
  keepInput: 'keep',
  async run(_input, config, context) {
    const files: string[] = [];
    for (const pattern of patternsOf(config)) {
      const found = await filesOf(pattern);
      if (found.length === 0) context.ui.error(`artifice: there is no file ${pattern}.`);
      files.push(...found.filter((file) => !files.includes(file)));
    }
    if (files.length === 0) {
      throw new Error(
        `artifice found none of its files (${patternsOf(config).join(', ')}), so there would be nothing to hand over. ` +
          'Check the paths: they are relative to the current directory.',
      );
    }
    context.ui.say(`The artifact is now: ${files.join(', ')}`);
    return {
      builderId: 'packer.post-processor.artifice',
      id: '',
      files,
      description: `Files: ${files.join(', ')}`,
      destroy: async () => {
        for (const file of files) await rm(file, { force: true });
      },
    };
  },
  describe: (config) =>
    patternsOf(config).map((pattern) => ({
      type: 'note',
      text: `Hands over the files ${resolve(pattern)} in place of its input`,
    })),
};

function patternsOf(config: JsonObject): string[] {
  return Array.isArray(config['files']) ? config['files'].map(String) : [];
}

/** Plain files that a pattern matches. */
async function filesOf(pattern: string): Promise<string[]> {
  const paths = await matchPaths(pattern, process.cwd());
  const isFile = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        (info) => info.isFile(),
        () => false,
      ),
    ),
  );
  return paths.filter((_, index) => isFile[index]);
}
