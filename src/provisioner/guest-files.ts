import { posix } from 'node:path';
import { DISCONNECTED } from '../communicator/communicator.ts';
import { guestPath } from '../communicator/guest-path.ts';
import { shellQuote } from '../lib/process/shell-words.ts';
import type { ProvisionContext } from './provisioner.ts';

/** A file of the guest that is copied with others. */
export interface GuestFile {
  readonly path: string;
  /** Where it goes below the local folder. */
  readonly name: string;
}

/** Whether a source of a download stands for several files: a folder's contents, or a pattern. */
export function isSeveral(source: string): boolean {
  return source.endsWith('/') || /[*?[]/.test(source);
}

/** What a source of a download stands for. */
export interface GuestTree {
  /** Folders, by their paths below the local folder, each before those in it. */
  readonly folders: readonly string[];
  readonly files: readonly GuestFile[];
}

/**
 * The command line that lists the matches of a pattern, or the folder itself; then the folders at and below them; then the plain
 * files there. Symbolic links count as what they lead to. Texts end with NUL, as names may hold anything else, and so do the lists.
 */
function listCommand(source: string): string {
  const word = patternWord(guestPath(source));
  const find = (type: string) => `find -L ${word} -type ${type} -print0`;
  return `printf '%s\\000' ${word} && printf '\\000' && ${find('d')} && printf '\\000' && ${find('f')}`;
}

/**
 * The files and folders that `source` stands for: all below a folder, by their paths in it, or each match of a pattern under its
 * own name.
 * @throws Error when there are none, or when the guest does not answer as it should
 */
export async function guestTree(source: string, context: ProvisionContext): Promise<GuestTree> {
  const [matches = [], folders = [], files = []] = await list(source, context);
  const nameOf = (path: string): string => {
    const match =
      matches.find((one) => path === one || path.startsWith(`${one === '/' ? '' : one}/`)) ?? path;
    const below = path.slice(match.length);
    const name = (source.endsWith('/') ? below : posix.basename(match) + below).replace(/^\/+/, '');
    // The guest says what it likes: no name of its may lead out of the local folder.
    if (name.split('/').includes('..') || name === '.')
      throw new Error(`The guest names a file ${path}, which is not below ${source}.`);
    return name;
  };
  const named = files.map((path) => ({ path, name: nameOf(path) }));
  const places = new Map<string, string>();
  for (const { path, name } of named) {
    const other = places.get(name);
    if (other !== undefined)
      throw new Error(`${other} and ${path} would both become ${name}. Download them by two provisioners.`);
    places.set(name, path);
  }
  const unnamed = named.find(({ name }) => name === '');
  if (unnamed !== undefined)
    throw new Error(`${unnamed.path} is a file in the guest, and the source ${source} names a folder.`);
  // Of a folder whose contents are copied the name is empty.
  return {
    folders: folders
      .map(nameOf)
      .filter((name) => name !== '')
      .sort(),
    files: named,
  };
}

async function list(source: string, { communicator, signal }: ProvisionContext): Promise<string[][]> {
  const chunks: Buffer[] = [];
  let said = '';
  const result = await communicator.exec(listCommand(source), {
    signal,
    onStdout: (chunk) => chunks.push(chunk),
    onStderr: (chunk) => (said = (said + chunk.toString()).slice(-1000)),
  });
  if (result.status === DISCONNECTED) throw new Error('The SSH connection was lost.');
  if (result.status !== 0) {
    throw new Error(
      `The files ${source} cannot be listed in the guest (status ${result.status}): ${said.trim()}.`,
    );
  }
  const lists: string[][] = [[]];
  for (const text of Buffer.concat(chunks).toString().split('\0').slice(0, -1)) {
    if (text === '') lists.push([]);
    else lists.at(-1)?.push(text);
  }
  return lists;
}

/** The pattern as a word for the guest's shell, in which nothing but the wildcards has a meaning. */
function patternWord(source: string): string {
  return source
    .replace(/(?<=.)\/+$/, '') // find would repeat it in every path
    .split(/(\*|\?|\[[!^]?[\w.,: -]+\])/)
    .map((part, index) =>
      index % 2 === 1 ? part.replaceAll(' ', '\\ ') : part === '' ? '' : shellQuote(part),
    )
    .join('');
}
