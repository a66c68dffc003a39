import { open, rm } from 'node:fs/promises';
import { CommandError } from '../../lib/process/command-error.ts';
import { run } from '../../lib/process/run.ts';
import { parseSize } from '../../lib/size.ts';
import { type Action, hostCommand } from '../../plan/action.ts';
import { describeFile, requireFile, requireNoFile } from '../files.ts';
import { type DiskSpec, HypervisorError } from '../hypervisor.ts';

interface Tools {
  /** Path of qemu-img. */
  readonly program: string;
  readonly signal: AbortSignal;
}

/** Creates an image with qemu-img(1), which by itself would overwrite what is there and accept a base that is too large. */
export async function createDisk(disk: DiskSpec, tools: Tools): Promise<void> {
  const bytes = sizeInBytes(disk);
  await checkBase(disk, bytes, tools);
  await requireNoFile(disk.path);
  await reserve(disk.path);
  try {
    await run(tools.program, createArguments(disk, bytes), {
      signal: tools.signal,
      env: { LC_ALL: 'C' },
    });
  } catch (error) {
    await rm(disk.path, { force: true });
    if (!(error instanceof CommandError)) throw error;
    throw new HypervisorError(
      `The disk image ${disk.path} could not be created. ${error.message}`,
      undefined,
      {
        cause: error,
      },
    );
  }
}

/** What `createDisk` would do. @param program path or name of qemu-img */
export async function describeDisk(disk: DiskSpec, program: string): Promise<Action[]> {
  const bytes = sizeInBytes(disk);
  checkBaseFormat(disk);
  const create = hostCommand([program, ...createArguments(disk, bytes)]);
  if (disk.base === undefined) return [create];
  return [
    await describeFile(disk.base, 'base image'),
    hostCommand(
      [program, ...infoArguments(disk.base)],
      'once',
      'first: the base must be qcow2, and not too large',
    ),
    create,
  ];
}

/** Creates the file itself, so that nobody else's can be overwritten between the check and qemu-img. */
async function reserve(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') await requireNoFile(path);
    const reason = { ENOENT: 'its directory does not exist', EACCES: 'you may not write to its directory' };
    throw new HypervisorError(
      `The disk image ${path} cannot be created: ${reason[code as keyof typeof reason] ?? String(error)}.`,
      undefined,
      { cause: error },
    );
  }
}

function sizeInBytes({ size, base }: DiskSpec): bigint | undefined {
  if (size === undefined) {
    if (base !== undefined) return undefined;
    throw new HypervisorError('A disk image without a base needs a size.', 'Set disk_size, such as "20G".');
  }
  const bytes = parseSize(size);
  if (bytes !== undefined && bytes > 0n) return bytes;
  throw new HypervisorError(`The disk size "${size}" is no size.`, 'Write digits and a unit, such as "20G".');
}

/** `qemu-img create -q -f FORMAT [-b BASE -F qcow2] PATH [BYTES]`. */
function createArguments(disk: DiskSpec, bytes: bigint | undefined): string[] {
  const base = disk.base === undefined ? [] : ['-b', disk.base, '-F', 'qcow2'];
  const size = bytes === undefined ? [] : [bytes.toString()];
  return ['create', '-q', '-f', disk.format, ...base, disk.path, ...size];
}

function infoArguments(base: string): string[] {
  return ['info', '--output=json', '-U', base];
}

function checkBaseFormat({ base, format }: DiskSpec): void {
  if (base === undefined || format === 'qcow2') return;
  throw new HypervisorError('Base images require the disk format qcow2.', 'Set disk_format = "qcow2".');
}

async function checkBase(disk: DiskSpec, bytes: bigint | undefined, tools: Tools): Promise<void> {
  const { base } = disk;
  checkBaseFormat(disk);
  if (base === undefined) return;
  await requireFile(base, 'base image');
  const { stdout } = await run(tools.program, infoArguments(base), { ...tools });
  const info = JSON.parse(stdout) as { readonly format: string; readonly 'virtual-size': number };
  if (info.format !== 'qcow2') {
    throw new HypervisorError(
      `The base image ${base} has the format ${info.format}, but must be qcow2.`,
      'Convert it: qemu-img convert -O qcow2 OLD NEW.',
    );
  }
  if (bytes !== undefined && bytes < BigInt(info['virtual-size'])) {
    throw new HypervisorError(
      `The disk size ${disk.size} is smaller than the base image ${base} (${info['virtual-size']} bytes).`,
      'Leave disk_size out to get the size of the base, or make it larger.',
    );
  }
}
