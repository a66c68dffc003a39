import type { Command } from '../command.ts';
import { HYPERVISOR, JSON_OUTPUT, OUTPUT_AND_IDLE_FLAGS, TEMPLATE_FLAGS, VM_CONF } from './flags.ts';
import { TEMPLATE } from './operand.ts';

/** `vmm-hcl doctor`. */
export const DOCTOR: Command = {
  name: 'doctor',
  summary: 'Check whether this machine can build, and tell what to set up',
  description: [
    'On OpenBSD it looks whether vmd answers this user, at the firmware, vm.conf(5), tap devices, forwarding and address translation, memory limits and free space; for QEMU at the programs, and whether hardware acceleration really works. With a template also what its vmm sources need: vm_template and what its "allow instance" permits, the name, the CD, memory, the output directory. What is wrong is told with the reason and with the lines to add.',
    'Creates nothing and changes nothing. QEMU may start a machine without a disk for a moment, to see whether KVM works. validate -host reports the same as diagnostics of the template.',
  ],
  operand: {
    ...TEMPLATE,
    min: 0,
    help: 'Name one template at most; without one, this machine alone is checked.',
  },
  flags: [
    ...TEMPLATE_FLAGS,
    HYPERVISOR,
    {
      ...VM_CONF,
      help: 'The vm.conf(5) to look at. Default: VMM_HCL_VM_CONF; for vmctl /etc/vm.conf; for qemu ./vm.conf, the vm.conf beside the template, /etc/vm.conf.',
    },
    { ...JSON_OUTPUT, help: 'Prints the checks as JSON.' },
    ...OUTPUT_AND_IDLE_FLAGS,
  ],
  exit: [
    { status: 0, meaning: 'No check failed; there may be warnings.' },
    { status: 1, meaning: 'A check failed, or the template has errors.' },
  ],
  examples: ['vmm-hcl doctor', 'vmm-hcl doctor openbsd.pkr.hcl', 'vmm-hcl doctor -hypervisor=qemu .'],
  load: async () => (await import('../commands/doctor.ts')).run,
};
