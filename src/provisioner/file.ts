import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { basename, dirname, posix } from 'node:path';
import { Options } from './options.ts';
import type { ProvisionContext, Provisioner } from './provisioner.ts';

/** Copies files and folders to the guest, and files from it. */
export const file: Provisioner = {
  type: 'file',
  async run(config, context) {
    const options = new Options(config);
    const destination = options.string('destination') ?? '';
    const content = options.string('content');
    if (content !== undefined) return uploadContent(content, destination, context);
    const source = options.string('source');
    const sources = options.strings('sources') ?? (source === undefined ? [] : [source]);
    const copy = options.string('direction') === 'download' ? download : upload;
    for (const path of sources) await copy(path, destination, context);
  },
};

async function uploadContent(content: string, destination: string, context: ProvisionContext): Promise<void> {
  if (destination.endsWith('/')) {
    throw new Error(
      `The file provisioner has content, but its destination ${destination} names a folder. Give the name of the file to write.`,
    );
  }
  context.ui.say(`Uploading content => ${destination}`);
  await context.communicator.upload(Buffer.from(content), destination, {
    signal: context.signal,
    mode: 0o644,
  });
}

/** A destination that ends with a slash is a folder, which gets the file under its own name. */
async function upload(source: string, destination: string, context: ProvisionContext): Promise<void> {
  const { ui, signal, communicator } = context;
  const info = await stat(source).catch((cause: Error) => {
    throw new Error(`The file to upload cannot be read: ${cause.message}.`, { cause });
  });
  if (info.isDirectory()) {
    ui.say(`Uploading ${source} => ${destination}`);
    return communicator.uploadDirectory(source, destination, { signal });
  }
  const target = destination.endsWith('/') ? destination + basename(source) : destination;
  ui.say(`Uploading ${source} => ${target}`);
  await communicator.upload(createReadStream(source), target, { signal, mode: info.mode & 0o777 });
}

async function download(source: string, destination: string, context: ProvisionContext): Promise<void> {
  const { ui, signal, communicator } = context;
  if (source.endsWith('/') || /[*?[]/.test(source)) {
    throw new Error(
      `The file provisioner downloads single files, and ${source} stands for several. ` +
        'Pack them with a shell provisioner (tar) and download the archive.',
    );
  }
  const target = destination.endsWith('/') ? destination + posix.basename(source) : destination;
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  ui.say(`Downloading ${source} => ${target}`);
  await communicator.download(source, target, { signal });
}
