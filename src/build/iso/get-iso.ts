import {
  access,
  constants,
  copyFile,
  link,
  lstat,
  mkdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { intend } from '../../lib/belongings.ts';
import type { Checksum } from '../../lib/checksum.ts';
import { proxyFor } from '../../lib/http-proxy.ts';
import { missingPart } from '../../lib/iso9660.ts';
import { binaryUnits } from '../../lib/size.ts';
import type { IsoSource } from '../../plan/iso-source.ts';
import { BuildError } from '../failure.ts';
import { download, type Download, forget, readDownload, requireIsoRoom } from './download.ts';
import { FetchError } from './fetch.ts';
import { cachePath, checksumFor, mismatch, readSums, shownPlace, webUrl } from './iso-image.ts';
import { waitForLock } from './wait-for-lock.ts';

export interface IsoOptions {
  readonly signal: AbortSignal;
  /** A sentence for the user. */
  readonly say: (text: string) => void;
  /** What is known while waiting. */
  readonly status: (text: string) => void;
  /** Milliseconds; default: see `request`. */
  readonly idleTime?: number;
}

/**
 * Gets the ISO image: a file of this machine where it is, anything else from the cache or, the first time, by HTTP into it. An
 * interrupted download stays there and is taken up the next time.
 * @returns absolute path of the image, checked
 * @throws BuildError with what was wrong with each place
 */
export async function getIso(source: IsoSource, options: IsoOptions): Promise<string> {
  const failures: string[] = [];
  const { checksum } = source;
  const sums =
    typeof checksum === 'object' && 'file' in checksum
      ? { place: checksum.file, text: await readSums(checksum.file, options.signal, options.idleTime) }
      : undefined;
  const known = typeof checksum === 'object' && 'hex' in checksum ? checksum : undefined;
  for (const [index, place] of source.urls.entries()) {
    try {
      const wanted = sums === undefined ? known : checksumFor(sums.text, sums.place, place);
      const url = webUrl(place);
      return url === undefined
        ? await useFile(place, wanted, options)
        : await fetchToCache(source, url, wanted, options);
    } catch (error) {
      if (!(error instanceof FetchError)) throw error;
      failures.push(error.message);
      if (index < source.urls.length - 1) options.say(`${error.message} Trying the next place.`);
    }
  }
  throw new BuildError(
    failures.length === 1
      ? (failures[0] ?? '')
      : ['The ISO image could not be got from any of its places.', ...failures].join('\n'),
    { hint: 'Correct iso_url (or iso_urls) and iso_checksum, or name a file of this machine with cdrom.' },
  );
}

async function useFile(path: string, wanted: Checksum | undefined, { signal }: IsoOptions): Promise<string> {
  try {
    await access(path, constants.R_OK);
    if ((await stat(path)).isDirectory()) throw new Error('it is a folder');
  } catch (cause) {
    throw new FetchError(`The ISO image ${path} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  const fault = wanted === undefined ? undefined : await mismatch(path, wanted, signal);
  if (fault !== undefined) throw new FetchError(`The ISO image ${path} has another checksum: ${fault}.`);
  requireWhole(path, path);
  return path;
}

/** Without a checksum nothing is known of an image but whether all of it is there. @throws FetchError */
function requireWhole(path: string, place: string): void {
  const missing = missingPart(path);
  if (missing !== undefined) throw new FetchError(`The ISO image ${place} is cut short: ${missing}.`);
}

async function fetchToCache(
  source: IsoSource,
  url: URL,
  wanted: Checksum | undefined,
  options: IsoOptions,
): Promise<string> {
  const path = cachePath(source, url, wanted);
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (cause) {
    throw new BuildError(`The cache directory cannot be used: ${(cause as Error).message}.`, {
      hint: 'Set PACKER_CACHE_DIR to a folder that you may write.',
      cause,
    });
  }
  const lock = await waitForLock(`${path}.lock`, path, options.signal, ({ pid }) => {
    options.say(`Waiting for process ${pid}, which fetches the same ISO image`);
  });
  try {
    const target = source.targetPath;
    if (target !== undefined && (await isUsable(target, wanted, options))) return target;
    if (!(await isCached(path, wanted, options))) await fill(path, url, wanted, options);
    if (target === undefined) return path;
    await place(path, target);
    return target;
  } finally {
    await lock.release();
  }
}

/** Whether the image is at `iso_target_path` already. @throws BuildError when something else is there, which is not ours to replace */
async function isUsable(
  path: string,
  wanted: Checksum | undefined,
  { signal, say }: IsoOptions,
): Promise<boolean> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined) return false;
  if (info.isDirectory()) {
    throw new BuildError(`iso_target_path names the folder ${path}.`, {
      hint: 'Name the file that the ISO image shall become.',
    });
  }
  const fault = wanted === undefined ? undefined : await mismatch(path, wanted, signal);
  if (fault !== undefined) {
    throw new BuildError(`Another file is at iso_target_path, ${path}, and is not replaced: ${fault}.`, {
      hint: 'Move it away, choose another iso_target_path, or leave that out to keep the image in the cache.',
    });
  }
  say(`The ISO image ${path} is there already${wanted === undefined ? ' and is used without a check' : ''}`);
  return true;
}

/** Whether a checked image is in the cache. What is there under a checksum and does not have it is removed. */
async function isCached(path: string, wanted: Checksum | undefined, options: IsoOptions): Promise<boolean> {
  // Without a checksum only the server can tell whether it is still the same.
  if (wanted === undefined) return false;
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return false;
  options.status('checking the ISO image in the cache');
  if ((await mismatch(path, wanted, options.signal)) === undefined) {
    options.say(`Using the ISO image of the cache, ${path}`);
    return true;
  }
  options.say(`The ISO image of the cache has changed since it was fetched, and is fetched again`);
  await rm(path, { force: true });
  return false;
}

async function fill(
  path: string,
  url: URL,
  wanted: Checksum | undefined,
  options: IsoOptions,
): Promise<void> {
  const partial = `${path}.partial`;
  const name = basename(url.pathname) || url.hostname;
  const condition = wanted === undefined ? await unchangedSince(path, url) : undefined;
  options.say(`Fetching the ISO image ${shownPlace(url.href)}${throughProxy(url)}`);
  for (let isFirst = true; ; isFirst = false) {
    const source = await download(url, partial, {
      signal: options.signal,
      idleTime: options.idleTime,
      isChecked: wanted !== undefined,
      onProgress: progress(name, options.status),
      condition,
    });
    if (source === undefined) {
      options.say(`The server says that it has not changed: using the ISO image of the cache, ${path}`);
      return;
    }
    options.status(`checking ${name}`);
    const fault = wanted === undefined ? undefined : await mismatch(partial, wanted, options.signal, source);
    if (fault === undefined) {
      requireWhole(partial, shownPlace(url.href));
      if (wanted === undefined) await remember(path, partial, source);
      await rename(partial, path);
      await forget(partial);
      return;
    }
    await forget(partial);
    if (!source.resumed || !isFirst) {
      throw new FetchError(`What came from ${shownPlace(url.href)} has another checksum: ${fault}.`);
    }
    options.say('The parts of the ISO image do not fit together: fetching it from its start');
  }
}

/** A proxy is worth a word, as nothing in the template tells of it. */
function throughProxy(url: URL): string {
  try {
    const proxy = proxyFor(url);
    return proxy === undefined ? '' : ` through the proxy ${proxy.name} (${proxy.variable})`;
  } catch {
    // Told when it is used.
    return '';
  }
}

/** What to ask with, when an unchanged copy of an unchecked image is in the cache. */
async function unchangedSince(path: string, url: URL): Promise<Record<string, string> | undefined> {
  const [known, info] = [await readDownload(path), await stat(path).catch(() => undefined)];
  const copy = known as (Download & { readonly size?: number; readonly time?: number }) | undefined;
  if (copy?.url !== url.href || info?.size !== copy.size || info?.mtimeMs !== copy.time) return undefined;
  if (copy.etag !== undefined) return { 'if-none-match': copy.etag };
  return copy.modified === undefined ? undefined : { 'if-modified-since': copy.modified };
}

async function remember(path: string, partial: string, source: Download): Promise<void> {
  const { size, mtimeMs: time } = await stat(partial);
  await writeFile(`${path}.json`, JSON.stringify({ ...source, size, time }));
}

/** Puts a copy at `iso_target_path`: a second name of the same file where that is possible. */
async function place(path: string, target: string): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true });
    await link(path, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error;
      await requireIsoRoom(dirname(target), (await stat(path)).size);
      const draft = `${target}.${randomBytes(6).toString('hex')}`;
      const entry = await intend({ kind: 'file', path: draft, what: 'the unfinished copy of the ISO image' });
      try {
        await copyFile(path, draft, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
        await rename(draft, target);
      } finally {
        await rm(draft, { force: true });
        await entry.gone();
      }
    });
  } catch (cause) {
    if (cause instanceof BuildError) throw cause;
    throw new BuildError(`The ISO image cannot be put at iso_target_path: ${(cause as Error).message}.`, {
      hint: `Name a file that you may write. The image is in the cache: ${path}.`,
      cause,
    });
  }
}

/** Tells how far a download is, at each further percent. */
function progress(name: string, status: (text: string) => void): (bytes: number, total?: number) => void {
  let last = -1;
  return (bytes, total) => {
    const step = total === undefined ? Math.floor(bytes / 2 ** 20) : Math.floor((100 * bytes) / total);
    if (step === last) return;
    last = step;
    status(
      total === undefined
        ? `fetching ${name}: ${binaryUnits(bytes)}`
        : `fetching ${name}: ${step}% of ${binaryUnits(total)}`,
    );
  };
}
