import type { Flag } from '../command.ts';

// Flags that several commands share. Names, values and defaults are Packer's, except where a text says otherwise.

export const VAR: Flag = {
  name: 'var',
  kind: 'list',
  value: 'NAME=VALUE',
  help: 'Sets a variable of the template. Wins over every other source of values.',
};

export const VAR_FILE: Flag = {
  name: 'var-file',
  kind: 'list',
  value: 'FILE',
  completes: 'file',
  help: 'Reads values of variables from a .pkrvars.hcl or .pkrvars.json file; for a legacy JSON template, from a JSON file. A later file wins over an earlier one.',
};

export const ONLY: Flag = {
  name: 'only',
  kind: 'names',
  value: 'GLOB,…',
  help: 'Takes only the builds whose full name, [BUILD.]TYPE.NAME, matches one of the patterns (* ? [ab] [!a]). For a legacy JSON template: the names of builders, as they are.',
};

export const EXCEPT: Flag = {
  name: 'except',
  kind: 'names',
  value: 'GLOB,…',
  help: 'Leaves out the builds that match; also the post-processors with such a name, and what follows them in their sequence.',
};

export const CONFIG_TYPE: Flag = {
  name: 'config-type',
  kind: 'choice',
  choices: ['json', 'hcl2'],
  default: 'json',
  help: 'How to read a file whose name ends in neither .pkr.hcl nor .pkr.json: as a legacy JSON template (json), or as HCL (hcl2).',
};

export const SEQUENTIAL: Flag = {
  name: 'use-sequential-evaluation',
  kind: 'switch',
  default: 'false',
  help: 'Accepted for Packer’s sake.',
  noEffect: 'locals and data sources are always evaluated in the order of their dependencies',
};

export const PRERELEASE: Flag = {
  name: 'ignore-prerelease-plugins',
  kind: 'switch',
  default: 'false',
  help: 'Accepted for Packer’s sake.',
  noEffect: 'there are no plugins',
};

export const COLOR: Flag = {
  name: 'color',
  kind: 'switch',
  default: 'true',
  help: 'Colours the output: by default on a terminal unless NO_COLOR or PACKER_NO_COLOR is set; always when -color or -color=true is given.',
};

export const MACHINE_READABLE: Flag = {
  name: 'machine-readable',
  kind: 'switch',
  default: 'false',
  help: 'Prints lines of TIME,TARGET,TYPE,DATA… instead of text. May stand anywhere on the command line.',
};

export const DEBUG: Flag = {
  name: 'debug',
  kind: 'switch',
  default: 'false',
  help: 'Builds one after the other and waits for Enter between the steps; logs as with PACKER_LOG=1.',
};

export const JSON_OUTPUT: Flag = {
  name: 'json',
  kind: 'switch',
  default: 'false',
  help: 'Prints JSON.',
};

export const FORCE: Flag = {
  name: 'force',
  kind: 'switch',
  default: 'false',
  help: 'Replaces an existing image, once the new one is complete.',
};

export const HYPERVISOR: Flag = {
  name: 'hypervisor',
  kind: 'choice',
  choices: ['vmctl', 'qemu'],
  help: 'Which system runs the machines. Default: VMM_HCL_HYPERVISOR, else vmctl where it is found, else qemu.',
};

export const VM_CONF: Flag = {
  name: 'vm-conf',
  kind: 'text',
  value: 'FILE',
  completes: 'file',
  help: 'The vm.conf(5) in which the qemu driver looks up vm_template. Default: VMM_HCL_VM_CONF, ./vm.conf, the vm.conf beside the template, /etc/vm.conf.',
};

/** A flag that is off unless it is given. */
export function switchFlag(name: string, help: string): Flag {
  return { name, kind: 'switch', default: 'false', help };
}

/** At the end of the lists of commands that look at a template: the form of the output, and what is accepted for Packer's sake. */
export const OUTPUT_AND_IDLE_FLAGS: readonly Flag[] = [COLOR, MACHINE_READABLE, PRERELEASE, SEQUENTIAL];

/** The flags that say which template, with which values. */
export const TEMPLATE_FLAGS: readonly Flag[] = [VAR, VAR_FILE, ONLY, EXCEPT, CONFIG_TYPE];
