import type { Command } from '../command.ts';
import {
  COLOR,
  DEBUG,
  FORCE,
  HYPERVISOR,
  MACHINE_READABLE,
  PRERELEASE,
  SEQUENTIAL,
  TEMPLATE_FLAGS,
  VM_CONF,
} from './flags.ts';
import { TEMPLATE } from './operand.ts';

/** `vmm-hcl build`. */
export const BUILD: Command = {
  name: 'build',
  summary: 'Build the images that a template describes',
  description: [
    'Checks the template as validate does, then runs its builds: creates the disk, starts the virtual machine, serves the installation files, types boot_command on the serial console, waits for the installed system to power off, provisions it over SSH and hands over the image.',
    'The image appears under its final name only when it is complete. Ctrl-C ends the builds and removes what they made.',
  ],
  operand: TEMPLATE,
  flags: [
    ...TEMPLATE_FLAGS,
    FORCE,
    {
      name: 'on-error',
      kind: 'choice',
      choices: ['cleanup', 'abort', 'ask', 'run-cleanup-provisioner'],
      default: 'cleanup',
      help: 'What to do when a step fails: undo everything, leave everything as it is, ask, or run only the error-cleanup-provisioner. The question also offers a shell in the guest, its serial console, and to try again or go on from the provisioner that failed.',
    },
    {
      name: 'parallel-builds',
      kind: 'number',
      value: 'N',
      default: '0',
      help: 'How many builds run at once; 0 for all of them.',
    },
    HYPERVISOR,
    VM_CONF,
    COLOR,
    {
      name: 'timestamp-ui',
      kind: 'switch',
      default: 'false',
      help: 'Starts each line of the log with the time (RFC 3339).',
    },
    MACHINE_READABLE,
    {
      name: 'log-format',
      kind: 'choice',
      choices: ['text', 'json'],
      default: 'text',
      help: 'The log on standard output: text, or every event as one line of JSON, which docs/events.md describes.',
    },
    DEBUG,
    {
      name: 'warn-on-undeclared-var',
      kind: 'switch',
      default: 'false',
      help: 'Warns of values in variable files for variables that the template does not declare.',
    },
    PRERELEASE,
    SEQUENTIAL,
    {
      name: 'skip-enforcement',
      kind: 'switch',
      default: 'false',
      help: 'Accepted for Packer’s sake.',
      noEffect: 'it concerns the HCP Packer registry, which is not used',
    },
  ],
  exit: [
    { status: 0, meaning: 'Every build succeeded.' },
    {
      status: 1,
      meaning: 'A build failed or was cancelled, the template has errors, or no build was selected.',
    },
  ],
  examples: [
    'vmm-hcl build openbsd.pkr.hcl',
    'vmm-hcl build -var version=7.9 -var-file=prod.pkrvars.hcl .',
    "vmm-hcl build -only='*.openbsd' -force .",
  ],
  load: async () => (await import('../commands/build.ts')).run,
};
