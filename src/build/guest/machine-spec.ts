import type { MachineSpec, ProbedMachine } from '../../hypervisor/hypervisor.ts';
import type { BuildPlan } from '../../plan/build-plan.ts';
import type { BuildPaths } from '../context.ts';
import type { BootPurpose } from '../events.ts';

/**
 * The machine of one boot: to install from the CD, the kernel or the network, as the template says, or from the installed disk.
 * @param images paths of the ISO image that was fetched, and of the CD that was made
 */
export function machineSpec(
  { source }: BuildPlan,
  paths: BuildPaths,
  purpose: BootPurpose,
  { iso, cd }: { readonly iso?: string; readonly cd?: string } = {},
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
    ...(cd === undefined ? {} : { cd }),
    ...install,
  };
}

/** What can be told about it before anything is created. */
export function probedMachine({ source: { config } }: BuildPlan): ProbedMachine {
  return {
    name: config.vm_name,
    template: config.vm_template,
    cpus: config.cpus,
    hasCdrom: config.cdrom !== undefined || config.iso !== undefined,
    hasCd: config.cd !== undefined,
  };
}
