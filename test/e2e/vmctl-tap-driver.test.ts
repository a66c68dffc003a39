// The vmctl driver over real machines on real tap interfaces, in a network namespace of its own: see fixtures/vmctl-tap.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { VmctlHypervisor } from '../../src/hypervisor/vmctl/vmctl.ts';
import { findProgram } from '../../src/lib/process/find-program.ts';
import { installGuest, writeGuestIso } from '../hypervisor/boot-sector.ts';
import { driverSuite, type Subject } from '../hypervisor/driver-suite.ts';
import { commandsWith } from './process-list.ts';
import { unlessRequired } from './support/machine-test.ts';

const namespace = `vmm-hcl-${process.pid}`;

function obstacle(): string | false {
  const programs = ['qemu-system-x86_64', 'qemu-img', 'ip', 'dnsmasq'];
  const missing = programs.filter(
    (name) => findProgram(name, process.env, ['/usr/sbin', '/sbin']) === undefined,
  );
  if (missing.length > 0) return `${missing.join(', ')} not installed`;
  if (process.getuid?.() !== 0) return 'not root';
  if (!existsSync('/dev/net/tun')) return 'no /dev/net/tun';
  try {
    execFileSync('ip', ['netns', 'add', namespace], { stdio: 'ignore' });
    return false;
  } catch {
    return 'network namespaces cannot be made here';
  }
}

async function setUp(): Promise<Subject> {
  execFileSync('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
  const directory = await mkdtemp(join(tmpdir(), 'vmctl-tap-'));
  const vmConf = join(directory, 'vm.conf');
  await writeFile(vmConf, 'vm "small" {\n\tmemory 32M\n\tlocal interface\n}\n');
  for (const program of ['vmctl', 'ifconfig']) {
    const real = resolve('fixtures/vmctl-tap', program);
    const script = `#!/bin/sh\nexec ip netns exec ${namespace} '${real}' "$@"\n`;
    await writeFile(join(directory, program), script, { mode: 0o755 });
  }
  const env = {
    ...process.env,
    PATH: `${directory}:${process.env['PATH']}`,
    VMCTL_TAP_STATE: join(directory, 'state'),
    VMCTL_TAP_CONF: vmConf,
  };
  const iso = join(directory, 'guest.iso');
  await writeGuestIso(iso);
  const taps = () => execFileSync('ip', ['-n', namespace, '-br', 'link'], { encoding: 'utf8' });
  return {
    hypervisor: new VmctlHypervisor({ env, vmConf }),
    directory,
    template: 'small',
    refusesLockedDisks: false,
    iso,
    install: installGuest,
    leftovers: async () => [...(taps().match(/^tap\S+/gm) ?? []), ...(await commandsWith(directory))],
    remove: async () => {
      execFileSync('ip', ['netns', 'del', namespace]);
      await rm(directory, { recursive: true });
    },
  };
}

driverSuite('vmctl, with real machines', setUp, unlessRequired(obstacle()));
