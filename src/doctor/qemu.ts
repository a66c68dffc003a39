import { dirname, join } from 'node:path';
import { refuseNetworkBoot } from '../hypervisor/qemu/boot-image.ts';
import { HypervisorError } from '../hypervisor/hypervisor.ts';
import { resolveTemplate, type Template, type VmConfSearch } from '../hypervisor/vm-conf/template.ts';
import { at, type Check, failed, ok, type Remedy, warning } from './check.ts';
import { checkAvailableMemory, DEFAULT_MEMORY } from './memory.ts';
import type { BootImageProblem, Probe } from './probe.ts';
import type { Subject } from './subject.ts';

const PROGRAM = 'qemu-system-x86_64';
const IMAGE_PROGRAM = 'qemu-img';

/** Where vm.conf(5) files are looked for. */
export type Search = Pick<VmConfSearch, 'flag' | 'templateDirectory'>;

/** Whether QEMU is there and works, and how fast it can be. */
export async function checkQemu(probe: Probe): Promise<Check[]> {
  const named = probe.env['VMM_HCL_QEMU'] || undefined;
  const program = probe.findProgram(named ?? PROGRAM);
  if (program === undefined) {
    const why = named === undefined ? 'It is not on the PATH.' : 'VMM_HCL_QEMU names it.';
    return [failed('qemu', `There is no program ${named ?? PROGRAM}.`, why, ...install(probe, 'qemu'))];
  }
  const checks = [await checkVersion(probe, 'qemu', program)];
  const beside = join(dirname(program), IMAGE_PROGRAM);
  const image = probe.findProgram(beside) ?? probe.findProgram(IMAGE_PROGRAM);
  if (image === undefined) {
    const why = `It makes the disk images. It is neither beside ${program} nor on the PATH.`;
    checks.push(
      failed('qemu-img', `There is no program ${IMAGE_PROGRAM}.`, why, ...install(probe, 'qemu-img')),
    );
  } else checks.push(await checkVersion(probe, 'qemu-img', image));
  if (checks[0]?.state !== 'ok') return checks;
  const { name, reason } = await probe.accelerator(program);
  const why = 'A build works without it, and takes several times as long.';
  return [...checks, name === 'kvm' ? ok('accelerator', reason) : warning('accelerator', reason, why)];
}

async function checkVersion(probe: Probe, name: 'qemu' | 'qemu-img', program: string): Promise<Check> {
  const { exitCode, stdout, stderr } = await probe.run([program, '--version']);
  const version = /version (\d\S*)/.exec(stdout)?.[1];
  if (exitCode === 0 && version !== undefined) return ok(name, `${program} is version ${version}.`);
  const said = (stderr || stdout).trim();
  const why = said === '' ? '`--version` printed nothing of use.' : `It says: ${said}`;
  return failed(name, `${program} does not work.`, why, ...install(probe, name));
}

function install({ platform }: Probe, what: 'qemu' | 'qemu-img'): Remedy[] {
  const variable = what === 'qemu' ? [{ text: 'Or name it with VMM_HCL_QEMU.' }] : [];
  switch (platform) {
    case 'openbsd':
      return [{ text: 'Install QEMU, as root:', lines: ['pkg_add qemu'] }, ...variable];
    case 'darwin':
      return [{ text: 'Install QEMU:', lines: ['brew install qemu'] }, ...variable];
    default: {
      const lines = ['apt-get install qemu-system-x86 qemu-utils'];
      return [
        {
          text: 'Install QEMU, as root (Debian and Ubuntu; elsewhere the packages have similar names):',
          lines,
        },
        ...variable,
      ];
    }
  }
}

/** Whether the qemu driver can do what a source asks for. */
export async function checkQemuSource(probe: Probe, { config }: Subject, search: Search): Promise<Check[]> {
  const checks: Check[] = [];
  let template: Template | undefined;
  try {
    const files = {
      readFile: (path: string) => probe.readFile(path),
      realpath: (path: string) => probe.realpath(path),
      exists: (path: string) => probe.stat(path) !== undefined,
    };
    template = resolveTemplate(config.vm_template, {
      ...search,
      env: { ...probe.env },
      cwd: probe.cwd,
      files,
    });
    checks.push(ok('vm-template', `The template "${template.name}" is in ${template.file}.`));
  } catch (error) {
    if (!(error instanceof HypervisorError)) throw error;
    checks.push(
      at(
        failure('vm-template', error, 'The qemu driver reads memory, cpus, interfaces and cdrom there.'),
        'vm_template',
      ),
    );
  }
  const problem =
    config.boot === undefined ? networkBootProblem(config) : await probe.bootImageProblem(config.boot);
  if (problem !== undefined) {
    const why = 'vmd(8) boots more than QEMU does.';
    checks.push(at(failure('boot-device', problem, why), config.boot === undefined ? 'boot_device' : 'boot'));
  }
  if (probe.platform === 'linux') {
    checks.push(checkAvailableMemory(probe, config.memory ?? template?.memory ?? DEFAULT_MEMORY));
  }
  return checks;
}

function networkBootProblem({ boot_device: bootDevice }: Subject['config']): HypervisorError | undefined {
  try {
    refuseNetworkBoot({ bootDevice });
    return undefined;
  } catch (error) {
    if (error instanceof HypervisorError) return error;
    throw error;
  }
}

function failure(
  name: 'vm-template' | 'boot-device',
  { message, hint = '' }: BootImageProblem,
  why: string,
): Check {
  const [text = '', ...lines] = hint.split('\n');
  return failed(name, message, why, ...(text === '' ? [] : [{ text, lines }]));
}
