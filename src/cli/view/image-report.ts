import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { pathsOf } from '../../build/output/paths.ts';
import type { BuildResult, StepTiming } from '../../build/result.ts';
import type { BuildPlan } from '../../plan/build-plan.ts';
import { shellCommand } from '../../lib/process/shell-words.ts';
import { binaryUnits } from '../../lib/size.ts';
import { shortDuration } from './duration.ts';

/** Memory for QEMU where the template leaves it to vm.conf(5): vmd's own default. */
const DEFAULT_MEMORY = '512M';

/**
 * What a successful build has made: each file with its size and SHA-256, how long the phases took, and how to boot the image.
 * Reads every file once, so it can take a while for large images; `signal` ends that.
 */
export async function imageReport(build: BuildResult, plan: BuildPlan, signal: AbortSignal): Promise<string> {
  const files = await Promise.all(
    build.artifacts
      .flatMap((artifact) => artifact.files)
      .filter((file, index, all) => all.indexOf(file) === index)
      .map((file) => describe(file, signal)),
  );
  const { image, additional } = pathsOf(plan, '');
  const present = files.filter((file) => file !== undefined);
  const lines = [`==> ${build.name}: what was built`];
  for (const file of present) {
    lines.push(
      `    ${file.path}`,
      `      size     ${spokenSize(file.size, file.allocated)}`,
      `      SHA-256  ${file.sha256}`,
    );
  }
  lines.push(...phaseTable(build.steps, build.duration));
  // A post-processor may have used it up.
  if (present.some((file) => file.path === image)) {
    const disks = [image, ...additional.map((disk) => disk.image)];
    lines.push('    boot it with', ...bootCommands(disks, plan).map((command) => `      ${command}`));
  }
  return lines.join('\n');
}

interface FileFacts {
  readonly path: string;
  readonly size: number;
  /** Bytes on the disk: less than `size` for a sparse file. */
  readonly allocated: number;
  readonly sha256: string;
}

/** Undefined for a file that is gone: a post-processor may have replaced it. */
async function describe(path: string, signal: AbortSignal): Promise<FileFacts | undefined> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts?.isFile()) return undefined;
  return { path, size: facts.size, allocated: facts.blocks * 512, sha256: await sha256(path, signal) };
}

/** The digest in hexadecimal, or in words why there is none: the image is there in any case. */
async function sha256(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
    return hash.digest('hex');
  } catch (error) {
    return signal.aborted ? 'not computed (interrupted)' : `not computed (${(error as Error).message})`;
  }
}

/** "1.2 GiB (1288490188 bytes)", and how much of it is really stored when that is less. */
function spokenSize(bytes: number, allocated: number): string {
  const sparse = allocated < bytes * 0.95 ? `, ${binaryUnits(allocated)} on the disk` : '';
  return bytes < 1024 ? `${bytes} bytes` : `${binaryUnits(bytes)} (${bytes} bytes${sparse})`;
}

/** One line per step that took a tenth of a second or more, and the sum of the others. */
function phaseTable(steps: readonly StepTiming[], total: number): string[] {
  const shown = steps.filter(({ duration }) => duration >= 100);
  const rest = total - shown.reduce((sum, { duration }) => sum + duration, 0);
  const rows: [string, number][] = shown.map(({ step, duration }) => [step, duration]);
  if (rest >= 100) rows.push(['everything else', rest]);
  rows.push(['total', total]);
  const width = Math.max(...rows.map(([name]) => name.length));
  const times = rows.map(([, duration]) => shortDuration(duration));
  const timeWidth = Math.max(...times.map((text) => text.length));
  return [
    '    how long it took',
    ...rows.map(([name], index) => `      ${name.padEnd(width)}  ${times[index]!.padStart(timeWidth)}`),
  ];
}

/** Commands that boot a machine of these disks with vmctl(8) and with QEMU. */
function bootCommands(disks: readonly string[], plan: BuildPlan): readonly string[] {
  const { disk_format: format, memory, vm_name: name, vm_template: template } = plan.source.config;
  const vmctlMemory = memory === undefined ? [] : ['-m', memory];
  return [
    shellCommand([
      'vmctl',
      'start',
      '-c',
      '-L',
      '-t',
      template,
      ...vmctlMemory,
      ...disks.flatMap((path) => ['-d', `${format}:${path}`]),
      name,
    ]),
    shellCommand([
      ...['qemu-system-x86_64', '-m', memory ?? DEFAULT_MEMORY, '-nographic'],
      ...disks.flatMap((path) => ['-drive', `file=${path.replaceAll(',', ',,')},format=${format},if=virtio`]),
      ...['-nic', 'user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:2222-:22'],
    ]),
  ];
}
