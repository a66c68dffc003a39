import { findProgram } from '../lib/process/find-program.ts';
import { type Hypervisor, HypervisorError } from './hypervisor.ts';
import type { HypervisorOptions } from './options.ts';
import { QemuHypervisor } from './qemu/qemu.ts';
import { VmctlHypervisor } from './vmctl/vmctl.ts';

/**
 * The driver to use: `hypervisor` (the command line's -hypervisor), else `VMM_HCL_HYPERVISOR`, else vmctl where there is
 * one (`VMM_HCL_VMCTL`, or `vmctl` on the PATH), else qemu. Whether it can work is told by its `probe`.
 * @throws HypervisorError for a name that is no driver's.
 */
export function selectHypervisor(
  options: HypervisorOptions & { readonly hypervisor?: string } = {},
): Hypervisor {
  const { hypervisor, ...driverOptions } = options;
  const env = options.env ?? process.env;
  const asked = hypervisor || env['VMM_HCL_HYPERVISOR'] || undefined;
  const haveVmctl = Boolean(env['VMM_HCL_VMCTL']) || findProgram('vmctl', env) !== undefined;
  const name = asked ?? (haveVmctl ? 'vmctl' : 'qemu');
  switch (name) {
    case 'vmctl':
      return new VmctlHypervisor(driverOptions);
    case 'qemu':
      return new QemuHypervisor(driverOptions);
    default:
      throw new HypervisorError(
        `There is no hypervisor "${name}".`,
        `Set -hypervisor or VMM_HCL_HYPERVISOR to vmctl or qemu.`,
      );
  }
}
