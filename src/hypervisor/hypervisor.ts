import type { Action } from '../plan/action.ts';

/**
 * The border between the executor and the systems that run virtual machines. Two drivers implement it:
 * vmctl(8) on OpenBSD and QEMU elsewhere. Nothing above this file knows which one it talks to.
 */
export interface Hypervisor {
  readonly name: 'vmctl' | 'qemu';

  /**
   * Checks that the programs are there and usable, before anything is created; with `machine` also that its name is free
   * and that its vm.conf(5) template is known and its options can be had, where the driver can tell.
   * @throws HypervisorError with the thing to install or to set.
   */
  probe(signal: AbortSignal, machine?: ProbedMachine): Promise<void>;

  /**
   * Creates a disk image. MUST fail, and leave the file alone, when `disk.path` exists.
   * On failure or abort nothing is left at `disk.path`.
   */
  createDisk(disk: DiskSpec, signal: AbortSignal): Promise<void>;

  /**
   * Starts a virtual machine and resolves once it runs and its console is attached from the first byte.
   * On failure or abort no process, socket or VM is left behind.
   * @throws LeftoverError when the virtual machine could not be ended again
   */
  start(spec: MachineSpec, signal: AbortSignal): Promise<Machine>;

  /**
   * What the driver would do for `work`, with the command lines of the real run. It may look at files; it creates and starts
   * nothing, and needs none of the programs.
   * @throws HypervisorError when there is no such command line, as the real run would.
   */
  describe(work: HypervisorWork): Promise<readonly Action[]>;

  /** What the programs call themselves, for reports; absent where they do not say it. */
  version?(signal: AbortSignal): Promise<string>;

  /** The addresses that a machine will have, with placeholders for what is only known when it runs. */
  expectAddresses(machine: Pick<MachineSpec, 'guestPort'>): ExpectedAddresses;
}

/** Something to describe. `wait` begins with the start of the machine; `stop` is `Machine.stop`. */
export type HypervisorWork =
  | { readonly kind: 'probe'; readonly machine: ProbedMachine }
  | { readonly kind: 'create-disk'; readonly disk: DiskSpec }
  /** `fetchesCdrom`: the ISO image comes in an earlier step, and need not be there yet. */
  | { readonly kind: 'start'; readonly spec: MachineSpec; readonly fetchesCdrom?: boolean }
  | { readonly kind: 'wait'; readonly name: string }
  | { readonly kind: 'stop'; readonly name: string; readonly graceMs: number };

/** As `Addresses`. */
export interface ExpectedAddresses {
  readonly host: string;
  readonly bind: string;
  readonly guest: { readonly host: string; readonly port: string };
}

export interface DiskSpec {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  /** A size as vmctl(8) takes it: digits and one of B K M G T P E, such as "20G". Absent only with `base`. */
  readonly size?: string;
  /** Path of a qcow2 base image. */
  readonly base?: string;
}

/** A disk image of a machine. */
export type MachineDisk = Pick<DiskSpec, 'path' | 'format'>;

/** What can be told about a machine before it is started. */
export interface ProbedMachine extends Pick<MachineSpec, 'name' | 'template' | 'cpus'> {
  /** Whether it will get an ISO image for the installation, and a CD that is made for it. */
  readonly hasCdrom?: boolean;
  readonly hasCd?: boolean;
}

export interface MachineSpec {
  /** Name of the virtual machine, `vm_name`. */
  readonly name: string;
  /** Name of the vm.conf(5) template, `vm_template`. */
  readonly template: string;
  /** The disk that is booted when the system is installed. */
  readonly disk: MachineDisk;
  /** Further disks, after it in this order; at most three. */
  readonly additionalDisks?: readonly MachineDisk[];
  /** `vmctl start -m`; absent: the template's. */
  readonly memory?: string;
  /** `vmctl start -p`; absent: the template's. */
  readonly cpus?: number;
  /** `vmctl start -n`: switches of vm.conf(5), each with an interface after the local one. */
  readonly switches?: readonly string[];
  /** `vmctl start -B`: where to boot from, and with that a guest reboot ends the machine. */
  readonly bootDevice?: 'disk' | 'cdrom' | 'net';
  /** `vmctl start -b`: kernel or BIOS image. */
  readonly boot?: string;
  /** `vmctl start -r`: ISO image. */
  readonly cdrom?: string;
  /** ISO image with files for the guest, in a drive of its own, for both purposes. It cannot be booted. */
  readonly cd?: string;
  /**
   * What this boot is for. `install`: the machine may end by itself when the installer is done (a reboot counts as the end
   * where the driver can tell). `provision`: boot the installed disk, and no CD; guest reboots go on.
   */
  readonly purpose: 'install' | 'provision';
  /** TCP port of the guest that the host must reach: `ssh_port`. */
  readonly guestPort: number;
}

/** All disks of a machine, in the order in which it sees them. */
export function disksOf({ disk, additionalDisks = [] }: MachineSpec): readonly MachineDisk[] {
  return [disk, ...additionalDisks];
}

/** A running virtual machine. */
export interface Machine {
  readonly name: string;
  readonly console: Console;
  /** Settles once the machine's network is known. */
  addresses(signal: AbortSignal): Promise<Addresses>;
  /** Resolves when the machine has ended, by itself or by `stop`. Rejects only on abort or when the driver lost track of it. */
  waitForPowerOff(signal: AbortSignal): Promise<PowerOff>;
  /**
   * Ends the machine: asks first (ACPI or vmmci) and waits up to `graceMs` milliseconds, then forces. With `graceMs` 0 forces at once.
   * Idempotent; resolves when the machine, its processes and its sockets are gone. Not cancellable: it is used in cleanup.
   */
  stop(graceMs: number): Promise<void>;
  /** From now on the machine goes on when this process ends, as far as the driver would end it. */
  keep(): void;
  /** How a machine that goes on is reached and stopped by hand, after its name: "(stop it with: …)". */
  readonly byHand: string;
}

export interface PowerOff {
  /** `guest`: the guest powered off or halted (or rebooted, where that ends it); `stopped`: we ended it; `died`: the machine crashed. */
  readonly cause: 'guest' | 'stopped' | 'died';
  /** For `died`: what the hypervisor said. */
  readonly detail?: string;
}

export interface Addresses {
  /** What the guest calls the host: `{{ .HTTPIP }}`. */
  readonly host: string;
  /** The local address on which a server must listen for the guest to reach it as `host`. */
  readonly bind: string;
  /** Where the host reaches TCP `port` of the guest (QEMU forwards a port of 127.0.0.1 to `MachineSpec.guestPort`). */
  readonly guest: { readonly host: string; readonly port: number };
}

/** The serial console of a machine. */
export interface Console {
  /**
   * Subscribes to bytes from the guest. The listener first receives everything since the first byte of this boot,
   * then each new chunk. Returns the function that unsubscribes.
   */
  onData(listener: (chunk: Uint8Array) => void): () => void;
  /** Sends bytes to the guest; resolves when they are handed over. Rejects when the console is gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when no more output will come. */
  readonly closed: Promise<void>;
}

/** A failure of a hypervisor that has a known cause. `message` is a full sentence; `hint` says what to do. */
export class HypervisorError extends Error {
  override name = 'HypervisorError';
  constructor(
    message: string,
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A start that failed, or was aborted, and has left a virtual machine that does not want to end. */
export class LeftoverError extends HypervisorError {
  override name = 'LeftoverError';
  constructor(
    cause: unknown,
    /** What is left, with the way to remove it. */
    readonly leaves: string,
    /** Tries once more. Rejects when it is still there. */
    readonly remove: () => Promise<void>,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), (cause as HypervisorError).hint, { cause });
  }
}
