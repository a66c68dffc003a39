import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { within } from '../../lib/abort.ts';
import { startProcess } from '../../lib/process/run.ts';

export interface Accelerator {
  readonly name: 'kvm' | 'tcg';
  /** Why it is this one: a full sentence for the log. */
  readonly reason: string;
}

/** Firmware greets within a fraction of a second under a KVM that works. */
const PROBE_TIME = 5000;
/** A machine without a disk, whose firmware speaks on standard output. */
const PROBE_ARGUMENTS = [
  ...['-accel', 'kvm', '-nodefaults', '-no-user-config', '-m', '32'],
  ...['-machine', 'pc,graphics=off', '-display', 'none', '-serial', 'stdio'],
];

/**
 * KVM when it really works: /dev/kvm also exists where the processor cannot virtualise, and QEMU then hangs instead of
 * failing. So the processor must say that it can, and a machine must get as far as printing its firmware's name.
 */
export async function chooseAccelerator(program: string, signal: AbortSignal): Promise<Accelerator> {
  const obstacle = await kvmObstacle();
  if (obstacle !== undefined) return emulation(obstacle);
  const works = await startsWithKvm(program, signal);
  signal.throwIfAborted();
  if (!works) return emulation('/dev/kvm is there, but a machine did not start with it');
  return { name: 'kvm', reason: 'QEMU uses KVM.' };
}

/** What `chooseAccelerator` would choose, as far as that can be told without starting a machine, and the command that decides. */
export async function expectAccelerator(
  program: string,
): Promise<Accelerator & { readonly probe?: readonly string[] }> {
  const obstacle = await kvmObstacle();
  if (obstacle !== undefined) return emulation(obstacle);
  const reason =
    'QEMU uses KVM, if a machine starts with it; otherwise it emulates the processor (-accel tcg).';
  return { name: 'kvm', reason, probe: [program, ...PROBE_ARGUMENTS] };
}

function emulation(why: string): Accelerator {
  return { name: 'tcg', reason: `QEMU emulates the processor in software, which is slow: ${why}.` };
}

async function kvmObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'there is no KVM on this system';
  if (process.arch !== 'x64') return `the guests are amd64 and this machine is ${process.arch}`;
  try {
    const flags = /^flags\s*:(.*)$/m.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    if (!/\b(vmx|svm)\b/.test(flags)) return 'the processor offers no virtualisation (no vmx or svm flag)';
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES'
      ? 'you may not use /dev/kvm (add yourself to the group kvm)'
      : 'there is no /dev/kvm (is the module kvm loaded?)';
  }
}

/** Starts a machine without a disk and tells whether its firmware speaks within `time` milliseconds. */
export async function startsWithKvm(
  program: string,
  signal: AbortSignal,
  time = PROBE_TIME,
): Promise<boolean> {
  let output = '';
  let wake: () => void = () => undefined;
  const spoken = new Promise<void>((resolve) => (wake = resolve));
  const child = await startProcess(program, PROBE_ARGUMENTS, {
    signal,
    ownGroup: true,
    killAfter: 500,
    onStdout: (chunk) => {
      output += chunk.toString('latin1');
      if (output.includes('BIOS')) wake();
    },
  });
  await within(Promise.race([spoken, child.ended]), time);
  await child.kill();
  return output.includes('BIOS');
}
