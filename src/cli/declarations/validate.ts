import type { Command } from '../command.ts';
import {
  HYPERVISOR,
  JSON_OUTPUT,
  OUTPUT_AND_IDLE_FLAGS,
  TEMPLATE_FLAGS,
  switchFlag,
  VM_CONF,
} from './flags.ts';
import { TEMPLATE } from './operand.ts';

/** `vmm-hcl validate`. */
export const VALIDATE: Command = {
  name: 'validate',
  summary: 'Check a template without building anything',
  description: [
    'Reports every problem of the template with its place, the reason and the remedy. Creates nothing and starts nothing; data sources are not read unless -evaluate-datasources is given.',
  ],
  operand: TEMPLATE,
  flags: [
    ...TEMPLATE_FLAGS,
    switchFlag('syntax-only', 'Stops after the syntax and the declarations of variables.'),
    switchFlag(
      'evaluate-datasources',
      'Reads the data sources, so that what depends on them can be checked too.',
    ),
    switchFlag(
      'no-warn-undeclared-var',
      'Does not warn of values in variable files for variables that the template does not declare.',
    ),
    switchFlag('warnings-as-errors', 'Exits with status 1 on warnings too. Packer has no such flag.'),
    switchFlag(
      'reference',
      'Also parses each file with HashiCorp’s own parser and reports where the two disagree. Packer has no such flag.',
    ),
    switchFlag(
      'host',
      'Also checks this machine, and what the vmm sources need of it, as doctor does. Packer has no such flag.',
    ),
    HYPERVISOR,
    VM_CONF,
    { ...JSON_OUTPUT, help: 'Prints the diagnostics as JSON on standard output. Packer has no such flag.' },
    ...OUTPUT_AND_IDLE_FLAGS,
  ],
  exit: [
    { status: 0, meaning: 'The template is valid; there may be warnings.' },
    { status: 1, meaning: 'The template has errors; with -host also: a check of this machine failed.' },
  ],
  examples: [
    'vmm-hcl validate .',
    'vmm-hcl validate -syntax-only openbsd.pkr.hcl',
    'vmm-hcl validate -host .',
  ],
  load: async () => (await import('../commands/validate.ts')).run,
};
