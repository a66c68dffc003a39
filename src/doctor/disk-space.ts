import { dirname } from 'node:path';
import { shellQuote } from '../lib/process/shell-words.ts';
import { binaryUnits, parseSize } from '../lib/size.ts';
import { at, type Check, failed, ok, unknown, warning } from './check.ts';
import type { Probe } from './probe.ts';
import type { Subject } from './subject.ts';

/** Less than this holds no installed system. */
const LEAST = 512n * 1024n * 1024n;

/** Whether a folder, or the place where it would be created, can be written and has room for an image. */
export async function checkOutput(probe: Probe, { config }: Subject): Promise<Check[]> {
  const folder = existing(probe, config.output_directory);
  const facts = probe.stat(folder);
  if (facts?.kind !== 'directory' || !facts.writable) {
    const why =
      folder === config.output_directory
        ? `${folder} is ${facts?.kind === 'directory' ? 'not yours to write' : 'no directory'}.`
        : `It does not exist yet, and ${folder} is ${facts?.kind === 'directory' ? 'not yours to write' : 'no directory'}.`;
    const check = failed('output-directory', `No image can be put into ${config.output_directory}.`, why, {
      text: 'Set output_directory to a folder that you may write, or let root make it yours:',
      lines: [`doas install -d -o "$(id -un)" ${shellQuote(config.output_directory)}`],
    });
    return [at(check, 'output_directory')];
  }
  return [at(await spaceIn(probe, folder, sizesOf(config)), 'output_directory')];
}

/** Whether images can be made in the current directory, when no template says where. */
export async function checkCurrentDirectory(probe: Probe): Promise<Check> {
  return spaceIn(probe, probe.cwd, []);
}

/** The disks that can grow to a size that is known; what a disk on a base image may take is not. */
function sizesOf({ disk_size: size, disk_additional_size: further = [] }: Subject['config']): string[] {
  return [...(size === undefined ? [] : [size]), ...further];
}

async function spaceIn(probe: Probe, folder: string, sizes: readonly string[]): Promise<Check> {
  const free = await freeSpace(probe, folder);
  if (free === undefined)
    return unknown('disk-space', `How much room there is in ${folder} is unknown: df(1) does not tell.`);
  const wanted = sizes.reduce((sum, size) => sum + (parseSize(size) ?? 0n), 0n);
  const least = wanted > 0n && wanted < LEAST ? wanted : LEAST;
  const named =
    sizes.length > 1 ? `all disks together (${sizes.join(' + ')})` : `disk_size (${sizes.join('')})`;
  const there = `The file system of ${folder} has ${binaryUnits(free)} left`;
  const remedy = { text: 'Remove what is not needed there, or set output_directory to another file system.' };
  if (free < least) {
    return failed('disk-space', `${there}.`, 'No installed system fits into that.', remedy);
  }
  if (free < wanted) {
    const why = `Images are sparse: the build works as long as the guest writes less than that. It cannot fill its ${sizes.length > 1 ? 'disks' : 'disk'}.`;
    return warning('disk-space', `${there}, less than ${named}.`, why, remedy);
  }
  const plan = sizes.length > 1 ? `; the disks have ${sizes.join(' + ')}` : `; disk_size is ${sizes[0]}`;
  return ok('disk-space', `${there}${sizes.length === 0 ? '' : plan}.`);
}

/** The folder itself, or the nearest one above it that exists. */
function existing(probe: Probe, folder: string): string {
  return probe.stat(folder) !== undefined || dirname(folder) === folder
    ? folder
    : existing(probe, dirname(folder));
}

/** Bytes that df(1) calls available, in the form that POSIX prescribes. */
async function freeSpace(probe: Probe, folder: string): Promise<bigint | undefined> {
  const { stdout } = await probe.run(['df', '-k', '-P', folder]);
  const kilobytes = /\s\d+\s+\d+\s+(-?\d+)\s+\d+%\s/.exec(stdout)?.[1];
  return kilobytes === undefined ? undefined : BigInt(kilobytes) * 1024n;
}
