import { checkAnsible } from './ansible.ts';
import { checkCdWriter } from './cd-writer.ts';
import { type Check, failed, ok, warning } from './check.ts';
import { checkCompressors } from './compressor.ts';
import { checkCurrentDirectory, checkOutput } from './disk-space.ts';
import { checkMemoryLimit } from './memory.ts';
import { checkForwarding, checkNat, checkTaps } from './network.ts';
import type { Probe } from './probe.ts';
import { checkQemu, checkQemuSource, type Search } from './qemu.ts';
import { interfaceCount, type Subject } from './subject.ts';
import { currentUser } from './user.ts';
import { readHostVmConf } from './vm-conf.ts';
import { askVmd, checkFirmware, checkRelease } from './vmd.ts';
import { checkVmctlSource } from './vmctl-source.ts';
import { checkWxallowed } from './wxallowed.ts';

export interface Examination {
  /** Which driver the builds will use. */
  readonly hypervisor: 'vmctl' | 'qemu';
  /** The builds whose needs are checked too. */
  readonly subjects: readonly Subject[];
  /** For the vm.conf(5): the flag names the only one. */
  readonly search: Search;
}

/** Checks whether builds can work on a machine. Creates nothing; the checks of the whole machine come first. */
export async function examine(probe: Probe, examination: Examination): Promise<readonly Check[]> {
  return examination.hypervisor === 'vmctl'
    ? examineVmd(probe, examination)
    : examineQemu(probe, examination);
}

async function examineQemu(probe: Probe, { subjects, search }: Examination): Promise<Check[]> {
  const host = await checkQemu(probe);
  if (subjects.length === 0) host.push(await checkCurrentDirectory(probe));
  return [
    ...host,
    ...(await ofEach(subjects, async (subject) => [
      ...(await checkQemuSource(probe, subject, search)),
      ...checkCdWriter(probe, subject),
      ...checkAnsible(probe, subject),
      ...checkCompressors(probe, subject),
      ...(await checkOutput(probe, subject)),
    ])),
  ];
}

async function examineVmd(probe: Probe, { subjects, search }: Examination): Promise<Check[]> {
  const named = probe.env['VMM_HCL_VMCTL'] || undefined;
  const vmctl = probe.findProgram(named ?? 'vmctl', ['/usr/sbin']);
  const isOpenBsd = probe.platform === 'openbsd';
  const checks: Check[] = isOpenBsd ? [await checkRelease(probe)] : [notOpenBsd(probe.platform)];
  const user = await currentUser(probe);
  const vmConf = readHostVmConf(probe, user, search.flag ?? (probe.env['VMM_HCL_VM_CONF'] || undefined));
  if (vmctl === undefined) {
    checks.push(
      failed(
        'vmctl',
        `There is no program ${named ?? 'vmctl'}.`,
        named === undefined ? 'It is part of OpenBSD.' : 'VMM_HCL_VMCTL names it.',
        {
          text: named === undefined ? 'Elsewhere, use -hypervisor=qemu.' : 'Correct VMM_HCL_VMCTL.',
        },
      ),
    );
    return checks;
  }
  checks.push(ok('vmctl', `vmctl(8) is ${vmctl}.`));
  const asked = await askVmd(probe, vmctl, user, vmConf.conf);
  checks.push(...asked.checks);
  if (isOpenBsd) checks.push(checkFirmware(probe));
  checks.push(...vmConf.checks);
  if (isOpenBsd) {
    // Interfaces of the template that the build does not replace are there too.
    const interfaces = subjects.map(({ config }) =>
      Math.max(
        interfaceCount(config),
        vmConf.conf?.vms.find(({ name }) => name === config.vm_template)?.interfaces.length ?? 0,
      ),
    );
    const wanted = {
      all: interfaces.reduce((sum, count) => sum + count, 0) || 1,
      one: Math.max(1, ...interfaces),
    };
    checks.push(
      await checkTaps(probe, wanted),
      await checkForwarding(probe),
      await checkNat(probe, vmConf.conf),
    );
    if (subjects.length === 0) checks.push(checkMemoryLimit(probe));
    checks.push(await checkWxallowed(probe));
  }
  if (subjects.length === 0) checks.push(await checkCurrentDirectory(probe));
  const host = { user, vmctl, vmConf, rows: asked.rows, subjects };
  return [
    ...checks,
    ...(await ofEach(subjects, async (subject) => [
      ...(await checkVmctlSource(probe, subject, host)),
      ...checkCdWriter(probe, subject),
      ...checkAnsible(probe, subject),
      ...checkCompressors(probe, subject),
      ...(await checkOutput(probe, subject)),
    ])),
  ];
}

async function ofEach(
  subjects: readonly Subject[],
  look: (subject: Subject) => Promise<readonly Check[]>,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const subject of subjects) {
    for (const check of await look(subject)) checks.push({ ...check, build: subject.build });
  }
  return checks;
}

function notOpenBsd(platform: string): Check {
  return warning(
    'openbsd',
    `This is ${platform}, and not OpenBSD.`,
    'vmctl(8) belongs to OpenBSD; its firmware, network and limits are not checked here.',
    {
      text: 'Use -hypervisor=qemu, unless VMM_HCL_VMCTL leads to an OpenBSD machine.',
    },
  );
}
