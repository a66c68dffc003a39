import { stat } from 'node:fs/promises';
import type { Checksum } from '../../lib/checksum.ts';
import type { Action } from '../../plan/action.ts';
import type { IsoSource } from '../../plan/iso-source.ts';
import { cachePath, shownPlace, webUrl } from '../iso/iso-image.ts';
import { describeFile } from '../../hypervisor/files.ts';
import type { PreviewContext } from './preview.ts';

/** Where the image will be, as far as that is known: without the file of checksums its name in the cache is not. */
export function expectedIso(source: IsoSource): string {
  const [place = ''] = source.urls;
  const url = webUrl(place);
  if (url === undefined) return place;
  return source.targetPath ?? cached(source, url) ?? '<iso-image>';
}

/** What is done to get the image. Asks no server. */
export async function describeIso({ plan }: PreviewContext): Promise<readonly Action[]> {
  const source = plan.source.config.iso;
  if (source === undefined) return [];
  const { checksum } = source;
  const actions: Action[] = [];
  if (typeof checksum === 'object' && 'file' in checksum) {
    actions.push(
      webUrl(checksum.file) === undefined
        ? await describeFile(checksum.file, 'file of checksums')
        : { type: 'fetch', url: shownPlace(checksum.file), what: 'file of checksums' },
    );
  }
  for (const [index, place] of source.urls.entries()) {
    if (index > 0) actions.push({ type: 'note', text: 'If that fails, the next place:' });
    actions.push(...(await describePlace(source, place, source.urls.length > 1)));
  }
  const check =
    checksum === 'none'
      ? 'It is used without a check (iso_checksum = "none").'
      : `Its checksum must be ${'file' in checksum ? 'the one of the file of checksums' : `${checksum.algorithm} ${checksum.hex}`}.`;
  return [...actions, { type: 'note', text: check }];
}

async function describePlace(source: IsoSource, place: string, isOneOfMany: boolean): Promise<Action[]> {
  const url = webUrl(place);
  if (url === undefined) {
    const file = await describeFile(place, 'ISO image');
    return [file.type === 'problem' && isOneOfMany ? { type: 'note', text: file.text } : file];
  }
  const path = cached(source, url);
  const target: Action[] =
    source.targetPath === undefined
      ? []
      : [{ type: 'path', path: source.targetPath, what: 'ISO image', stays: true }];
  if (path !== undefined && source.checksum !== 'none' && (await isThere(source.targetPath ?? path))) {
    return [{ type: 'check', text: `The ISO image ${source.targetPath ?? path} is there already.` }];
  }
  return [
    { type: 'fetch', url: shownPlace(place), what: 'ISO image' },
    ...(path === undefined
      ? []
      : [{ type: 'path', path, what: 'ISO image in the cache', stays: true } satisfies Action]),
    ...target,
  ];
}

function cached(source: IsoSource, url: URL): string | undefined {
  const { checksum } = source;
  if (checksum === 'none') return cachePath(source, url, undefined);
  return 'file' in checksum ? undefined : cachePath(source, url, checksum satisfies Checksum);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
