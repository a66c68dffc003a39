import { explain } from '../hypervisor/vmctl/explain.ts';
import { parseStatus, type StatusRow } from '../hypervisor/vmctl/status.ts';
import type { VmConf } from '../hypervisor/vm-conf/config.ts';
import { asRoot, type Check, failed, ok, type Remedy, unknown } from './check.ts';
import { type Probe, readText } from './probe.ts';
import { isOwner, type User } from './user.ts';
import { joinGroup } from './vm-conf.ts';

const FIRMWARE = '/etc/firmware/vmm-bios';
const BOOT_MESSAGES = '/var/run/dmesg.boot';
/** The first release whose vmctl(8) understands all that is passed to it. */
const LEAST_RELEASE = 7.3;

/** Whether this release of OpenBSD is new enough. */
export async function checkRelease(probe: Probe): Promise<Check> {
  const release = (await probe.run(['uname', '-r'])).stdout.trim();
  const number = Number.parseFloat(release);
  if (!Number.isFinite(number)) return unknown('openbsd-release', 'The release of OpenBSD is unknown.');
  if (number >= LEAST_RELEASE) return ok('openbsd-release', `This is OpenBSD ${release}.`);
  const why = `vmctl(8) understands "start -B net" and the other options since ${LEAST_RELEASE}.`;
  return failed('openbsd-release', `This is OpenBSD ${release}.`, why, asRoot('sysupgrade'));
}

export function checkFirmware(probe: Probe): Check {
  if (probe.stat(FIRMWARE) !== undefined) return ok('firmware', `The firmware ${FIRMWARE} is installed.`);
  const why = 'Without it a machine can boot neither a CD nor its disk.';
  return failed('firmware', `There is no firmware ${FIRMWARE}.`, why, asRoot('fw_update vmm'));
}

/** Asks vmd(8) for its machines. `rows` is undefined when it does not answer. */
export async function askVmd(
  probe: Probe,
  vmctl: string,
  user: User,
  conf: VmConf | undefined,
): Promise<{ readonly checks: readonly Check[]; readonly rows: readonly StatusRow[] | undefined }> {
  const { exitCode, stdout, stderr } = await probe.run([vmctl, 'status']);
  const silent = exitCode !== undefined && exitCode <= 1 && `${stdout}${stderr}`.trim() === '';
  const rows = parseStatus(stdout) ?? (silent ? [] : undefined);
  if (rows !== undefined) {
    const count = `${rows.length} virtual machine${rows.length === 1 ? '' : 's'}`;
    return { checks: [ok('vmd', `vmd(8) answers you; it knows ${count}.`)], rows };
  }
  if (/connect: .*Permission denied/.test(stderr)) return { checks: [noAccess(user, conf)], rows };
  if (/connect: .*(No such file|Connection refused)/.test(stderr)) {
    const why = 'It is not running: nothing listens at /var/run/vmd.sock.';
    const start = asRoot('rcctl enable vmd', 'rcctl start vmd');
    const check = failed('vmd', 'vmd(8) does not answer.', why, start, {
      text: 'If it does not start, look into /var/log/daemon, and check its configuration with: vmd -n',
    });
    return { checks: [check, ...checkVirtualisation(probe)], rows };
  }
  const { message, hint } = explain({ what: 'vmd(8) cannot be asked for its machines' }, stderr || stdout);
  const remedies: readonly Remedy[] = hint === undefined ? [] : [{ text: hint }];
  return { checks: [failed('vmd', 'vmd(8) does not answer.', message, ...remedies)], rows };
}

/** The socket belongs to root:wheel, mode 660, unless vm.conf(5) gives it away. */
function noAccess(user: User, conf: VmConf | undefined): Check {
  const owner = conf?.socketOwner;
  const text = `You (${user.name}) may not talk to vmd(8).`;
  const [, group] = owner?.split(':') ?? [];
  if (owner !== undefined && group !== undefined && group !== '' && !isOwner(user, owner)) {
    const why = `vm.conf(5) gives its socket to the group ${group}, and you are not in it.`;
    return failed('vmd', text, why, ...joinGroup(group, user));
  }
  const why =
    owner === undefined
      ? 'Its socket /var/run/vmd.sock belongs to root and the group wheel, because vm.conf(5) gives it to nobody else.'
      : `vm.conf(5) says "socket owner ${owner}", but the running vmd(8) does not let you in.`;
  const lines = [`socket owner :${user.groups[0] ?? 'GROUP'}`];
  const add = owner === undefined ? [{ text: 'Add to /etc/vm.conf, at the top:', lines }] : [];
  const restart = {
    text: 'Then run as root (this ends the machines that are running):',
    lines: ['rcctl restart vmd'],
  };
  return failed('vmd', text, why, ...add, restart);
}

/** Why vmd(8) may be unable to start. */
function checkVirtualisation(probe: Probe): Check[] {
  const messages = readText(probe, BOOT_MESSAGES);
  if ('code' in messages) {
    return [
      unknown(
        'virtualisation',
        `Whether the processor can virtualise is unknown: ${BOOT_MESSAGES} cannot be read (${messages.code}).`,
      ),
    ];
  }
  const vmm = /^vmm0 at mainbus0: (.*)$/m.exec(messages.text);
  if (vmm) return [ok('virtualisation', `The processor can virtualise (${vmm[1]}).`)];
  return [
    failed(
      'virtualisation',
      'OpenBSD found no virtualisation in the processor.',
      `${BOOT_MESSAGES} has no "vmm0 at mainbus0". vmm(4) needs VMX with EPT (Intel) or SVM with RVI (AMD).`,
      {
        text: 'Enable it in the setup of the machine’s firmware (it is called VT-x, AMD-V or SVM there), and boot again.',
      },
    ),
  ];
}
