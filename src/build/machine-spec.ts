import type { MachineSpec } from '../hypervisor/hypervisor.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { BuildPaths } from './context.ts';
import type { BootPurpose } from './events.ts';

/**
 * The machine of one boot: to install from the CD, the kernel or the network, as the template says, or from the installed disk.
 * @param iso path of the ISO image that was fetched
 */
export function machineSpec(
  { source }: BuildPlan,
  paths: BuildPaths,
  purpose: BootPurpose,
  iso?: string,
): MachineSpec {
  const { config, ssh } = source;
  const { disk_format: format } = config;
  const install =
    purpose === 'install'
      ? { bootDevice: config.boot_device, boot: config.boot, cdrom: config.cdrom ?? iso }
      : {};
  return {
    name: config.vm_name,
    template: config.vm_template,
    disk: { path: paths.partial, format },
    ...(paths.additional.length === 0
      ? {}
      : { additionalDisks: paths.additional.map(({ partial }) => ({ path: partial, format })) }),
    memory: config.memory,
    cpus: config.cpus,
    switches: config.switches,
    purpose,
    guestPort: ssh.ssh_port,
    ...install,
  };
}
