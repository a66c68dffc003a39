import { posix } from 'node:path';
import { DISCONNECTED } from '../communicator/communicator.ts';
import { shellQuote } from '../lib/shell-words.ts';
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

/** The command line that lists the matches of a pattern, or the folder itself. Texts end with NUL: names may hold anything else. */
export function listMatches(source: string): string {
  return `printf '%s\\000' ${patternWord(source)}`;
}

/** The command line that lists the plain files at and below those matches; symbolic links count as what they lead to. */
export function listFiles(source: string): string {
  return `find -L ${patternWord(source)} -type f -print0`;
}

/**
 * The files that `source` stands for: all below a folder, by their paths in it, or each match of a pattern under its own name.
 * @throws Error when there are none
 */
export async function guestFiles(source: string, context: ProvisionContext): Promise<GuestFile[]> {
  const matches = await list(listMatches(source), source, context);
  const paths = await list(listFiles(source), source, context);
  const files = paths.map((path): GuestFile => {
    const match =
      matches.find((one) => path === one || path.startsWith(`${one === '/' ? '' : one}/`)) ?? path;
    const below = path.slice(match.length);
    return { path, name: source.endsWith('/') ? below : posix.basename(match) + below };
  });
  // The guest says what it likes: no name of its may lead out of the local folder.
  const strange = files.find(
    ({ name }) => name.split('/').some((part) => part === '..') || /^\.?$/.test(name),
  );
  if (strange !== undefined)
    throw new Error(`The guest names a file ${strange.path}, which is not below ${source}.`);
  return files;
}

async function list(command: string, source: string, context: ProvisionContext): Promise<string[]> {
  const { communicator, signal } = context;
  const chunks: Buffer[] = [];
  let said = '';
  const result = await communicator.exec(command, {
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
  return Buffer.concat(chunks).toString().split('\0').slice(0, -1);
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
