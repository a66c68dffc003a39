import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findChecksum, type Checksum } from '../../lib/checksum.ts';
import { nearest } from '../../lib/nearest.ts';
import { binaryUnits } from '../../lib/size.ts';
import type { IsoSource } from '../../plan/iso-source.ts';
import { BuildError } from '../failure.ts';
import type { Download } from './download.ts';
import { FetchError, isWeb, request, shownUrl } from './fetch.ts';

/** A file of checksums is not larger than this: bytes. */
const MOST_SUMS = 4 * 1024 * 1024;

/** `http:` or `https:`; undefined for a path. */
export function webUrl(place: string): URL | undefined {
  const url = URL.canParse(place) ? new URL(place) : undefined;
  return url !== undefined && isWeb(url) ? url : undefined;
}

/** How messages call a place. */
export function shownPlace(place: string): string {
  const url = webUrl(place);
  return url === undefined ? place : shownUrl(url);
}

/**
 * Where the image is kept: under its checksum, so that every build which wants the same image finds it, or where there is none under
 * its URL.
 */
export function cachePath(
  { cacheDirectory }: Pick<IsoSource, 'cacheDirectory'>,
  url: URL,
  checksum: Checksum | undefined,
): string {
  const name =
    checksum === undefined
      ? `url-${createHash('sha256').update(url.href).digest('hex')}`
      : `${checksum.algorithm}-${checksum.hex}`;
  return join(cacheDirectory, 'iso', `${name}.iso`);
}

/** The text of a file of checksums. @throws BuildError */
export async function readSums(place: string, signal: AbortSignal, idleTime?: number): Promise<string> {
  const url = webUrl(place);
  try {
    let text = '';
    const chunks: AsyncIterable<Buffer> =
      url === undefined ? createReadStream(place, { signal }) : await openSums(url, signal, idleTime);
    for await (const chunk of chunks) {
      text += chunk.toString('latin1');
      if (text.length > MOST_SUMS) throw new FetchError(`It is larger than ${binaryUnits(MOST_SUMS)}.`);
    }
    return text;
  } catch (cause) {
    signal.throwIfAborted();
    throw new BuildError(
      `The file of checksums ${shownPlace(place)} cannot be read: ${(cause as Error).message}`,
      { hint: 'Correct iso_checksum, or write the checksum itself there: "sha256:…".', cause },
    );
  }
}

async function openSums(url: URL, signal: AbortSignal, idleTime?: number): Promise<AsyncIterable<Buffer>> {
  const { response, status } = await request(url, { signal, idleTime, allowPlain: false });
  if (status === 200) return response;
  response.destroy();
  throw new FetchError(`it was answered with ${status} ${response.statusMessage ?? ''}`.trim() + '.');
}

/** The checksum that a file of checksums has for the image at `place`. @throws FetchError naming what is there */
export function checksumFor(sums: string, sumsPlace: string, place: string): Checksum {
  const url = webUrl(place);
  const path = url === undefined ? place : decodeURIComponent(url.pathname);
  const found = findChecksum(sums, path);
  if ('checksum' in found) return found.checksum;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const { names } = found;
  const guess = nearest(name, names);
  const there =
    names.length === 0
      ? 'no checksum is in it'
      : guess === undefined
        ? `it has ${names.length} other files, such as ${names[0]}`
        : `it has ${guess}`;
  throw new FetchError(`${shownPlace(sumsPlace)} has no checksum of ${name}: ${there}.`);
}

/** Hashes a file. */
async function hashFile(
  path: string,
  algorithm: Checksum['algorithm'],
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}

/** Why a file is not the one that is wanted, with all that helps to see which one it is; undefined when it is. */
export async function mismatch(
  path: string,
  { algorithm, hex }: Checksum,
  signal: AbortSignal,
  source?: Download,
): Promise<string | undefined> {
  const actual = await hashFile(path, algorithm, signal);
  if (actual === hex) return undefined;
  const { size } = await stat(path);
  const isText = source?.type !== undefined && /^text\/|json|xml/i.test(source.type);
  const answer =
    source === undefined
      ? ''
      : `; the server answered ${source.status}` +
        (source.type === undefined ? '' : `, ${source.type}`) +
        (isText ? ', which is a page of text and no ISO image' : '');
  return `expected ${algorithm} ${hex}, but it is ${actual} (${size} bytes = ${binaryUnits(size)}${answer})`;
}
