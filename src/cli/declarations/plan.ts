import type { Command } from '../command.ts';
import {
  FORCE,
  HYPERVISOR,
  JSON_OUTPUT,
  OUTPUT_AND_IDLE_FLAGS,
  TEMPLATE_FLAGS,
  switchFlag,
  VM_CONF,
} from './flags.ts';
import { TEMPLATE } from './operand.ts';

/** `vmm-hcl plan`. */
export const PLAN: Command = {
  name: 'plan',
  summary: 'Show everything that a build would do, without doing it',
  description: [
    'Prints for each build, step by step: the programs with their arguments as they will be run, the files that are generated and how they differ from their templates, the boot command key by key with an estimate of its time, what is fetched and what is checked, the steps that are left out with the reason, and the files that will appear. What is only known while a build runs stands there as a placeholder such as <http-port>. Values of sensitive variables are not shown.',
    'Creates nothing and starts nothing, and needs neither vmctl nor QEMU. A line that begins with "!!" tells why the build would fail on this machine as it is now.',
  ],
  operand: TEMPLATE,
  flags: [
    ...TEMPLATE_FLAGS,
    { ...FORCE, help: 'Plans for build -force, which replaces an existing image.' },
    HYPERVISOR,
    VM_CONF,
    switchFlag(
      'evaluate-datasources',
      'Reads the data sources, as build does; otherwise what depends on them is shown as <unknown>.',
    ),
    { ...JSON_OUTPUT, help: 'Prints the plan as JSON.' },
    ...OUTPUT_AND_IDLE_FLAGS,
  ],
  exit: [
    { status: 0, meaning: 'The plan was printed, even if the build would fail on this machine.' },
    { status: 1, meaning: 'The template has errors, or no build was selected.' },
  ],
  examples: ['vmm-hcl plan .', 'vmm-hcl plan -hypervisor=vmctl -var version=7.9 openbsd.pkr.hcl'],
  load: async () => (await import('../commands/plan.ts')).run,
};
