// A driver on the strict fake vmctl of fixtures/vmctl, and the fake's side of it.
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { HypervisorOptions } from '../../src/hypervisor/options.ts';
import { VmctlHypervisor } from '../../src/hypervisor/vmctl/vmctl.ts';

const FIXTURE = resolve('fixtures/vmctl');
/** How the fake recognises the guest that behaves like boot-sector.ts. */
const SECTOR = 'FAKE-OS {"system": "sector", "vmmci": true}\n';

const VM_CONF = `vm "small" {
	disable
	disk "/dev/null"
	memory 32M
	local interface
	allow instance { boot, cdrom, disk, memory, owner builder }
}
`;

/** A rule of scenario.json; see fixtures/vmctl/README.md. */
export interface Rule {
  readonly command: string;
  readonly args?: string;
  readonly after?: number;
  readonly times?: number;
  readonly delay?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number;
  readonly hang?: boolean;
  readonly stubborn?: boolean;
  readonly dieAfter?: number;
}

export class FakeVmctl {
  readonly directory: string;
  readonly state: string;
  readonly env: NodeJS.ProcessEnv;
  readonly hypervisor: VmctlHypervisor;
  readonly iso: string;
  readonly notes: string[] = [];

  private constructor(directory: string, options: HypervisorOptions) {
    this.directory = directory;
    this.state = join(directory, 'state');
    this.iso = join(directory, 'guest.iso');
    this.env = {
      ...process.env,
      PATH: `${FIXTURE}:${process.env['PATH']}`,
      VMM_FAKE_STATE: this.state,
      VMM_HCL_VM_CONF: join(this.state, 'vm.conf'),
    };
    this.hypervisor = new VmctlHypervisor({
      env: this.env,
      onNote: (text) => this.notes.push(text),
      ...options,
    });
  }

  static async create(scenario: object = {}, options: HypervisorOptions = {}): Promise<FakeVmctl> {
    const fake = new FakeVmctl(await mkdtemp(join(tmpdir(), 'fake-vmctl-')), options);
    await mkdir(fake.state);
    await writeFile(join(fake.state, 'vm.conf'), VM_CONF);
    await writeFile(fake.iso, SECTOR);
    await fake.scenario(scenario);
    return fake;
  }

  async scenario(scenario: object): Promise<void> {
    await rm(join(this.state, 'rules'), { recursive: true, force: true });
    await writeFile(join(this.state, 'scenario.json'), JSON.stringify(scenario));
  }

  async rules(...rules: Rule[]): Promise<void> {
    await this.scenario({ rules });
  }

  /** A raw disk image, with the guest on it or blank. */
  async disk(name: string, installed = true): Promise<string> {
    const path = join(this.directory, name);
    await writeFile(path, Buffer.alloc(1024 * 1024));
    if (installed) await this.install(path);
    return path;
  }

  async install(disk: string): Promise<void> {
    const file = await open(disk, 'r+');
    await file.write(SECTOR, 8192);
    await file.close();
  }

  /** Every command line so far, except the ones that only ask. */
  async commands(...except: string[]): Promise<string[]> {
    const log = await readFile(join(this.state, 'log'), 'utf8').catch(() => '');
    return log
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as string[]).join(' '))
      .filter((line) => !except.some((prefix) => line.startsWith(prefix)));
  }

  /** The processes of the fake: its commands, and one per machine. */
  async leftovers(): Promise<string[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const environments = await Promise.all(
      pids.map(async (pid) => {
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
        if (!environment.includes(`VMM_FAKE_STATE=${this.state}\0`)) return '';
        return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
      }),
    );
    return environments.filter(Boolean);
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }
}
