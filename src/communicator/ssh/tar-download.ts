import type { Client, ClientChannel } from 'ssh2';
import { extract } from 'tar-stream';
import type { Extract } from 'tar-stream';
import type { FileDownload } from '../communicator.ts';
import { finishExec, openExec } from './exec.ts';
import { dashless } from './guest-command.ts';
import { MissingInGuestError } from './transfer-error.ts';
import { Unpacker } from './unpacker.ts';

/**
 * Reads many files as one tar archive. What does not come whole, for whatever reason (a name that the guest's tar cannot write, a
 * file that may not be read, one that changes its size), is left to be read by itself, which gives a proper error where it has to.
 * @returns the files that have not come
 * @throws MissingInGuestError when the guest has no tar, or no xargs; Error when a local file cannot be written
 */
export async function tarDownload(
  client: Client,
  files: readonly FileDownload[],
  signal: AbortSignal,
  onProgress?: (bytes: number) => void,
): Promise<FileDownload[]> {
  let isLost = false;
  const lose = () => (isLost = true);
  client.once('close', lose);
  const names = Buffer.from(files.map(({ source }) => `${dashless(source)}\0`).join(''));
  // -h: links count as what they lead to. For many names there are several archives, one after the other.
  const command = `sh -c 'command -v tar >/dev/null 2>&1 || exit 127; exec xargs -0 tar -chf -'`;
  const channel = await openExec(client, command, {}, signal);
  const archive = extract();
  const unpacker = new Unpacker(files, onProgress);
  let complaints = '';
  const ended = finishExec(channel, {
    signal,
    stdin: names,
    onStderr: (chunk) => (complaints = (complaints + chunk.toString()).slice(-64 * 1024)),
  }).finally(() => archive.end());
  feed(channel, archive);
  // The rest of something that is no archive is of no use.
  const unpacked = unpacker.unpack(archive).finally(() => channel.close());
  const [end, fault] = await Promise.allSettled([ended, unpacked]);
  client.off('close', lose);
  archive.destroy();
  signal.throwIfAborted();
  if (fault.status === 'rejected') throw fault.reason as Error;
  if (isLost) throw new Error('the SSH connection was lost');
  if (end.status === 'fulfilled' && end.value.status === 127)
    throw new MissingInGuestError('the guest has no tar program, or no xargs');
  return unpacker.missing(complaints);
}

/** Passes on what a channel brings, no faster than it is taken. */
function feed(channel: ClientChannel, archive: Extract): void {
  channel.on('data', (chunk: Buffer) => {
    if (!archive.destroyed && !archive.write(chunk)) channel.pause();
  });
  archive.on('drain', () => channel.resume());
  archive.on('close', () => channel.resume());
}
