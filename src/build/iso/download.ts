import { createWriteStream } from 'node:fs';
import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BuildError } from '../failure.ts';
import { isFull, requireRoom } from '../room.ts';
import { type Answer, connectionError, FetchError, request, shownUrl } from './fetch.ts';

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly idleTime?: number;
  /** What has come is checked afterwards, so it may be put together from several servers. */
  readonly isChecked: boolean;
  /** Bytes that are there, and how many there will be, if that is known. */
  readonly onProgress: (bytes: number, total: number | undefined) => void;
  /** Sent with the request for the whole file; an answer of 304 ends the download. */
  readonly condition?: Readonly<Record<string, string>>;
}

/** What is known about a download. Also written beside the unfinished file, so that it can be taken up again. */
export interface Download {
  readonly url: string;
  readonly status: number;
  readonly type?: string;
  readonly etag?: string;
  readonly modified?: string;
  /** Some of the bytes are from an earlier attempt. */
  readonly resumed: boolean;
}

/**
 * Fetches `url` to `path`. What is there already is taken up; when the connection breaks, what has come stays, and as long as
 * more comes each time it is tried again.
 * @returns undefined when the server says that nothing has changed (`condition`)
 * @throws FetchError; BuildError when this machine is the reason
 */
export async function download(
  url: URL,
  path: string,
  options: DownloadOptions,
): Promise<Download | undefined> {
  let most = await sizeOf(path);
  for (;;) {
    try {
      return await downloadOnce(url, path, options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof BuildError || error instanceof Refusal) throw error;
      if (isFull(error)) throw full(path, error);
      const size = await sizeOf(path);
      if (size <= most) throw connectionError(url, error);
      most = size;
    }
  }
}

/** The server has answered, and its answer is no. */
class Refusal extends FetchError {}

async function downloadOnce(url: URL, path: string, options: DownloadOptions): Promise<Download | undefined> {
  const { signal, idleTime, isChecked } = options;
  const earlier = await readDownload(path);
  const have = await sizeOf(path);
  const headers = have === 0 ? options.condition : rangeHeaders(have, url, earlier, isChecked);
  const answer = await request(url, { signal, idleTime, headers, allowPlain: isChecked });
  if (answer.status === 304 && have === 0) {
    answer.response.destroy();
    return undefined;
  }
  if (answer.status === 416 && have > 0) {
    answer.response.destroy();
    // There is nothing behind what we have: either it is everything, or something else.
    if (isChecked && answer.headers['content-range'] === `bytes */${have}`) {
      return { ...describe(url, answer), resumed: true };
    }
    await forget(path);
    return downloadOnce(url, path, options);
  }
  if (answer.status !== 200 && answer.status !== 206) {
    answer.response.destroy();
    throw new Refusal(
      `${shownUrl(url)} was answered with ${answer.status} ${answer.response.statusMessage ?? ''}`.trim() +
        '.',
    );
  }
  const start = answer.status === 206 ? startOf(answer) : 0;
  if (start !== 0 && start !== have) {
    answer.response.destroy();
    await forget(path);
    throw new Refusal(`${shownUrl(url)} was answered with another part of the file than the one asked for.`);
  }
  const description = { ...describe(url, answer), resumed: start > 0 };
  await save(answer, start, path, description, options);
  return description;
}

function rangeHeaders(
  have: number,
  url: URL,
  earlier: Download | undefined,
  isChecked: boolean,
): Record<string, string> | undefined {
  const validator = earlier?.url === url.href ? (earlier.etag ?? earlier.modified) : undefined;
  if (validator !== undefined) return { range: `bytes=${have}-`, 'if-range': validator };
  return isChecked ? { range: `bytes=${have}-` } : undefined;
}

async function save(
  { response, headers }: Answer,
  start: number,
  path: string,
  description: Download,
  { onProgress }: DownloadOptions,
): Promise<void> {
  const length = headers['content-length'];
  const total = length === undefined ? undefined : start + Number(length);
  if (total !== undefined) await requireIsoRoom(dirname(path), total - start);
  if (start === 0) {
    await truncate(path).catch(() => undefined);
    await writeFile(`${path}.json`, JSON.stringify(description));
  }
  let bytes = start;
  onProgress(bytes, total);
  let broken: { readonly error: unknown } | undefined;
  await pipeline(
    async function* received() {
      try {
        for await (const chunk of response as AsyncIterable<Buffer>) {
          yield chunk;
          bytes += chunk.length;
          onProgress(bytes, total);
        }
      } catch (error) {
        // Also on abort: what has come until then is to reach the disk.
        broken = { error };
      }
    },
    createWriteStream(path, { flags: start === 0 ? 'w' : 'a' }),
  );
  if (broken !== undefined) throw (broken as { readonly error: unknown }).error;
  if (total !== undefined && bytes !== total) throw new Error(`${bytes} of ${total} bytes have come`);
}

function describe(url: URL, { status, headers }: Answer): Omit<Download, 'resumed'> {
  const { etag } = headers;
  return {
    url: url.href,
    status,
    type: headers['content-type'],
    // RFC 9110, 13.1.5: a weak one cannot tell whether parts fit together.
    etag: etag?.startsWith('W/') ? undefined : etag,
    modified: headers['last-modified'],
  };
}

/** First byte of a part, of which there are several kinds only when we ask for them. */
function startOf({ headers }: Answer): number {
  const [, start] = /^bytes (\d+)-/.exec(headers['content-range'] ?? '') ?? [];
  return start === undefined ? -1 : Number(start);
}

/** What is known about the file at `path`. */
export async function readDownload(path: string): Promise<Download | undefined> {
  try {
    const value = JSON.parse(await readFile(`${path}.json`, 'utf8')) as Partial<Download>;
    return typeof value.url === 'string' ? (value as Download) : undefined;
  } catch {
    return undefined;
  }
}

/** Removes an unfinished download. */
export async function forget(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(`${path}.json`, { force: true });
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** @throws BuildError when a folder has no room for so many bytes of an ISO image */
export async function requireIsoRoom(folder: string, bytes: number): Promise<void> {
  const hint = 'Make room there, or set PACKER_CACHE_DIR to a folder on a larger disk.';
  await requireRoom(folder, bytes, 'The ISO image', hint);
}

function full(path: string, cause: unknown): BuildError {
  return new BuildError(`The disk of ${dirname(path)} became full while the ISO image was fetched.`, {
    hint: 'Make room there, or set PACKER_CACHE_DIR to a folder on a larger disk. The next build goes on where this one stopped.',
    cause,
  });
}
