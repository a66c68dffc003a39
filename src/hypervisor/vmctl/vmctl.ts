import { lstat, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../../lib/process/command-error.ts';
import type { Action } from '../../plan/action.ts';
import { requireFile, requireNoFile, requireRaw } from '../files.ts';
import {
  type DiskSpec,
  disksOf,
  type ExpectedAddresses,
  type Hypervisor,
  HypervisorError,
  type HypervisorWork,
  type Machine,
  type MachineSpec,
  type ProbedMachine,
} from '../hypervisor.ts';
import type { HypervisorOptions } from '../options.ts';
import { StreamConsole } from '../stream-console.ts';
import { resolveTemplate } from '../vm-conf/template.ts';
import { checkDrives, checkName, createArguments, startArguments } from './arguments.ts';
import { VmctlClient } from './client.ts';
import { describe, expectAddresses } from './describe.ts';
import { explain, explainError } from './explain.ts';
import { launch } from './launch.ts';
import { VmctlMachine } from './machine.ts';

/** A machine leaves vmd's table a little before its name and its disks are free again. */
const NOT_YET_RELEASED = /Operation already in progress|Too many processes|could not open disk image/;
/** Milliseconds after the end of a machine of ours in which that is taken for the reason. */
const RELEASE_TIME = 10_000;
const RETRY_DELAY = 500;

/** Runs machines on OpenBSD's vmd(8), through vmctl(8). */
export class VmctlHypervisor implements Hypervisor {
  readonly name = 'vmctl';
  readonly #options: HypervisorOptions;
  readonly #client: VmctlClient;
  /** When the last machine of each name ended. */
  readonly #endings = new Map<string, number>();

  constructor(options: HypervisorOptions = {}) {
    this.#options = options;
    this.#client = new VmctlClient(options);
  }

  async probe(signal: AbortSignal, machine?: ProbedMachine): Promise<void> {
    if (machine !== undefined) checkDrives(machine);
    await this.#client.status(signal);
    if (machine === undefined) return;
    await this.#requireFreeName(machine.name, signal);
    if (machine.cpus !== undefined) await this.#client.requireCpus(signal);
  }

  async createDisk(disk: DiskSpec, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const args = createArguments(disk);
    if (disk.base !== undefined) await requireFile(disk.base, 'base image');
    await requireNoFile(disk.path);
    try {
      await this.#client.run(args, { signal, timeout: this.#client.limits.create });
    } catch (error) {
      // vmctl(8) never overwrites: unless the file came up in this very moment, it is a half-made one of ours.
      if (!(error instanceof CommandError && error.stderr.includes('File exists')))
        await rm(disk.path, { force: true });
      throw explainError(
        { what: `The disk image ${disk.path} could not be created`, disk: disk.path },
        error,
      );
    }
    await requireMade(disk.path);
  }

  async start(spec: MachineSpec, signal: AbortSignal): Promise<Machine> {
    signal.throwIfAborted();
    const args = startArguments(spec, spec.purpose === 'provision' && this.#templateHasCdrom(spec.template));
    for (const disk of disksOf(spec)) {
      await requireFile(disk.path, 'disk image', true);
      await requireRaw(disk);
    }
    if (spec.purpose === 'install') {
      if (spec.cdrom !== undefined) await requireFile(spec.cdrom, 'ISO image');
      if (spec.boot !== undefined) await requireFile(spec.boot, 'boot image');
    }
    if (spec.cd !== undefined) await requireFile(spec.cd, 'CD of cd_files');
    await this.#requireFreeName(spec.name, signal);
    for (;;) {
      try {
        return await this.#startOnce(spec, args, signal);
      } catch (error) {
        const since = Date.now() - (this.#endings.get(spec.name) ?? -Infinity);
        if (
          since > RELEASE_TIME ||
          !(error instanceof HypervisorError && NOT_YET_RELEASED.test(error.message))
        ) {
          throw error;
        }
        await delay(RETRY_DELAY, undefined, { signal }).catch(() => signal.throwIfAborted());
        // In the meantime the name may have become somebody else's.
        await this.#requireFreeName(spec.name, signal);
      }
    }
  }

  async #startOnce(spec: MachineSpec, args: readonly string[], signal: AbortSignal): Promise<Machine> {
    const console = new StreamConsole();
    const client = this.#client;
    const { name, template, guestPort } = spec;
    const what = `The virtual machine ${name} could not be started`;
    const paths = disksOf(spec).map(({ path }) => path);
    const explainStart = (said: string) => explain({ what, name, template, disk: paths.join(' ') }, said);
    const launched = await launch({ client, name, args, console, signal, explain: explainStart });
    const { onNote } = this.#options;
    const machine = new VmctlMachine({ client, name, ...launched, guestPort, console, onNote });
    void console.closed.then(() => this.#endings.set(name, Date.now()));
    return machine;
  }

  describe(work: HypervisorWork): Promise<readonly Action[]> {
    return describe(work, this.#client, (template) => this.#templateHasCdrom(template));
  }

  expectAddresses({ guestPort }: Pick<MachineSpec, 'guestPort'>): ExpectedAddresses {
    return expectAddresses(guestPort);
  }

  /** A machine of that name is somebody else's: it must not be touched, and vmctl would take our commands for it. */
  async #requireFreeName(name: string, signal: AbortSignal): Promise<void> {
    checkName(name);
    const row = await this.#client.row(name, signal);
    if (row === undefined) return;
    const owner = row.owner === undefined ? '' : ` of ${row.owner}`;
    throw new HypervisorError(
      `vmd(8) already knows a virtual machine ${name}${owner} (${row.state}, ID ${row.id}).`,
      row.state === 'stopped'
        ? 'Choose another vm_name, or remove the vm of that name from /etc/vm.conf.'
        : `Choose another vm_name, or wait for that machine, or end it: vmctl stop ${name}.`,
    );
  }

  /** False when no vm.conf(5) can be read: it is often for root's eyes only. */
  #templateHasCdrom(name: string): boolean {
    try {
      const { vmConf, env, cwd, templateDirectory } = this.#options;
      return resolveTemplate(name, { flag: vmConf, env, cwd, templateDirectory }).cdrom !== undefined;
    } catch (error) {
      if (error instanceof HypervisorError) return false;
      throw error;
    }
  }
}

/** A program that ends well and has made nothing, such as another one under the name of vmctl(8), is found out before the start. */
async function requireMade(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (cause) {
    throw new HypervisorError(
      `The disk image ${path} could not be created: vmctl reported no failure, but there is no such file (${(cause as Error).message}).`,
      'Run the command by hand and see what it does; PACKER_LOG=1 shows it. VMM_HCL_VMCTL or the PATH may lead to another program.',
      { cause },
    );
  }
}
