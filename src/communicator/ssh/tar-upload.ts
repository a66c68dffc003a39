import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Client } from 'ssh2';
import { OutputTail } from '../../lib/output-tail.ts';
import { shellQuote } from '../../lib/process/shell-words.ts';
import { operand, runInGuest } from './guest-command.ts';
import type { LocalEntry } from './local-tree.ts';
import { LARGEST, paddingOf, TAR_END, tarHeader } from './tar-header.ts';
import type { Owner } from './tar-header.ts';
import { MissingInGuestError } from './transfer-error.ts';

/** How much is read from a file and sent at once, in bytes. Small files share one piece. */
const PIECE = 256 * 1024;
/** A file of up to this many bytes is read before its turn. */
const SMALL = 64 * 1024;

/** What stands in the way of a tree in the guest. */
interface Survey {
  /** As whom we are logged in. */
  readonly owner: Owner;
  /** Folders and files that are there already. */
  readonly existing: ReadonlySet<LocalEntry>;
}

/**
 * Sends a tree as one tar archive. tar makes what it unpacks anew, and it sets the modes of folders. So a folder that is there is
 * not in the archive (the mode of the guest's /tmp is not ours to change), and neither is a file that is there: its owner, its
 * other names and the symbolic link that leads to it are to stay.
 * @param destination folder in the guest; it is made, with those above it
 * @returns what has not been sent and has to be written in place: files that exist, their folders, and files too large for tar
 * @throws MissingInGuestError when the guest has no tar; nothing has been sent then
 */
export async function tarUpload(
  client: Client,
  entries: readonly LocalEntry[],
  destination: string,
  signal: AbortSignal,
  onProgress?: (bytes: number) => void,
): Promise<LocalEntry[]> {
  const { owner, existing } = await survey(client, entries, destination, signal);
  const isLate = (entry: LocalEntry) => existing.has(entry) || entry.size >= LARGEST;
  const sent = entries.filter((entry) => !isLate(entry));
  if (sent.length > 0) await send(client, sent, owner, destination, signal, onProgress);
  // The archive has the folders of files that are too large for it.
  return entries.filter(isLate);
}

/** Looks, with one small script, who we are, whether there is a tar, and what of the tree is there already. */
async function survey(
  client: Client,
  entries: readonly LocalEntry[],
  destination: string,
  signal: AbortSignal,
): Promise<Survey> {
  const script = [
    'command -v tar >/dev/null 2>&1 || exit 127',
    'echo "$(id -u) $(id -g)"',
    `mkdir -p ${operand(destination)} && cd ${operand(destination)} || exit 1`,
    ...lookFor(entries),
    'exit 0\n',
  ];
  const output = new OutputTail(16 * 1024 * 1024);
  // Not sh -s: a shell reads its own input byte by byte.
  const { status, said } = await runInGuest(client, `exec sh -c 'eval "$(cat)"'`, {
    signal,
    stdin: Buffer.from(script.join('\n')),
    onStdout: (chunk) => output.push(chunk),
  });
  if (status === 127) throw new MissingInGuestError('the guest has no tar program');
  if (status !== 0) throw new Error(said || `${destination} cannot be used (status ${status})`);
  const [who = '', ...found] = output.text().trim().split('\n');
  const [, uid, gid] = /^(\d+) (\d+)$/.exec(who) ?? [];
  if (uid === undefined) throw new MissingInGuestError('the guest has no id or no cat program');
  const wrong = found.find((line) => line.startsWith('!'));
  if (wrong !== undefined) {
    throw new Error(
      `${entries[Number(wrong.slice(1))]?.name} is a file there, and a folder is to be uploaded`,
    );
  }
  const existing = new Set(found.flatMap((line) => entries[Number(line)] ?? []));
  return { owner: { uid: Number(uid), gid: Number(gid) }, existing };
}

/** Lines of shell that print the numbers of the entries that are there. In a folder that is not there nothing is looked for. */
function lookFor(entries: readonly LocalEntry[]): string[] {
  const lines: string[] = [];
  const open: string[] = [];
  const close = (name: string | undefined) => {
    while (open.length > 0 && !name?.startsWith(`${open.at(-1)}/`)) {
      open.pop();
      lines.push('fi');
    }
  };
  entries.forEach(({ kind, name }, number) => {
    close(name);
    const path = shellQuote(name);
    if (kind === 'file') {
      lines.push(`if [ -e ${path} ] || [ -h ${path} ]; then echo ${number}; fi`);
      return;
    }
    lines.push(`if [ -e ${path} ] && [ ! -d ${path} ]; then echo '!${number}'; fi`);
    lines.push(`if [ -d ${path} ]; then echo ${number}`);
    open.push(name);
  });
  close(undefined);
  return lines;
}

async function send(
  client: Client,
  entries: readonly LocalEntry[],
  owner: Owner,
  destination: string,
  signal: AbortSignal,
  onProgress?: (bytes: number) => void,
): Promise<void> {
  const stop = new AbortController();
  const archive = Readable.from(archiveOf(entries, owner, onProgress), { objectMode: false });
  try {
    // -m: the guest's clock may be wrong, and it is now that the files are made. -p: the modes, whatever the umask.
    const { status, said } = await runInGuest(client, `exec tar -xmpf - -C ${operand(destination)}`, {
      signal: AbortSignal.any([signal, stop.signal]),
      stdin: archive,
      // Some go on to the end of the archive, with a message for every file.
      onStderr: (chunk) => {
        if (/no space left|file system full/i.test(chunk.toString())) {
          stop.abort(new Error(`the disk of the guest is full: ${chunk.toString().trim().split('\n')[0]}`));
        }
      },
    });
    if (status !== 0) throw new Error(said || `tar in the guest ended with status ${status}`);
  } finally {
    archive.destroy();
  }
}

/** The bytes of an archive with these entries, in pieces. */
async function* archiveOf(
  entries: readonly LocalEntry[],
  owner: Owner,
  onProgress?: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let sent = 0;
  let pending: Buffer[] = [];
  let size = 0;
  const add = (...pieces: Buffer[]) => {
    pending.push(...pieces);
    for (const piece of pieces) size += piece.length;
  };
  const flush = () => {
    const piece = Buffer.concat(pending);
    pending = [];
    size = 0;
    return piece;
  };
  // Into a folder that its owner may not write to, nothing could be unpacked: it gets its mode at the end.
  const closed = entries.filter(({ kind, mode }) => kind === 'folder' && (mode & 0o300) !== 0o300);
  const ahead = new ReadAhead(entries);
  for (const [index, entry] of entries.entries()) {
    if (entry.kind === 'folder') {
      add(tarHeader({ ...entry, mode: entry.mode | 0o300 }, owner));
    } else {
      add(tarHeader(entry, owner));
      for await (const piece of ahead.take(index)) {
        add(piece);
        onProgress?.((sent += piece.length));
        if (size >= PIECE) yield flush();
      }
      add(Buffer.alloc(paddingOf(entry.size)));
    }
    if (size >= PIECE) yield flush();
  }
  for (const entry of closed.reverse()) add(tarHeader(entry, owner));
  add(TAR_END);
  yield flush();
}

/** How many of the next files are being read while one is sent. */
const AHEAD = 16;

/** The contents of files, those of the next small ones being read already: what takes time is to ask, not to read. */
class ReadAhead {
  readonly #entries: readonly LocalEntry[];
  readonly #started = new Map<number, Promise<Buffer[]>>();
  #next = 0;

  constructor(entries: readonly LocalEntry[]) {
    this.#entries = entries;
  }

  /** The pieces of a file. The files have to be taken in their order. */
  async *take(index: number): AsyncGenerator<Buffer> {
    const last = Math.min(index + AHEAD, this.#entries.length - 1);
    for (; this.#next <= last; this.#next++) this.#start(this.#next);
    const started = this.#started.get(index);
    this.#started.delete(index);
    if (started !== undefined) yield* await started;
    else yield* contentsOf(this.#entries[index]!);
  }

  #start(index: number): void {
    const entry = this.#entries[index];
    if (entry?.kind !== 'file' || entry.size > SMALL) return;
    const content = collect(contentsOf(entry));
    // Told when the file is taken.
    content.catch(() => {});
    this.#started.set(index, content);
  }
}

async function collect(pieces: AsyncGenerator<Buffer>): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

/** Exactly as many bytes as the entry's size says, or an error: the header with the size is on its way already. */
async function* contentsOf({ path, size }: LocalEntry): AsyncGenerator<Buffer> {
  const file = await open(path).catch((cause: Error) => {
    throw new Error(`${path} cannot be read: ${cause.message}`, { cause });
  });
  try {
    let left = size;
    while (left > 0) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(Math.min(left, PIECE)));
      if (bytesRead === 0) throw new Error(`${path} shrank while it was being sent`);
      left -= bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    if ((await file.stat()).size !== size) throw new Error(`${path} changed while it was being sent`);
  } finally {
    await file.close();
  }
}
