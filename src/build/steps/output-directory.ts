import { lstat, mkdir, readlink, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { intend } from '../../lib/belongings.ts';
import type { BuildContext } from '../context.ts';
import { BuildError } from '../failure.ts';
import type { Step } from '../step.ts';
import { checkPostProcessors } from './post-process.ts';

/** Before anything is made: what post-processors need is there. Then creates `output_directory`. After a failure it is removed again if this build created it and nothing is in it. */
export const outputDirectory: Step<BuildContext> = {
  name: 'output directory',
  async run(context, defer) {
    await checkPostProcessors(context);
    const path = context.plan.source.config.output_directory;
    let first: string | undefined;
    const missing = await firstMissing(path);
    const entry =
      missing === undefined
        ? undefined
        : await intend({ kind: 'empty-folders', path, first: missing, what: 'the output folder' });
    try {
      first = await mkdir(path, { recursive: true });
    } catch (cause) {
      const target = await readlink(path).catch(() => undefined);
      const why =
        target === undefined
          ? (cause as Error).message
          : `${path} is a symbolic link to ${target}, which is not there`;
      throw new BuildError(`The output folder cannot be created: ${why}.`, {
        hint: 'Set output_directory to a folder that you may create or write.',
        origin: context.plan.source.origin,
        cause,
      });
    }
    await (first === undefined ? entry?.gone() : entry?.exists());
    if (first === undefined) return;
    const created = first;
    let removed = false;
    defer({
      leaves: () => (removed || !context.failed ? undefined : `the folder ${created}`),
      run: async () => {
        removed = true;
        for (let folder = path; folder.length >= created.length; folder = dirname(folder)) {
          // What somebody else has put there stays.
          if (
            !(await rmdir(folder).then(
              () => true,
              () => false,
            ))
          )
            return;
        }
      },
    });
  },
};

/** The folder nearest to the root, on the way to `path`, that is not there. */
async function firstMissing(path: string): Promise<string | undefined> {
  let missing: string | undefined;
  for (let folder = path; ; folder = dirname(folder)) {
    const isThere = await lstat(folder).then(
      () => true,
      () => false,
    );
    if (isThere || folder === dirname(folder)) return missing;
    missing = folder;
  }
}
