import { basename } from 'node:path';
import { findProgram } from '../lib/process/find-program.ts';

/** What a compressed file is. Neither of the two: a plain copy is not possible, so at least one is set. */
export interface CompressFormat {
  readonly archive?: 'tar' | 'zip';
  readonly compression?: Compression;
}

type Compression = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'lz4';

/** Extensions, as Packer knows them, and bz2, zst and zstd. */
const COMPRESSIONS: Readonly<Record<string, Compression>> = {
  gz: 'gzip',
  xz: 'xz',
  zst: 'zstd',
  zstd: 'zstd',
  bz2: 'bzip2',
  bzip2: 'bzip2',
  lz4: 'lz4',
};

/** Arguments that make the programs read standard input and write standard output, without questions and figures. */
const ARGUMENTS: Readonly<Record<Exclude<Compression, 'gzip'>, readonly string[]>> = {
  xz: ['-z', '-c', '-q'],
  zstd: ['-c', '-q', '-T0'],
  bzip2: ['-z', '-c', '-q'],
  lz4: ['-z', '-c', '-q'],
};

/**
 * The format that `format`, or else the last extensions of `output` name. Names that tell nothing mean tar.gz, as in Packer.
 * @throws Error when it is a format that is not written here
 */
export function formatOf(output: string, format: string): CompressFormat {
  const words = format === '' ? basename(output).split('.').slice(1) : format.replace(/^\./, '').split('.');
  const [before, last = ''] = [words.at(-2), words.at(-1)];
  if (last === 'tar' || last === 'zip') return { archive: last };
  if (last === 'bgzf') {
    throw new Error('The post-processor compress does not write bgzf. Use gz, or compress with shell-local.');
  }
  if (!Object.hasOwn(COMPRESSIONS, last)) return { archive: 'tar', compression: 'gzip' };
  return { archive: before === 'tar' ? 'tar' : undefined, compression: COMPRESSIONS[last] };
}

/** As it is called in messages, such as "tar.xz". */
export function formatName({ archive, compression }: CompressFormat): string {
  return [archive, compression].filter((part) => part !== undefined).join(' and ');
}

/** The program that a format needs; undefined when Node writes it itself. */
export function compressorOf({ compression }: CompressFormat): string | undefined {
  return compression === 'gzip' ? undefined : compression;
}

/**
 * The program that compresses standard input, with its arguments; undefined when Node does it itself.
 * @param level 1 to 9; less: the program's own default
 * @throws Error when it is not installed
 */
export function compressCommand(
  { compression }: CompressFormat,
  level: number,
): readonly [program: string, ...args: string[]] | undefined {
  if (compression === undefined || compression === 'gzip') return undefined;
  const program = findProgram(compression);
  if (program === undefined) {
    throw new Error(
      `The post-processor compress needs the program ${compression}, which is not on the PATH. ` +
        `Install it, or choose gz, tar.gz or zip, which need no program.`,
    );
  }
  return [program, ...ARGUMENTS[compression], ...(level > 0 ? [`-${level}`] : [])];
}
