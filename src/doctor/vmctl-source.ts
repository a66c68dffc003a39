import type { VmConf, VmDefinition } from '../hypervisor/vm-conf/config.ts';
import { type Template, templateOf } from '../hypervisor/vm-conf/template.ts';
import { CPUS_PROBE } from '../hypervisor/vmctl/arguments.ts';
import { UNKNOWN_OPTION } from '../hypervisor/vmctl/client.ts';
import type { StatusRow } from '../hypervisor/vmctl/status.ts';
import { nearest } from '../lib/nearest.ts';
import { parseSize } from '../lib/size.ts';
import { at, type Check, failed, ok, warning } from './check.ts';
import { checkVmdMemory, DEFAULT_MEMORY } from './memory.ts';
import type { Probe } from './probe.ts';
import { cdArgument, filesCdArgument, interfaceCount, type Subject } from './subject.ts';
import { isOwner, type User } from './user.ts';
import { addMachine, allowLine, changeMachine, joinGroup, type OpenVmConf, reload } from './vm-conf.ts';

/** What the checks of a source need to know of the host. */
export interface VmdHost {
  readonly user: User;
  /** Path of vmctl(8). */
  readonly vmctl: string;
  readonly vmConf: OpenVmConf;
  /** Undefined when vmd(8) does not answer. */
  readonly rows: readonly StatusRow[] | undefined;
  /** All builds that are checked: those of one template need one list of permissions. */
  readonly subjects: readonly Subject[];
}

/** Whether vmd(8) will do what a source asks for. */
export async function checkVmctlSource(probe: Probe, subject: Subject, host: VmdHost): Promise<Check[]> {
  const { conf, file } = host.vmConf;
  const { vm_template: name, memory } = subject.config;
  const checks = [
    ...checkName(subject, host),
    ...(await checkCpus(probe, subject, host)),
    ...checkDrives(subject),
  ];
  const vm = conf?.vms.find((one) => one.name === name);
  if (conf === undefined) return [...checks, ...(await memoryOf(probe, memory))];
  if (vm === undefined)
    return [...checks, unknownTemplate(subject, host, conf), ...(await memoryOf(probe, memory))];
  const template = templateOf(vm, conf, file);
  return [
    ...checks,
    checkKnown(vm, host),
    ...(host.user.isRoot ? [] : checkPermissions(subject, vm, template, host, conf)),
    ...checkBoot(probe, subject, vm, template),
    ...(await memoryOf(probe, memory ?? template.memory ?? DEFAULT_MEMORY)),
  ];
}

async function memoryOf(probe: Probe, memory: string | undefined): Promise<Check[]> {
  return memory === undefined ? [] : [await checkVmdMemory(probe, memory)];
}

/** The name of a machine is free when vmd(8) does not list it. */
function checkName({ config }: Subject, { rows }: VmdHost): Check[] {
  const row = rows?.find(({ name }) => name === config.vm_name);
  if (row === undefined) return [];
  const why = `It is ${row.state}${row.owner === undefined ? '' : `, of ${row.owner}`}, and has the ID ${row.id}.`;
  const end = row.state === 'stopped' ? 'remove it from vm.conf(5)' : `end it: vmctl stop ${row.name}`;
  const text = `Choose another vm_name, or ${end}`;
  return [
    at(failed('vm-name', `vmd(8) has a machine ${row.name} already.`, why, { text: `${text}.` }), 'vm_name'),
  ];
}

/** Whether this vmctl(8) can be told the number of processors: it is asked with a command line that starts nothing. */
async function checkCpus(probe: Probe, { config }: Subject, { vmctl }: VmdHost): Promise<Check[]> {
  if (config.cpus === undefined) return [];
  const { stderr } = await probe.run([vmctl, ...CPUS_PROBE]);
  if (!UNKNOWN_OPTION.test(stderr))
    return [at(ok('cpus', 'vmctl(8) takes a number of processors (-p).'), 'cpus')];
  const why = 'It does not know the option -p: OpenBSD 7.9 and older have none.';
  const remedy = { text: 'Remove cpus from the source; the machine then has one processor.' };
  return [at(failed('cpus', 'This vmctl(8) takes no number of processors.', why, remedy), 'cpus')];
}

/** vmctl(8) puts one CD into a machine. */
function checkDrives({ config }: Subject): Check[] {
  const [install, files] = [cdArgument(config), filesCdArgument(config)];
  if (install === undefined || files === undefined) return [];
  const text = `The source wants two CDs (${install} and ${files}), and vmctl(8) gives a machine one drive.`;
  const why = 'There is one option -r, and vmctl(8) refuses another one.';
  const remedy = { text: 'Serve the files over HTTP instead, with http_content or http_directory.' };
  return [at(failed('cd-drives', text, why, remedy), files)];
}

function unknownTemplate({ config }: Subject, { user, vmConf }: VmdHost, { vms }: VmConf): Check {
  const name = config.vm_template;
  const names = vms.map((vm) => vm.name);
  const guess = nearest(name, names);
  const text = `${vmConf.file} defines no virtual machine "${name}".`;
  const why = names.length === 0 ? 'It defines none at all.' : `It defines ${names.join(', ')}.`;
  const remedies =
    guess === undefined
      ? addMachine(vmConf.file, name, allowLine(neededOptions(config, undefined), user))
      : [{ text: `Did you mean vm_template = "${guess}"?` }];
  return at(failed('vm-template', text, why, ...remedies), 'vm_template');
}

/** vmd(8) lists what it has read; a machine that only stands in the file is none yet. */
function checkKnown(vm: VmDefinition, { rows, vmConf }: VmdHost): Check {
  const place = `${vm.place.file}:${vm.place.line}`;
  if (rows === undefined || rows.some(({ name }) => name === vm.name)) {
    return ok('vm-template', `The template "${vm.name}" is defined at ${place}.`);
  }
  const text = `vmd(8) does not know the template "${vm.name}", which is defined at ${place}.`;
  const bootable = vm.disks.length > 0 || vm.cdrom !== undefined || vm.boot !== undefined;
  const check = bootable
    ? failed('vm-template', text, `It has not read ${vmConf.file} since.`, reload())
    : failed(
        'vm-template',
        text,
        'It has neither disk nor cdrom nor boot, and vmd(8) refuses such machines.',
        {
          text: `Add to it in ${vmConf.file}; each build brings its own disk:`,
          lines: ['\tdisk "/dev/null"'],
        },
        reload(),
      );
  return at(check, 'vm_template');
}

/** Each option of `allow instance`, and the argument that makes it necessary. */
const ARGUMENTS = {
  boot: 'boot',
  cdrom: 'cdrom',
  cpus: 'cpus',
  disk: 'disk_size',
  interface: 'vm_template',
  memory: 'memory',
} as const;
type Option = keyof typeof ARGUMENTS;

/**
 * What a source sets of which `allow instance` has to speak, by the rules of vmd(8): a disk always; memory and cpus when they differ from the
 * template's; interfaces when their number does; a kernel also when the template has one.
 */
function neededOptions(config: Subject['config'], template: ParentOf | undefined): Option[] {
  const { boot, cpus, memory } = config;
  const usual = parseSize(template?.memory ?? DEFAULT_MEMORY);
  const options: Option[] = ['disk'];
  if (boot !== undefined || template?.boot !== undefined) options.push('boot');
  if ((cdArgument(config) ?? filesCdArgument(config)) !== undefined) options.push('cdrom');
  if (cpus !== undefined && cpus !== (template?.cpus ?? 1)) options.push('cpus');
  if (memory !== undefined && parseSize(memory) !== usual) options.push('memory');
  const interfaces = interfaceCount(config);
  if (interfaces !== (template?.interfaces.length ?? 1)) options.push('interface');
  return options;
}
type ParentOf = Pick<Template, 'cpus' | 'memory' | 'interfaces'> & Pick<VmDefinition, 'boot'>;

function checkPermissions(
  { config }: Subject,
  vm: VmDefinition,
  template: Template,
  { user, subjects }: VmdHost,
  conf: VmConf,
): Check[] {
  const allow = allowanceOf(vm, conf);
  const needed = neededOptions(config, { ...template, boot: vm.boot });
  const missing = needed.filter((option) => !allow.options.includes(option));
  // Of several owners vmd(8) keeps the last one; without any it is root, and the group 0, wheel.
  const owner = allow.owners.at(-1);
  const isAllowed = owner === undefined ? user.groups.includes('wheel') : isOwner(user, owner);
  // A group keeps its right, and is joined.
  const group = owner?.split(':')[1] || undefined;
  const keeps = isAllowed || group !== undefined;
  const all = subjects
    .filter((subject) => subject.config.vm_template === vm.name)
    .flatMap((subject) => neededOptions(subject.config, { ...template, boot: vm.boot }));
  const line = allowLine([...allow.options, ...all], user, keeps ? owner : undefined);
  const change = changeMachine(`${vm.place.file}:${vm.place.line}`, [`\t${line}`]);
  const checks = missing.map((option) => ({
    ...at(notAllowed(option, vm, template, config), argumentOf(option, config)),
    remedies: change,
  }));
  if (!isAllowed) {
    const text = `You (${user.name}) may not make instances of "${vm.name}".`;
    const who = owner === undefined ? 'names no owner' : `names the owner ${owner}`;
    const why = `Its "allow instance" ${who}, and vmd(8) says "File name too long" then.`;
    const remedies = group === undefined ? change : joinGroup(group, user);
    checks.unshift({ ...at(failed('vm-owner', text, why), 'vm_template'), remedies });
  }
  if (checks.length > 0) return checks;
  return [ok('vm-permission', `"${vm.name}" lets you set ${needed.join(', ')}.`)];
}

/** A machine that is an instance itself has permissions of its own, or those of its template when that allows "instance". */
function allowanceOf(vm: VmDefinition, conf: VmConf): VmDefinition['allowInstance'] {
  const parent = conf.vms.find(({ name }) => name === vm.instanceOf);
  return parent?.allowInstance.options.includes('instance') ? parent.allowInstance : vm.allowInstance;
}

function argumentOf(option: Option, config: Subject['config']): string {
  if (option === 'cdrom') return cdArgument(config) ?? filesCdArgument(config) ?? 'cdrom';
  return option === 'interface' && interfaceCount(config) > 1 ? 'switches' : ARGUMENTS[option];
}

function notAllowed(option: Option, vm: VmDefinition, template: Template, config: Subject['config']): Check {
  const interfaces = interfaceCount(config);
  const text = `"${vm.name}" does not let its instances set ${option}.`;
  const reasons: Readonly<Record<Option, string>> = {
    boot:
      vm.boot === undefined
        ? 'The source sets boot.'
        : 'That is necessary, because it has a line "boot" itself.',
    cdrom: 'The source has a CD (cdrom, iso_url, cd_files, cd_content).',
    cpus: `The source sets cpus to another number than the template (${template.cpus ?? 1}).`,
    disk: 'Every build has a disk of its own.',
    interface: `The machine has ${interfaces === 1 ? 'one interface' : `${interfaces} interfaces`}, and the template ${template.interfaces.length}: with as many it would not be necessary.`,
    memory: `The source sets memory to another value than the template (${template.memory ?? DEFAULT_MEMORY}).`,
  };
  return failed('vm-permission', text, `${reasons[option]} vmd(8) says "Operation not permitted" otherwise.`);
}

/** What the machine boots, and whether it goes on booting that. */
function checkBoot(probe: Probe, { config }: Subject, vm: VmDefinition, template: Template): Check[] {
  const checks: Check[] = [];
  const place = `${vm.place.file}:${vm.place.line}`;
  const own = cdArgument(config);
  const files = filesCdArgument(config);
  if (template.cdrom !== undefined && files !== undefined) {
    // What is started with -r has no CD of the template's. A disk on a base, or a kernel, does without.
    if (own === undefined && config.disk_base === undefined && config.boot === undefined) {
      const text = `The CD of ${files} takes the place of that of "${vm.name}" (cdrom ${template.cdrom}).`;
      const why = 'A machine of vmd(8) has one drive, so there is nothing to install from.';
      const remedy = { text: 'Serve the files over HTTP instead, with http_content or http_directory.' };
      checks.push(at(failed('cd-drives', text, why, remedy), files));
    }
  } else if (template.cdrom !== undefined) {
    const text = `"${vm.name}" has a line "cdrom ${template.cdrom}", and instances inherit it.`;
    const remedy = {
      text: `Remove the cdrom line from "${vm.name}" (${place}), and set cdrom and boot_device = "cdrom" in the template of the build.`,
    };
    const again = 'So the CD is there when the installed disk is to boot, too, and may be booted again.';
    const check =
      probe.stat(template.cdrom) === undefined
        ? failed('cdrom', text, 'There is no such file: no instance can start.', remedy)
        : warning('cdrom', text, again, remedy);
    checks.push(at(check, own ?? 'vm_template'));
  }
  if (config.boot_device === 'cdrom' && own === undefined && template.cdrom === undefined) {
    const why = 'Neither the source nor the template has one.';
    const remedy = { text: 'Set cdrom or iso_url.' };
    checks.push(at(failed('boot-device', 'There is no CD to boot from.', why, remedy), 'boot_device'));
  } else if (own !== undefined && config.boot_device === undefined && config.boot === undefined) {
    const inherited =
      vm.bootDevice === undefined
        ? ''
        : ` Instances do not inherit "boot device ${vm.bootDevice}" of "${vm.name}".`;
    const why = `With a boot device, vmd(8) boots it first, and the restart at the end of the installation ends the machine.${inherited}`;
    const remedy = { text: 'Set in the source:', lines: ['boot_device = "cdrom"'] };
    checks.push(at(warning('boot-device', 'The source has a CD and no boot_device.', why, remedy), own));
  }
  return checks;
}
