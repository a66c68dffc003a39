import type { Action } from '../../plan/action.ts';
import { hostCommand } from '../../plan/action.ts';
import { findCdWriter, NO_CD_WRITER } from '../../lib/cd-writer.ts';
import { listCd } from '../cd/entries.ts';
import type { CdEntry } from '../cd/entries.ts';
import { cdPaths } from '../cd/make-cd.ts';
import type { PreviewContext } from './preview.ts';

const FOLDER = '<temporary-folder>';
/** Where the CD will be. */
export const EXPECTED_CD = cdPaths(FOLDER).image;

/** What will be on the CD, and how it is made. */
export async function describeCd({ plan }: PreviewContext): Promise<readonly Action[]> {
  const { cd } = plan.source.config;
  if (cd === undefined) return [];
  const { entries, notes } = await listCd(cd);
  const writer = findCdWriter();
  const { image, files } = cdPaths(FOLDER);
  return [
    { type: 'path', path: FOLDER, what: 'CD and copies of its files, for this user only', stays: false },
    ...notes.map((text): Action => ({ type: 'note', text })),
    ...[...entries].flatMap(([path, entry]) => describeEntry(path, entry)),
    writer === undefined
      ? { type: 'problem', text: NO_CD_WRITER.message, hint: NO_CD_WRITER.hint }
      : hostCommand([writer.program, ...writer.arguments(cd.label, image, files)]),
  ];
}

function describeEntry(path: string, entry: CdEntry): Action[] {
  switch (entry.kind) {
    case 'folder':
      return [];
    case 'file':
      return [{ type: 'note', text: `On the CD: ${path}, which is ${entry.from}` }];
    case 'content':
      return [{ type: 'note', text: `On the CD: ${path}, of cd_content` }];
  }
}
