import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { abortable } from '../../lib/abort.ts';
import { CommandError, lastLines } from '../../lib/process/command-error.ts';
import { findProgram } from '../../lib/process/find-program.ts';
import { freePort } from '../../lib/free-port.ts';
import { run, type RunningProcess, startProcess } from '../../lib/process/run.ts';
import type { Action } from '../../plan/action.ts';
import { requireFile } from '../files.ts';
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
import { resolveTemplate } from '../vm-conf/template.ts';
import { type Accelerator, chooseAccelerator } from './accelerator.ts';
import { type CommandParts, qemuArguments, switchNote } from './arguments.ts';
import { bootImageArguments, refuseNetworkBoot } from './boot-image.ts';
import { describe, EXPECTED_ADDRESSES } from './describe.ts';
import { createDisk } from './disk.ts';
import { QemuMachine } from './machine.ts';
import { Qmp } from './qmp.ts';
import { MachineSockets } from './sockets.ts';

/** Between choosing a free port and QEMU's taking it, somebody else may. */
const PORT_ATTEMPTS = 5;
const IMAGE_PROGRAM = 'qemu-img';
const PORT_TAKEN = /Could not set up host forwarding rule/;

/** Runs machines on QEMU, for templates that are written or tested away from OpenBSD. */
export class QemuHypervisor implements Hypervisor {
  readonly name = 'qemu';
  readonly #options: HypervisorOptions;
  readonly #env: NodeJS.ProcessEnv;
  #accelerator: Promise<Accelerator> | undefined;

  constructor(options: HypervisorOptions = {}) {
    this.#options = options;
    this.#env = options.env ?? process.env;
  }

  async probe(signal: AbortSignal, machine?: ProbedMachine): Promise<void> {
    signal.throwIfAborted();
    this.#imageProgram();
    if (machine !== undefined) this.#template(machine.template);
    await this.#chooseAccelerator(this.#program(), signal);
  }

  async createDisk(disk: DiskSpec, signal: AbortSignal): Promise<void> {
    await createDisk(disk, { program: this.#imageProgram(), signal });
  }

  async start(spec: MachineSpec, signal: AbortSignal): Promise<Machine> {
    signal.throwIfAborted();
    const program = this.#program();
    const template = this.#template(spec.template);
    const bootImage = await this.#checkFiles(spec, template.cdrom);
    const note = spec.purpose === 'install' ? switchNote(spec) : undefined;
    if (note !== undefined) this.#options.onNote?.(note);
    const accelerator = (await this.#chooseAccelerator(program, signal)).name;
    for (let attempt = 1; ; attempt++) {
      const port = await freePort('127.0.0.1');
      try {
        return await this.#launch(program, { spec, template, accelerator, bootImage, port }, signal);
      } catch (error) {
        const taken = error instanceof HypervisorError && PORT_TAKEN.test(error.message);
        if (!taken || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  async #launch(
    program: string,
    parts: Omit<CommandParts, 'serialPath' | 'controlPath'> & { readonly port: number },
    signal: AbortSignal,
  ): Promise<Machine> {
    const sockets = await MachineSockets.create();
    let child: RunningProcess | undefined;
    try {
      const paths = { serialPath: sockets.serial.path, controlPath: sockets.control.path };
      child = await startProcess(program, qemuArguments({ ...parts, ...paths }), {
        // Ctrl-C is ours to handle: QEMU would end at once, in the middle of whatever the guest does.
        ownGroup: true,
      });
      const failed = child.ended.then(() => {
        throw startFailure(parts.spec.name, child);
      });
      failed.catch(() => undefined);
      const connections = Promise.all([sockets.serial.connection, sockets.control.connection]);
      const [serial, control] = await abortable(Promise.race([connections, failed]), signal);
      const qmp = new Qmp(control);
      const { host, bind, guest } = EXPECTED_ADDRESSES;
      const addresses = { host, bind, guest: { host: guest.host, port: parts.port } };
      const machine = new QemuMachine({
        name: parts.spec.name,
        process: child,
        sockets,
        serial,
        qmp,
        addresses,
      });
      await abortable(Promise.race([qmp.handshake().catch(() => failed), failed]), signal);
      return machine;
    } catch (error) {
      await child?.kill();
      await sockets.remove();
      throw error instanceof CommandError ? notStarted(parts.spec.name, error) : error;
    }
  }

  describe(work: HypervisorWork): Promise<readonly Action[]> {
    const qemu = this.#findProgram();
    const image = (qemu === undefined ? undefined : this.#findImageProgram(qemu)) ?? IMAGE_PROGRAM;
    return describe(work, { qemu: qemu ?? this.#programName(), image }, (name) => this.#template(name));
  }

  async version(signal: AbortSignal): Promise<string> {
    const { stdout } = await run(this.#program(), ['--version'], { signal });
    return stdout.split('\n', 1)[0] ?? '';
  }

  expectAddresses(): ExpectedAddresses {
    return EXPECTED_ADDRESSES;
  }

  #programName(): string {
    return this.#env['VMM_HCL_QEMU'] || 'qemu-system-x86_64';
  }

  #findProgram(): string | undefined {
    return findProgram(this.#programName(), this.#env);
  }

  #program(): string {
    return this.#findProgram() ?? missing(this.#programName(), 'VMM_HCL_QEMU');
  }

  /** qemu-img stands beside the QEMU that was named, or on the PATH. */
  #findImageProgram(program: string): string | undefined {
    const beside = join(dirname(program), IMAGE_PROGRAM);
    return existsSync(beside) ? beside : findProgram(IMAGE_PROGRAM, this.#env);
  }

  #imageProgram(): string {
    return this.#findImageProgram(this.#program()) ?? missing(IMAGE_PROGRAM, 'PATH');
  }

  #template(name: string) {
    const { vmConf, cwd, templateDirectory } = this.#options;
    return resolveTemplate(name, { flag: vmConf, env: this.#env, cwd, templateDirectory });
  }

  async #checkFiles(spec: MachineSpec, templateCdrom: string | undefined): Promise<string[]> {
    for (const { path } of disksOf(spec)) await requireFile(path, 'disk image', true);
    if (spec.cd !== undefined) await requireFile(spec.cd, 'CD of cd_files');
    if (spec.purpose === 'provision') return [];
    const cdrom = spec.cdrom ?? templateCdrom;
    if (cdrom !== undefined) await requireFile(cdrom, 'ISO image');
    if (spec.boot !== undefined) {
      await requireFile(spec.boot, 'boot image');
      return bootImageArguments(spec.boot);
    }
    refuseNetworkBoot(spec);
    return [];
  }

  /** Asked once; told once. */
  #chooseAccelerator(program: string, signal: AbortSignal): Promise<Accelerator> {
    const { onNote } = this.#options;
    this.#accelerator ??= chooseAccelerator(program, signal).then(
      (accelerator) => {
        onNote?.(accelerator.reason);
        return accelerator;
      },
      (error: unknown) => {
        this.#accelerator = undefined;
        throw error;
      },
    );
    return this.#accelerator;
  }
}

function missing(name: string, variable: string): never {
  throw new HypervisorError(
    `The program ${name} was not found.`,
    `Install QEMU (Debian and Ubuntu: apt-get install qemu-system-x86 qemu-utils; OpenBSD: pkg_add qemu), or set ${variable}.`,
  );
}

function startFailure(name: string, child: RunningProcess | undefined): HypervisorError {
  const said = lastLines(child?.stderrTail() ?? '', 5) || 'it said nothing';
  const hint = /Failed to get "write" lock|Failed to get shared "write" lock/.test(said)
    ? 'Another process uses the disk image; another build of the same template, perhaps.'
    : undefined;
  return new HypervisorError(`QEMU could not start the machine ${name}: ${said}`, hint);
}

function notStarted(name: string, error: CommandError): HypervisorError {
  return new HypervisorError(`QEMU could not start the machine ${name}: ${error.message}`, undefined, {
    cause: error,
  });
}
