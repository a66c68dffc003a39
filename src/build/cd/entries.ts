import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { isPathPattern, matchPaths } from '../../lib/path-pattern.ts';
import type { CdSource } from '../../plan/cd-source.ts';
import { BuildError } from '../failure.ts';

/** A file or a folder of the CD. */
export type CdEntry =
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly from: string; readonly bytes: number; readonly executable: boolean }
  | { readonly kind: 'content'; readonly text: string };

/** What will be on a CD. */
export interface CdContents {
  /** By the path on the CD, sorted; a folder comes before what is in it. */
  readonly entries: ReadonlyMap<string, CdEntry>;
  /** What the user may want to know, in full sentences. */
  readonly notes: readonly string[];
}

/** Deeper than this it is a folder that contains itself by a symbolic link. */
const DEEPEST = 64;

/**
 * Finds what goes onto a CD, by Packer's rules: a file gets into the root, a folder keeps its name, wildcards stand for what they
 * match, and texts win over files. Links are followed.
 * @throws BuildError when something is missing, or cannot be on a CD
 */
export async function listCd({ files, directory, content }: CdSource): Promise<CdContents> {
  const entries = new Map<string, CdEntry>();
  const notes: string[] = [];
  for (const path of files) {
    const found = isPathPattern(path) ? await matchPaths(path, directory) : [resolve(directory, path)];
    if (found.length === 0) notes.push(`Nothing matches ${path} of cd_files, so nothing of it is on the CD.`);
    for (const source of found) await add(source, basename(source), entries, notes);
  }
  for (const [path, text] of Object.entries(content)) {
    entries.set(path, { kind: 'content', text });
    addFoldersOf(path, entries);
  }
  refuseFilesAsFolders(entries);
  return { entries: new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1))), notes };
}

async function add(from: string, to: string, entries: Map<string, CdEntry>, notes: string[]): Promise<void> {
  if (to.split('/').length > DEEPEST) {
    throw new BuildError(`The folder ${from} is too deep for a CD.`, {
      hint: 'It may contain itself by a symbolic link. Name the files that are needed in cd_files.',
    });
  }
  const info = await stat(from).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : cause.message;
    throw new BuildError(`${from} of cd_files cannot be put onto the CD: ${why}.`, {
      hint: 'Correct cd_files. A symbolic link must lead to something.',
      cause,
    });
  });
  if (info.isDirectory()) {
    entries.set(to, { kind: 'folder' });
    for (const name of (await readdir(from)).sort())
      await add(join(from, name), `${to}/${name}`, entries, notes);
    return;
  }
  if (!info.isFile()) {
    throw new BuildError(
      `${from} of cd_files is neither a file nor a folder, and cannot be put onto the CD.`,
    );
  }
  const earlier = entries.get(to);
  if (earlier?.kind === 'file' && earlier.from !== from) {
    notes.push(`${to} is on the CD once: ${from} takes the place of ${earlier.from}.`);
  }
  entries.set(to, { kind: 'file', from, bytes: info.size, executable: (info.mode & 0o111) !== 0 });
}

function addFoldersOf(path: string, entries: Map<string, CdEntry>): void {
  const parts = path.split('/').slice(0, -1);
  for (const [index] of parts.entries()) {
    const folder = parts.slice(0, index + 1).join('/');
    if (!entries.has(folder)) entries.set(folder, { kind: 'folder' });
  }
}

function refuseFilesAsFolders(entries: ReadonlyMap<string, CdEntry>): void {
  for (const path of entries.keys()) {
    const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (folder === '' || entries.get(folder)?.kind === 'folder') continue;
    throw new BuildError(`${folder} would be a file of the CD and a folder, with ${path} in it.`, {
      hint: 'Rename one of the two in cd_content or cd_files.',
    });
  }
}
