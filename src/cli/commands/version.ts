import type { Run } from '../command.ts';
import { PACKER_VERSION, VERSION } from '../version.ts';

/** `vmm-hcl version`. */
export const run: Run = async (args, io) => {
  if (args.machineReadable) {
    const { machineLine } = await import('../view/machine.ts');
    const now = Date.now();
    io.stdout.write(machineLine(now, '', 'version', VERSION));
    io.stdout.write(machineLine(now, '', 'version-prelease', ''));
    io.stdout.write(machineLine(now, '', 'version-commit', ''));
    return 0;
  }
  io.stdout.write(`vmm-hcl v${VERSION} (the template language of Packer ${PACKER_VERSION})\n`);
  return 0;
};
