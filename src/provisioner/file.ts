import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join, posix, resolve } from 'node:path';
import type { TransferOptions } from '../communicator/communicator.ts';
import type { Action } from '../plan/action.ts';
import { guestTree, isSeveral } from './guest-files.ts';
import { Options } from './options.ts';
import type { ProvisionContext, Provisioner } from './provisioner.ts';
import { transfer, transferMany } from './transfer.ts';

/** Copies files and folders to the guest, and from it. */
export const file: Provisioner = {
  type: 'file',
  async run(config, context) {
    const options = new Options(config);
    const destination = options.string('destination') ?? '';
    const content = options.string('content');
    if (content !== undefined) return uploadContent(content, destination, context);
    const copy = isDownload(options) ? download : upload;
    for (const path of sourcesOf(options)) await copy(path, destination, context);
  },
  async describe(config) {
    const options = new Options(config);
    const destination = options.string('destination') ?? '';
    const content = options.string('content');
    if (content !== undefined) {
      refuseFolder(destination);
      return [{ type: 'upload', content, to: destination, mode: CONTENT_MODE.toString(8) }];
    }
    const isGenerated = options.boolean('generated');
    const describe = isDownload(options)
      ? describeDownload
      : isGenerated
        ? describeGenerated
        : describeUpload;
    return Promise.all(sourcesOf(options).map((path) => describe(path, destination)));
  },
};

/** How much of a file is read at once, in bytes. */
const PIECE = 256 * 1024;
/** Permission bits of a file whose contents stand in the template. */
const CONTENT_MODE = 0o644;

function isDownload(options: Options): boolean {
  return options.string('direction') === 'download';
}

function sourcesOf(options: Options): readonly string[] {
  const source = options.string('source');
  return options.strings('sources') ?? (source === undefined ? [] : [source]);
}

async function describeUpload(source: string, destination: string): Promise<Action> {
  const { isFolder, target, mode } = await uploadOf(source, destination);
  const from = resolve(source);
  return isFolder
    ? { type: 'upload', from, to: target }
    : { type: 'upload', from, to: target, mode: mode.toString(8) };
}

/** A file that something makes during the build may not be there yet. */
async function describeGenerated(source: string, destination: string): Promise<Action> {
  return describeUpload(source, destination).catch(() => ({
    type: 'upload',
    from: resolve(source),
    to: uploadTarget(source, destination),
  }));
}

async function describeDownload(source: string, destination: string): Promise<Action> {
  if (isSeveral(source)) return { type: 'download', from: source, to: `${resolve(destination)}/` };
  return { type: 'download', from: source, to: resolve(downloadTarget(source, destination)) };
}

async function uploadContent(content: string, destination: string, context: ProvisionContext): Promise<void> {
  refuseFolder(destination);
  context.ui.say(`Uploading content => ${destination}`);
  await context.communicator.upload(Buffer.from(content), destination, {
    signal: context.signal,
    mode: CONTENT_MODE,
  });
}

function refuseFolder(destination: string): void {
  if (!destination.endsWith('/')) return;
  throw new Error(
    `The file provisioner has content, but its destination ${destination} names a folder. Give the name of the file to write.`,
  );
}

async function upload(source: string, destination: string, context: ProvisionContext): Promise<void> {
  const { ui, communicator } = context;
  const { isFolder, target, mode, size } = await uploadOf(source, destination);
  ui.say(`Uploading ${source} => ${target}`);
  const what = `Uploading ${source}`;
  if (isFolder) {
    return transferMany(what, 'Uploaded', context, (options) =>
      communicator.uploadDirectory(source, target, options),
    );
  }
  const copy = (options: TransferOptions) =>
    communicator.upload(createReadStream(source, { highWaterMark: PIECE }), target, { ...options, mode });
  await transfer(what, context, copy, size);
}

/** A destination that ends with a slash is a folder, which gets the file under its own name. */
function uploadTarget(source: string, destination: string): string {
  return destination.endsWith('/') ? destination + basename(source) : destination;
}

/** Where something goes, and with which permission bits. */
async function uploadOf(
  source: string,
  destination: string,
): Promise<{ isFolder: boolean; target: string; mode: number; size: number }> {
  const info = await stat(source).catch((cause: Error) => {
    throw new Error(`The file to upload cannot be read: ${cause.message}.`, { cause });
  });
  const isFolder = info.isDirectory();
  const target = isFolder ? destination : uploadTarget(source, destination);
  return { isFolder, target, mode: info.mode & 0o777, size: info.size };
}

async function download(source: string, destination: string, context: ProvisionContext): Promise<void> {
  if (isSeveral(source)) return downloadSeveral(source, destination, context);
  const { ui, communicator } = context;
  const target = downloadTarget(source, destination);
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  ui.say(`Downloading ${source} => ${target}`);
  await transfer(`Downloading ${source}`, context, (options) =>
    communicator.download(source, target, options),
  );
}

/** What is below a folder, or matches a pattern, goes into the destination, which is a folder then. */
async function downloadSeveral(
  source: string,
  destination: string,
  context: ProvisionContext,
): Promise<void> {
  const { folders, files } = await guestTree(source, context);
  context.ui.say(`Downloading ${source} => ${destination}`);
  const made = new Set([...folders, ...files.map(({ name }) => dirname(name))]);
  await mkdir(destination, { recursive: true, mode: 0o755 });
  for (const name of made) await mkdir(join(destination, name), { recursive: true, mode: 0o755 });
  const wanted = files.map(({ path, name }) => ({ source: path, destination: join(destination, name) }));
  await transferMany(`Downloading ${source}`, 'Downloaded', context, (options) =>
    context.communicator.downloadFiles(wanted, options),
  );
}

function downloadTarget(source: string, destination: string): string {
  return destination.endsWith('/') ? destination + posix.basename(source) : destination;
}
