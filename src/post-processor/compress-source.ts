import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A file to be compressed. */
interface SourceFile {
  readonly path: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: Date;
}

export interface SourceOptions {
  /** Told about bytes that have been read. */
  readonly onRead: (bytes: number) => void;
  /** 1 to 9 for zip; less: the default. */
  readonly level: number;
}

/** @throws Error when a file cannot be read */
export async function sourceFiles(paths: readonly string[]): Promise<SourceFile[]> {
  return Promise.all(
    paths.map(async (path) => {
      const info = await stat(path).catch((cause: Error) => {
        throw new Error(`The file to compress cannot be read: ${cause.message}.`, { cause });
      });
      if (!info.isFile()) throw new Error(`${path} is to be compressed, but it is not a plain file.`);
      return { path, size: info.size, mode: info.mode & 0o777, mtime: info.mtime };
    }),
  );
}

/** The bytes of one file. */
export function plainSource(file: SourceFile, options: SourceOptions): Readable {
  return Readable.from(read(file, options), { objectMode: false });
}

/** A tar archive of the files under their own names, without directories, as in Packer. */
export async function tarSource(files: readonly SourceFile[], options: SourceOptions): Promise<Readable> {
  const names = files.map(({ path }) => basename(path));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new Error(
      `Two of the files are called ${twice}; in a tar archive one would replace the other. Use zip.`,
    );
  }
  const { pack } = await import('tar-stream');
  const archive = pack();
  const fill = async () => {
    for (const [index, file] of files.entries()) {
      const { size, mode, mtime } = file;
      await pipeline(read(file, options), archive.entry({ name: names[index] ?? '', size, mode, mtime }));
    }
    archive.finalize();
  };
  // When its reader has gone, nobody else needs to hear of it.
  archive.on('error', () => undefined);
  fill().catch((error: Error) => archive.destroy(error));
  return archive;
}

/** A zip archive of the files under their paths: relative ones below the current directory, else without the first slash. */
export async function zipSource(files: readonly SourceFile[], options: SourceOptions): Promise<Readable> {
  const { ZipFile } = await import('yazl');
  const archive = new ZipFile();
  const output = archive.outputStream as Readable;
  archive.on('error', (error: Error) => output.destroy(error));
  let entry: Readable | undefined;
  output.once('close', () => entry?.destroy());
  const compressionLevel = options.level > 0 ? options.level : undefined;
  for (const file of files) {
    const { size, mode, mtime } = file;
    const about = { size, mode: mode | 0o100000, mtime, compress: true, compressionLevel };
    archive.addReadStreamLazy(zipName(file.path), about, (give) => {
      entry = plainSource(file, options);
      give(null, entry);
    });
  }
  archive.end();
  return output;
}

function zipName(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? path.replace(/^\/+/, '') : below;
}

/** Exactly as many bytes as the file had when it was looked at: archives say so in front of them. */
async function* read({ path, size }: SourceFile, { onRead }: SourceOptions): AsyncGenerator<Buffer> {
  if (size === 0) return;
  let left = size;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024, end: size - 1 })) {
    left -= (chunk as Buffer).length;
    onRead((chunk as Buffer).length);
    yield chunk as Buffer;
  }
  if (left > 0) throw new Error(`${path} became shorter while it was being compressed.`);
}
