import { once } from 'node:events';
import { createReadStream, createWriteStream, ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { temporaryFolder } from '../../lib/temporary-folder.ts';
import type { TransferOptions } from '../communicator.ts';
import { operand } from './guest-command.ts';
import type { LocalEntry } from './local-tree.ts';
import { openEntry } from './local-tree.ts';
import { IS_FOLDER } from './scp-session.ts';
import type { ScpSession } from './scp-session.ts';

/** The command that receives one file. Into a folder scp would put it under some other name. */
export function scpUploadCommand(destination: string, { mode }: Pick<TransferOptions, 'mode'>): string {
  const path = operand(destination);
  return `test ! -d ${path} || exit ${IS_FOLDER}; exec scp ${mode === undefined ? '' : '-p '}-t ${path}`;
}

/** Writes one file through the command of `scpUploadCommand`. */
export async function scpUpload(
  session: ScpSession,
  source: Readable | Uint8Array,
  options: TransferOptions,
): Promise<void> {
  await session.acknowledged();
  const known = await withSize(source, options.signal);
  try {
    // The command knows where it goes, and the protocol has no room for a line end in a name.
    await sendFile(session, { ...known, name: 'file', mode: options.mode ?? 0o644 }, options.onProgress);
  } finally {
    await known.remove();
  }
  await session.finish();
}

/**
 * Sends a local tree through `scp -r -t FOLDER`.
 */
export async function scpUploadTree(
  session: ScpSession,
  entries: readonly LocalEntry[],
  onProgress?: (bytes: number) => void,
): Promise<void> {
  await session.acknowledged();
  let total = 0;
  let here: string[] = [];
  const goTo = async (folder: readonly string[]) => {
    while (here.some((part, i) => part !== folder[i])) {
      await session.command('E');
      here = here.slice(0, -1);
    }
  };
  for (const entry of entries) {
    const parts = entry.name.split('/');
    const name = parts.pop() ?? '';
    await goTo(parts);
    if (entry.kind === 'folder') {
      await session.command(`D${octal(entry.mode)} 0 ${name}`);
      here = [...parts, name];
    } else {
      const before = total;
      const content = { source: openEntry(entry), size: entry.size, name, mode: entry.mode };
      await sendFile(session, content, (bytes) => onProgress?.((total = before + bytes)));
    }
  }
  await goTo([]);
  await session.finish();
}

/** Reads one file through `scp -f PATH` into a local file. */
export async function scpDownload(
  session: ScpSession,
  destination: string,
  onProgress?: (bytes: number) => void,
): Promise<void> {
  await session.confirm();
  const line = await session.line();
  const [, mode, length] = /^C([0-7]{4,}) (\d+) /.exec(line) ?? [];
  const size = Number(length);
  if (!Number.isSafeInteger(size)) throw new Error(`unexpected answer of scp: ${line.slice(0, 200)}`);
  await session.confirm();
  const file = createWriteStream(destination, { mode: parseInt(mode ?? '', 8) & 0o777 });
  try {
    let left = size;
    await pipeline(async function* () {
      while (left > 0) {
        const chunk = await session.bytes(left);
        left -= chunk.length;
        onProgress?.(size - left);
        yield chunk;
      }
    }, file);
  } finally {
    file.destroy();
  }
  await session.acknowledged();
  await session.confirm();
  await session.finish();
}

interface Content {
  readonly source: Readable | Uint8Array;
  readonly size: number;
  readonly name: string;
  readonly mode: number;
}

async function sendFile(
  session: ScpSession,
  { source, size, name, mode }: Content,
  onProgress?: (bytes: number) => void,
): Promise<void> {
  await session.command(`C${octal(mode)} ${size} ${name}`);
  let sent = 0;
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    const bytes = chunk as Uint8Array;
    sent += bytes.length;
    // The size is announced: one byte more and the rest of the session would be read as commands.
    if (sent > size) throw new Error(`${name} grew while it was being sent`);
    await session.send(bytes);
    onProgress?.(sent);
  }
  if (sent < size) throw new Error(`${name} shrank while it was being sent`);
  await session.confirm();
  await session.acknowledged();
}

/** scp announces the size of a file before its contents, so a stream that does not know its own goes through a file. */
async function withSize(
  source: Readable | Uint8Array,
  signal: AbortSignal,
): Promise<{ source: Readable | Uint8Array; size: number; remove: () => Promise<void> }> {
  const nothing = () => Promise.resolve();
  if (source instanceof Uint8Array) return { source, size: source.length, remove: nothing };
  if (source instanceof ReadStream) {
    if (source.errored !== null) throw source.errored;
    if (source.pending) await once(source, 'open', { signal });
    const info = await stat(source.path);
    if (info.isFile()) return { source, size: info.size, remove: nothing };
  }
  const { path: folder, remove } = await temporaryFolder('vmm-hcl-scp-', 'the copy of what is uploaded');
  try {
    const path = join(folder, 'content');
    await pipeline(source, createWriteStream(path, { mode: 0o600 }), { signal });
    return { source: createReadStream(path), size: (await stat(path)).size, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
