import { findProgram } from './process/find-program.ts';

/** A program that makes an ISO 9660 image of a folder. */
export interface CdWriter {
  /** Absolute path. */
  readonly program: string;
  /** @param label name of the volume @param image path of the image, which is not there yet @param folder what it holds */
  arguments(label: string, image: string, folder: string): string[];
}

/**
 * With Joliet and Rock Ridge, and in the latter everything as root's and for everybody to read (-r): whose the files are on this
 * machine, and who may read them here, is no business of the guest's.
 */
const mkisofs = (label: string, image: string, folder: string) => [
  ...['-quiet', '-J', '-r', '-V', label, '-o', image],
  folder,
];

/** hdiutil(1) makes Rock Ridge with every ISO 9660. */
const hdiutil = (label: string, image: string, folder: string) => [
  ...['makehybrid', '-quiet', '-iso', '-joliet', '-default-volume-name', label, '-o', image],
  folder,
];

/** In the order in which they are looked for; mkhybrid(8) is OpenBSD's own, hdiutil(1) that of macOS. */
const WRITERS: readonly { readonly name: string; readonly arguments: CdWriter['arguments'] }[] = [
  { name: 'xorriso', arguments: (...args) => ['-as', 'mkisofs', ...mkisofs(...args)] },
  { name: 'mkisofs', arguments: mkisofs },
  { name: 'genisoimage', arguments: mkisofs },
  { name: 'mkhybrid', arguments: mkisofs },
  { name: 'hdiutil', arguments: hdiutil },
];

/** Where mkhybrid(8) is, which is not on every PATH. */
const FOLDERS = ['/usr/sbin'];

/**
 * The program that makes CDs on this machine, if there is one.
 * @param find as `findProgram`, which is the default
 */
export function findCdWriter(
  find: (name: string, folders: readonly string[]) => string | undefined = (name, folders) =>
    findProgram(name, process.env, folders),
): CdWriter | undefined {
  for (const writer of WRITERS) {
    const program = find(writer.name, FOLDERS);
    if (program !== undefined) return { program, arguments: writer.arguments };
  }
  return undefined;
}

/** Why there is no CD without such a program, and what to do: full sentences. */
export const NO_CD_WRITER = {
  message: `There is no program that makes a CD for cd_files and cd_content: none of ${WRITERS.map(({ name }) => name).join(', ')} was found.`,
  hint: 'Install xorriso (Debian, Ubuntu, Alpine: package xorriso; OpenBSD has mkhybrid(8) in /usr/sbin), or serve the files over HTTP: http_content or http_directory.',
} as const;
