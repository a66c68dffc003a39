import { rm } from 'node:fs/promises';
import { findCdWriter, NO_CD_WRITER } from '../../lib/cd-writer.ts';
import { temporaryFolder } from '../../lib/temporary-folder.ts';
import { listCd } from '../cd/entries.ts';
import { cdPaths, makeCd } from '../cd/make-cd.ts';
import type { BuildContext } from '../context.ts';
import { BuildError, placed } from '../failure.ts';
import type { Step } from '../step.ts';
import { refuseExisting } from './disk.ts';

/** Makes the CD of `cd_files` and `cd_content`. It is there until the build ends: both boots see it. */
export const cd: Step<BuildContext> = {
  name: 'cd image',
  async run(context, defer) {
    const { emitter, plan, signal } = context;
    const { config, origin } = plan.source;
    if (config.cd === undefined) return;
    await refuseExisting(context);
    const writer = findCdWriter();
    if (writer === undefined) {
      throw new BuildError(NO_CD_WRITER.message, { hint: NO_CD_WRITER.hint, origin });
    }
    const { path: folder, remove } = await temporaryFolder(
      'vmm-hcl-cd-',
      'the CD of cd_files and cd_content',
    );
    let there = true;
    defer({
      leaves: () => (there ? `the folder ${folder} (remove it with rm -r)` : undefined),
      run: async () => {
        await remove();
        context.cd = undefined;
        there = false;
      },
    });
    try {
      const contents = await listCd(config.cd);
      for (const note of contents.notes) emitter.ui().error(note);
      const names = [...contents.entries].flatMap(([path, { kind }]) => (kind === 'folder' ? [] : [path]));
      emitter.say(`Making the CD ${config.cd.label} of ${shortList(names)}`);
      context.cd = await makeCd(contents, {
        folder,
        label: config.cd.label,
        writer,
        signal,
      });
      await rm(cdPaths(folder).files, { recursive: true, force: true });
    } catch (error) {
      throw placed(error, origin);
    }
  },
};

/** So many names fit into a line of the log. */
const MOST_NAMES = 6;

function shortList(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  if (names.length <= MOST_NAMES) return names.join(', ');
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`;
}
