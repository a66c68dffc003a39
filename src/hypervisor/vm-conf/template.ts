import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nearest } from '../../lib/nearest.ts';
import { HypervisorError } from '../hypervisor.ts';
import { type VmConf, VmConfError, type VmDefinition } from './config.ts';
import { readVmConf, type VmConfFiles } from './parse.ts';

/** Where to look for a vm.conf(5). */
export interface VmConfSearch {
  /** A file named on the command line. */
  readonly flag?: string;
  /** Default: process.env; `VMM_HCL_VM_CONF` names a file. */
  readonly env?: NodeJS.ProcessEnv;
  /** Default: the current directory; its vm.conf is looked at. */
  readonly cwd?: string;
  /** Directory of the Packer template: a vm.conf may lie beside it. */
  readonly templateDirectory?: string;
  /** Default: node:fs. */
  readonly files?: VmConfFiles & { exists(path: string): boolean };
}

/** What an instance gets from its template: memory, cpus, interfaces, cdrom; neither disks nor the boot device. */
export interface Template {
  readonly name: string;
  readonly file: string;
  readonly memory?: string;
  readonly cpus?: number;
  readonly cdrom?: string;
  readonly interfaces: VmDefinition['interfaces'];
}

/** The files that are looked at, in order. One that was named explicitly is the only one. */
function vmConfFiles(search: VmConfSearch): string[] {
  const { flag, env = process.env, cwd = process.cwd(), templateDirectory = cwd } = search;
  const named = flag ?? env['VMM_HCL_VM_CONF'];
  if (named !== undefined && named !== '') return [named];
  return [...new Set([join(cwd, 'vm.conf'), resolve(cwd, templateDirectory, 'vm.conf'), '/etc/vm.conf'])];
}

/**
 * Finds the template `name` in the first vm.conf(5) that has it.
 * @throws HypervisorError when no file has it (naming the files and the templates found), or one cannot be read.
 */
export function resolveTemplate(name: string, search: VmConfSearch = {}): Template {
  const files = vmConfFiles(search);
  const present = files.filter((file) => search.files?.exists(file) ?? existsSync(file));
  if (present.length === 0) {
    throw new HypervisorError(
      `There is no vm.conf(5) that could define the template "${name}"; looked for ${files.join(', ')}.`,
      `Name an existing file with VMM_HCL_VM_CONF, or write these lines to ${files[0]}:\n` +
        `vm "${name}" {\n\tdisable\n\tdisk "/dev/null"\n\tlocal interface\n}`,
    );
  }
  const known: string[] = [];
  for (const file of present) {
    const conf = openVmConf(file, search.files);
    const vm = conf.vms.find((one) => one.name === name);
    if (vm !== undefined) return templateOf(vm, conf, file);
    known.push(...conf.vms.map((one) => one.name));
  }
  const guess = nearest(name, known);
  throw new HypervisorError(
    `${present.join(' and ')} ${present.length > 1 ? 'have' : 'has'} no vm "${name}"; ` +
      (known.length === 0 ? 'no vm is defined there.' : `defined there: ${known.join(', ')}.`),
    guess === undefined
      ? `Set vm_template to one of these, or add a block: vm "${name}" { … }.`
      : `Did you mean vm_template = "${guess}"?`,
  );
}

/** Reads one vm.conf(5). @throws HypervisorError */
export function openVmConf(file: string, files?: VmConfFiles): VmConf {
  try {
    return readVmConf(file, files);
  } catch (error) {
    if (error instanceof VmConfError) {
      throw new HypervisorError(error.message, 'Correct the file; on OpenBSD `vmd -n` checks it.', {
        cause: error,
      });
    }
    const { code } = error as NodeJS.ErrnoException;
    throw new HypervisorError(
      `${file} cannot be read (${code ?? String(error)}).`,
      `Give yourself the right to read it, or name a copy with VMM_HCL_VM_CONF.`,
      { cause: error },
    );
  }
}

/** What instances of `vm` get. It may itself be an instance of another one. */
export function templateOf(
  vm: VmDefinition,
  conf: VmConf,
  file: string,
  seen: readonly string[] = [],
): Template {
  const parentName = vm.instanceOf;
  const parent = conf.vms.find(({ name }) => name === parentName && !seen.includes(name));
  const base = parent === undefined ? undefined : templateOf(parent, conf, file, [...seen, vm.name]);
  return {
    name: vm.name,
    file,
    memory: vm.memory ?? base?.memory,
    cpus: vm.cpus ?? base?.cpus,
    cdrom: vm.cdrom ?? base?.cdrom,
    interfaces: vm.interfaces.length > 0 ? vm.interfaces : (base?.interfaces ?? []),
  };
}
