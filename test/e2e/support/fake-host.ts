import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../../../src/lib/process/find-program.ts';
import { machinesOf, wholeLines } from './fake-state.ts';
import { VMCTL_FAKE } from './paths.ts';
import type { GuestSshd } from './guest-sshd.ts';
import type { Workspace } from './workspace.ts';

/** Where the guests' sshd listens, on the guest's address. */
export const SSH_PORT = 2222;

/** What a provisioner's script may run on this machine. */
const HARMLESS = ['sh', 'chmod', 'rm', 'cat', 'mkdir', 'sleep', 'true', 'test', 'scp'];

/** An OpenBSD host played by the strict fake of fixtures/vmctl, with its state in the workspace. */
export class FakeHost {
  readonly env: Readonly<Record<string, string>>;
  readonly vmConf: string;
  readonly #state: string;

  /** `scenario`: see the fake's README; `guest` is completed with an SSH server. */
  constructor(
    workspace: Workspace,
    scenario: { readonly guest?: object; readonly rules?: readonly object[] } = {},
    sshd: Partial<GuestSshd> = { password: 'tiny-secret' },
  ) {
    this.#state = workspace.path('vmd');
    this.vmConf = workspace.path('vmd', 'vm.conf');
    const bin = workspace.path('guest-bin');
    mkdirSync(this.#state);
    mkdirSync(bin);
    for (const name of HARMLESS) symlinkSync(findProgram(name, process.env)!, `${bin}/${name}`);
    const [a, b] = workspace.network;
    writeFileSync(
      this.vmConf,
      `local prefix 127.${a}.${b}.0/16
vm "generic" {
	disable
	memory 256M
	disk "/dev/null"
	local interface
	allow instance { boot, cdrom, disk, memory, owner builder }
}
`,
    );
    const program = fileURLToPath(new URL('guest-sshd.ts', import.meta.url));
    const tsx = fileURLToPath(import.meta.resolve('tsx'));
    const settings: GuestSshd = { port: SSH_PORT, user: 'root', programs: bin, ...sshd };
    const onBoot = [process.execPath, '--import', tsx, program, JSON.stringify(settings)];
    writeFileSync(
      workspace.path('vmd', 'scenario.json'),
      JSON.stringify({ ...scenario, guest: { onBoot, ...scenario.guest } }),
    );
    this.env = { PATH: `${VMCTL_FAKE}:${process.env['PATH']}`, VMM_FAKE_STATE: this.#state };
  }

  /** Every command line so far, without the looks at the table of machines and at the interfaces. */
  commands(): string[][] {
    return this.log().filter(([program, command]) => program === 'vmctl' && command !== 'status');
  }

  /** Every command line of vmctl and ifconfig so far. */
  log(): string[][] {
    let log = '';
    try {
      log = readFileSync(`${this.#state}/log`, 'utf8');
    } catch {
      // Nothing was called yet.
    }
    return wholeLines(log).map((line) => JSON.parse(line) as string[]);
  }

  /** IDs of the machines that vmd has. */
  machines(): string[] {
    return machinesOf(this.#state);
  }
}
