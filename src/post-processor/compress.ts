import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { intend } from '../lib/belongings.ts';
import { CommandError } from '../lib/process/command-error.ts';
import { describeEnd, startProcess } from '../lib/process/run.ts';
import { binaryUnits } from '../lib/size.ts';
import { hostCommand } from '../plan/action.ts';
import type { Artifact } from '../plan/artifact.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Ui } from '../plan/ui.ts';
import { buildFunctions, renderTemplate } from '../template/index.ts';
import { compressCommand, compressorOf, formatName, formatOf } from './compress-format.ts';
import type { CompressFormat } from './compress-format.ts';
import { plainSource, sourceFiles, tarSource, zipSource } from './compress-source.ts';
import type { PostProcessContext, PostProcessor, ShownContext } from './post-processor.ts';

const DEFAULT_OUTPUT = 'packer_{{.BuildName}}_{{.BuilderType}}';
/** Bytes of input from which on progress is worth a line. */
const LARGE = 100 * 1024 * 1024;

/** Packs the files of the artifact into one compressed file. It has its name only when it is complete. */
export const compress: PostProcessor = {
  type: 'compress',
  keepInput: 'discard',
  async run(input, config, context) {
    const work = workOf(config, context);
    const { output, format } = work;
    checkInput(input, work);
    await mkdir(dirname(output), { recursive: true });
    context.ui.say(`Compressing ${input.files.join(', ')} to ${output} (${formatName(format)})`);
    const draft = join(dirname(output), `.${basename(output)}.partial-${randomBytes(3).toString('hex')}`);
    const entry = await intend({ kind: 'file', path: draft, what: 'the unfinished archive' });
    try {
      const target = await open(draft, 'wx', 0o644);
      try {
        await write(input.files, target, work, context);
        // The input may go afterwards: first its successor has to be safe on the disk.
        await target.sync();
      } finally {
        await target.close();
      }
      await rename(draft, output);
    } catch (error) {
      await rm(draft, { force: true });
      context.signal.throwIfAborted();
      throw error;
    } finally {
      await entry.gone();
    }
    context.ui.say(`Wrote ${output} (${binaryUnits((await stat(output)).size)})`);
    return {
      builderId: 'packer.post-processor.compress',
      id: '',
      files: [output],
      description: `Compressed artifact: ${output}`,
      destroy: () => rm(output, { force: true }),
    };
  },
  check: (config, context) => void workOf(config, context),
  describe(config, context) {
    const { output, format, command } = workOf(config, context);
    return [
      ...(command === undefined ? [] : [hostCommand(command)]),
      { type: 'path', path: output, what: `its input, as ${formatName(format)}`, stays: true },
    ];
  },
};

interface Work {
  /** Absolute. */
  readonly output: string;
  readonly format: CompressFormat;
  readonly level: number;
  readonly command: ReturnType<typeof compressCommand>;
}

function workOf(config: JsonObject, context: ShownContext): Work {
  const { output, format } = targetOf(config, context);
  const level = typeof config['compression_level'] === 'number' ? config['compression_level'] : -1;
  return { output, format, level, command: compressCommand(format, level) };
}

/**
 * The program that a block of compress needs, whether it is there or not; undefined when it needs none.
 * @throws Error when the block cannot be understood
 */
export function neededCompressor(config: JsonObject, context: ShownContext): string | undefined {
  return compressorOf(targetOf(config, context).format);
}

function targetOf(config: JsonObject, context: ShownContext): Pick<Work, 'output' | 'format'> {
  const template =
    typeof config['output'] === 'string' && config['output'] !== '' ? config['output'] : DEFAULT_OUTPUT;
  const data = { BuildName: context.sourceName, BuilderType: context.sourceType };
  const functions = buildFunctions({ type: context.sourceType, name: context.sourceName });
  const output = resolve(renderTemplate(template, data, { functions }));
  return { output, format: formatOf(output, typeof config['format'] === 'string' ? config['format'] : '') };
}

function checkInput({ files }: Artifact, { output, format }: Work): void {
  if (files.includes(output)) {
    throw new Error(`compress would write ${output} over the file that it reads. Set another output.`);
  }
  if (format.archive !== undefined || files.length === 1) return;
  throw new Error(
    `${formatName(format)} holds one file, and there are ${files.length} (${files.join(', ')}). ` +
      'Choose an archive, such as tar.gz or zip.',
  );
}

async function write(
  paths: readonly string[],
  target: FileHandle,
  { format, level, command }: Work,
  { signal, ui }: PostProcessContext,
): Promise<void> {
  const files = await sourceFiles(paths);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const options = { level, onRead: progress(total, ui) };
  const [first] = files;
  const source =
    format.archive === 'zip'
      ? await zipSource(files, options)
      : format.archive === 'tar' || first === undefined
        ? await tarSource(files, options)
        : plainSource(first, options);
  if (command !== undefined) return compressBy(command, source, target, signal);
  const save = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) await target.writeFile(chunk);
  };
  if (format.compression === undefined) return pipeline(source, save, { signal });
  const gzip = createGzip({ level: level > 0 ? level : -1, chunkSize: 64 * 1024 });
  await pipeline(source, gzip, save, { signal });
}

/** The program writes the file itself, so that what it makes need not pass through here. */
async function compressBy(
  [program, ...args]: readonly [string, ...string[]],
  source: Readable,
  target: FileHandle,
  signal: AbortSignal,
): Promise<void> {
  const child = await startProcess(program, args, {
    signal,
    ownGroup: true,
    stdin: 'pipe',
    stdoutTo: target.fd,
  });
  if (child.stdin === undefined) throw new TypeError('no pipe');
  const fed = pipeline(source, child.stdin, { signal }).then(
    () => undefined,
    (error: Error) => error,
  );
  const end = await child.ended;
  const failure = await fed;
  signal.throwIfAborted();
  // A program that gives up breaks the pipe as well, and knows why.
  if (end.exitCode !== 0) {
    throw new CommandError(child.argv, describeEnd(end), { ...end, stderr: child.stderrTail() });
  }
  if (failure !== undefined) throw failure;
}

/** Says at each quarter how far a large input is. */
function progress(total: number, ui: Ui): (bytes: number) => void {
  let read = 0;
  let quarter = 0;
  return (bytes) => {
    read += bytes;
    const now = Math.floor((read / total) * 4);
    if (now === quarter || now >= 4 || total < LARGE) return;
    quarter = now;
    ui.say(`${now * 25} % of ${binaryUnits(total)} compressed`);
  };
}
