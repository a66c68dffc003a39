// A driver on the strict fake vmctl of fixtures/vmctl, and the fake's side of it.
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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

/** Milliseconds: what was killed at the last moment may need another moment to go, and a busy machine a longer one. */
const DYING = 20_000;

/** A rule of scenario.json; see fixtures/vmctl/README.md. */
export interface Rule {
  readonly command: string;
  readonly args?: string;
  readonly after?: number;
  readonly times?: number;
  readonly delay?: number;
  readonly hold?: boolean;
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
    const path = join(this.state, 'scenario.json');
    await writeFile(`${path}.new`, JSON.stringify(scenario));
    await rename(`${path}.new`, path);
  }

  /** What a rule holds goes on. */
  async go(): Promise<void> {
    await writeFile(join(this.state, 'go'), '');
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
    return (
      log
        .split('\n')
        // The last line may not be whole yet.
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as string[]).join(' '))
        .filter((line) => !except.some((prefix) => line.startsWith(prefix)))
    );
  }

  /** The processes of the fake, its commands and one per machine, once those have gone that are about to. */
  async leftovers(): Promise<string[]> {
    for (const end = performance.now() + DYING; ; await delay(10)) {
      const left = await this.#processes();
      if (left.length === 0 || performance.now() > end) return left.map(({ command }) => command);
    }
  }

  /** Kills the process of the fake whose command line is like this. */
  async kill(pattern: RegExp): Promise<void> {
    const victim = (await this.#processes()).find(({ command }) => pattern.test(command));
    if (victim === undefined) throw new Error(`there is no ${pattern}`);
    process.kill(victim.pid, 'SIGKILL');
  }

  async #processes(): Promise<{ pid: number; command: string }[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const processes = await Promise.all(
      pids.map(async (pid) => {
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
        if (!environment.includes(`VMM_FAKE_STATE=${this.state}\0`)) return [];
        const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        return command === '' ? [] : [{ pid: Number(pid), command: command.replaceAll('\0', ' ') }];
      }),
    );
    return processes.flat();
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }
}
