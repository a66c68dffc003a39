import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { findProgram } from '../../../src/lib/process/find-program.ts';
import { CLI, GUEST_ISO } from './paths.ts';

/** The end-to-end tests must run: what would be a reason to skip one is a failure. */
const REQUIRED = process.env['VMM_HCL_E2E'] === 'required';

/** Milliseconds. Software emulation on a loaded machine: an order of magnitude above what a test takes on an idle one. */
const TIME_LIMIT = 900_000;

type Body = (context: TestContext) => Promise<void>;

/** A test through the built program. */
export function cliTest(name: string, body: Body, besides: Programs = {}): void {
  declare(
    name,
    missing([[existsSync(CLI), 'dist/vmm-hcl.js (npm run build)'], ...programNeeds(besides)]),
    body,
  );
}

/** Programs that a test needs besides, and the packages of Debian that have them. */
export interface Programs {
  readonly programs?: Readonly<Record<string, string>>;
}

/** What plays playbooks from this machine. */
export const ANSIBLE: Programs = { programs: { 'ansible-playbook': 'ansible-core', ssh: 'openssh-client' } };

/** A test that runs real QEMU machines. */
export function machineTest(name: string, body: Body, besides: Programs = {}): void {
  declare(name, missing([...machineNeeds(), ...programNeeds(besides)]), body);
}

/** A test that runs real QEMU machines on real tap interfaces, as root in a network namespace of its own. */
export function tapTest(name: string, body: Body): void {
  declare(
    name,
    missing([
      ...machineNeeds(),
      [process.getuid?.() === 0, 'root'],
      [existsSync('/dev/net/tun'), '/dev/net/tun'],
      [hasProgram('dnsmasq'), 'dnsmasq (dnsmasq-base)'],
      [hasProgram('ip') && canMakeNamespace(), 'network namespaces (iproute2)'],
    ]),
    body,
  );
}

/** A reason to skip a suite of tests, as it is; where the end-to-end tests must run, it is the failure of the whole file. */
export function unlessRequired(reason: string | false): string | false {
  if (reason !== false && REQUIRED) throw new Error(`VMM_HCL_E2E=required, but: ${reason}`);
  return reason;
}

function machineNeeds(): [boolean, string][] {
  return [
    [existsSync(CLI), 'dist/vmm-hcl.js (npm run build)'],
    [hasProgram('qemu-system-x86_64'), 'qemu-system-x86_64 (qemu-system-x86)'],
    [hasProgram('qemu-img'), 'qemu-img (qemu-utils)'],
    [existsSync(GUEST_ISO), 'the CD of Tiny Linux (fixtures/guest/build.sh)'],
  ];
}

function programNeeds({ programs = {} }: Programs): [boolean, string][] {
  return Object.entries(programs).map(([name, origin]) => [hasProgram(name), `${name} (${origin})`]);
}

function hasProgram(name: string): boolean {
  return findProgram(name, process.env) !== undefined;
}

let namespaces: boolean | undefined;

function canMakeNamespace(): boolean {
  if (namespaces === undefined) {
    const name = `vmm-hcl-probe-${process.pid}`;
    try {
      execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' });
      execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
      namespaces = true;
    } catch {
      namespaces = false;
    }
  }
  return namespaces;
}

function missing(needs: readonly (readonly [boolean, string])[]): string[] {
  return needs.filter(([there]) => !there).map(([, what]) => what);
}

/** A test that is skipped, saying so, or fails where the end-to-end tests must run, when this machine lacks something. */
export function declare(name: string, lacking: readonly string[], body: Body): void {
  if (lacking.length === 0) {
    test(name, { timeout: TIME_LIMIT }, body);
    return;
  }
  const reason = `SKIPPED, this machine lacks: ${lacking.join(', ')}`;
  if (!REQUIRED) {
    test(name, { skip: reason }, () => {});
    return;
  }
  test(name, () => {
    throw new Error(`VMM_HCL_E2E=required, but this test was ${reason}`);
  });
}
