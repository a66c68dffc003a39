import type { VmConf } from '../hypervisor/vm-conf/config.ts';
import { asRoot, type Check, failed, ok, unknown, warning } from './check.ts';
import { type Probe, readText } from './probe.ts';

/** Where vmd(8) takes the addresses of local interfaces from, unless `local prefix` says otherwise. */
const DEFAULT_PREFIX = '100.64.0.0/10';
/** vmd(8) tries no more. */
const MAX_TAPS = 256;

/** Guests that install from a CD need no way out; hence these are warnings. */
const WHY = 'Without it guests reach this machine only: neither mirrors nor package servers.';

export async function checkForwarding(probe: Probe): Promise<Check> {
  const value = (await probe.run(['sysctl', '-n', 'net.inet.ip.forwarding'])).stdout.trim();
  if (value === '1' || value === '2')
    return ok('forwarding', 'Packets are forwarded (net.inet.ip.forwarding).');
  if (value === '')
    return unknown('forwarding', 'Whether packets are forwarded is unknown: sysctl(8) does not tell.');
  return warning(
    'forwarding',
    'Packets are not forwarded.',
    WHY,
    asRoot('sysctl net.inet.ip.forwarding=1', "echo 'net.inet.ip.forwarding=1' >> /etc/sysctl.conf"),
  );
}

/** Looks at the rules that are loaded, and where only root may see them at the file. */
export async function checkNat(probe: Probe, conf: VmConf | undefined): Promise<Check> {
  const prefix = conf?.localPrefix ?? DEFAULT_PREFIX;
  const lines = [
    `match out on egress from ${prefix} to any nat-to (egress)`,
    `pass in proto { udp tcp } from ${prefix} to any port domain rdr-to 9.9.9.9 port domain`,
  ];
  const remedies = [
    {
      text: 'Add to /etc/pf.conf; the second line answers their DNS questions, with a server of your choice:',
      lines,
    },
    asRoot('pfctl -f /etc/pf.conf'),
  ];
  const loaded = await probe.run(['pfctl', '-s', 'rules']);
  if (loaded.exitCode === 0) {
    if (translates(loaded.stdout)) return ok('nat', 'pf(4) has a rule that translates addresses (nat-to).');
    return warning('nat', 'pf(4) translates no addresses: no loaded rule has nat-to.', WHY, ...remedies);
  }
  const file = readText(probe, '/etc/pf.conf');
  if ('code' in file) {
    return unknown(
      'nat',
      'Whether pf(4) translates the addresses of guests is unknown: only root may see the rules.',
      {
        text: 'See as root whether one of them has nat-to:',
        lines: ['pfctl -s rules | grep nat-to'],
      },
    );
  }
  if (translates(file.text)) return ok('nat', '/etc/pf.conf has a rule that translates addresses (nat-to).');
  return warning('nat', 'pf(4) translates no addresses: /etc/pf.conf has no nat-to.', WHY, ...remedies);
}

function translates(rules: string): boolean {
  return rules.split('\n').some((line) => /^[^#]*\bnat-to\b/.test(line));
}

/** Whether there are tap(4) devices for so many interfaces at once. @param wanted of all builds, and of the largest one */
export async function checkTaps(
  probe: Probe,
  wanted: { readonly all: number; readonly one: number },
): Promise<Check> {
  let count = 0;
  while (count < MAX_TAPS && probe.stat(`/dev/tap${count}`) !== undefined) count++;
  const { stdout } = await probe.run(['ifconfig', 'tap']);
  const used = [...stdout.matchAll(/^\s+description: vm\d+-if\d+-/gm)].length;
  const free = count - used;
  const there = `There ${count === 1 ? 'is 1 tap(4) device' : `are ${count} tap(4) devices`}, ${used} in use`;
  if (free >= wanted.all) return ok('tap', `${there}.`);
  const missing = Array.from({ length: wanted.all - free }, (_, index) => `tap${count + index}`);
  const more = asRoot(`cd /dev && sh MAKEDEV ${missing.join(' ')}`);
  const why = `Each interface of a machine takes one${wanted.all > 1 ? `; together the builds need ${wanted.all}` : ''}.`;
  if (free < wanted.one) return failed('tap', `${there}.`, why, more);
  return warning('tap', `${there}.`, `${why} Builds that run at the same time will fail.`, more);
}
