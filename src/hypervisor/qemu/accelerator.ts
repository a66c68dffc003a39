import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { startProcess } from '../../lib/run.ts';

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
export async function chooseAccelerator(
  program: string,
  signal: AbortSignal,
  onCommand?: (argv: readonly string[]) => void,
): Promise<Accelerator> {
  const obstacle = await kvmObstacle();
  if (obstacle !== undefined) return emulation(obstacle);
  const works = await probe(program, signal, onCommand);
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

/** Starts a machine without a disk and waits for its firmware to speak. */
async function probe(
  program: string,
  signal: AbortSignal,
  onCommand?: (argv: readonly string[]) => void,
): Promise<boolean> {
  const spoken = new AbortController();
  let output = '';
  const child = await startProcess(program, PROBE_ARGUMENTS, {
    signal,
    onCommand,
    ownGroup: true,
    killAfter: 500,
    onStdout: (chunk) => {
      output += chunk.toString('latin1');
      if (/BIOS/.test(output)) spoken.abort();
    },
  });
  const deadline = setTimeout(() => void child.kill(), PROBE_TIME);
  spoken.signal.addEventListener('abort', () => void child.kill(), { once: true });
  await child.ended;
  clearTimeout(deadline);
  return spoken.signal.aborted;
}
