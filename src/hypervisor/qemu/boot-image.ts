import { open } from 'node:fs/promises';
import { HypervisorError, type MachineSpec } from '../hypervisor.ts';

/**
 * How QEMU starts the file that `vmctl start -b` takes. vmd knows OpenBSD kernels and BIOS images; QEMU knows Linux
 * kernels and BIOS images.
 * @throws HypervisorError for what QEMU cannot start.
 */
export async function bootImageArguments(path: string): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(0x206);
    await file.read(head, 0, head.length, 0);
    // Documentation/arch/x86/boot.rst: the magic number of the Linux boot protocol.
    if (head.toString('latin1', 0x202, 0x206) === 'HdrS') {
      return ['-kernel', path, '-append', 'console=ttyS0,115200'];
    }
    if (head.toString('latin1', 1, 4) === 'ELF' || head.readUInt16BE(0) === 0x1f8b) {
      throw new HypervisorError(
        `QEMU cannot start ${path}: it is a kernel that only vmd(8) can load directly (boot).`,
        'Build on OpenBSD, or boot from an installation CD (cdrom) instead of a kernel, which works on both.',
      );
    }
    if (size > 0 && size % 0x10000 === 0 && size <= 0x1000000) return ['-bios', path];
  } finally {
    await file.close();
  }
  throw new HypervisorError(
    `QEMU cannot start ${path}: it is neither a Linux kernel nor a BIOS image (boot).`,
    'Give boot the path of a kernel, or leave it out and set cdrom.',
  );
}

/** @throws HypervisorError when the machine is to boot from the network */
export function refuseNetworkBoot({ bootDevice }: Pick<MachineSpec, 'bootDevice'>): void {
  if (bootDevice !== 'net') return;
  throw new HypervisorError(
    'QEMU cannot boot from the network as vmd(8) does (boot_device = "net").',
    'Build on OpenBSD, or boot from an installation CD (cdrom), which works on both.',
  );
}
