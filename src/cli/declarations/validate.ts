import type { Command } from '../command.ts';
import {
  COLOR,
  HYPERVISOR,
  JSON_OUTPUT,
  MACHINE_READABLE,
  PRERELEASE,
  SEQUENTIAL,
  TEMPLATE_FLAGS,
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
    {
      name: 'syntax-only',
      kind: 'switch',
      default: 'false',
      help: 'Stops after the syntax and the declarations of variables.',
    },
    {
      name: 'evaluate-datasources',
      kind: 'switch',
      default: 'false',
      help: 'Reads the data sources, so that what depends on them can be checked too.',
    },
    {
      name: 'no-warn-undeclared-var',
      kind: 'switch',
      default: 'false',
      help: 'Does not warn of values in variable files for variables that the template does not declare.',
    },
    {
      name: 'warnings-as-errors',
      kind: 'switch',
      default: 'false',
      help: 'Exits with status 1 on warnings too. Packer has no such flag.',
    },
    {
      name: 'reference',
      kind: 'switch',
      default: 'false',
      help: 'Also parses each file with HashiCorp’s own parser and reports where the two disagree. Packer has no such flag.',
    },
    {
      name: 'host',
      kind: 'switch',
      default: 'false',
      help: 'Also checks this machine, and what the vmm sources need of it, as doctor does. Packer has no such flag.',
    },
    HYPERVISOR,
    VM_CONF,
    { ...JSON_OUTPUT, help: 'Prints the diagnostics as JSON on standard output. Packer has no such flag.' },
    COLOR,
    MACHINE_READABLE,
    PRERELEASE,
    SEQUENTIAL,
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
