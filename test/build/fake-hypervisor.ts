import { rmSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { HypervisorError } from '../../src/hypervisor/hypervisor.ts';
import type {
  Addresses,
  Console,
  DiskSpec,
  ExpectedAddresses,
  Hypervisor,
  HypervisorWork,
  Machine,
  MachineSpec,
  PowerOff,
} from '../../src/hypervisor/hypervisor.ts';
import { type Action, hostCommand } from '../../src/plan/action.ts';

/** What the guest of one boot does. */
export type GuestScript = (machine: FakeMachine) => Promise<void> | void;

export interface FakeOptions {
  /** Default: asks for a boot command, "installs" after Enter, powers off. */
  readonly install?: GuestScript;
  /** Default: runs until it is stopped. */
  readonly provision?: GuestScript;
  /** Where the guest's SSH server is. */
  readonly guest?: { readonly host: string; readonly port: number };
}

/** Machines that exist only in memory, apart from their disks. */
export class FakeHypervisor implements Hypervisor {
  readonly name = 'qemu';
  readonly options: FakeOptions;
  /** What was asked for, in order. */
  readonly calls: string[] = [];
  readonly specs: MachineSpec[] = [];
  readonly running = new Set<FakeMachine>();
  /** The call that fails, such as "start install", and with what. */
  failAt?: { readonly call: string; readonly error: Error };
  /** Called before each call is carried out. */
  onCall?: (call: string) => void;

  constructor(options: FakeOptions = {}) {
    this.options = options;
  }

  probe(signal: AbortSignal): Promise<void> {
    return this.#call('probe', signal);
  }

  async createDisk(disk: DiskSpec, signal: AbortSignal): Promise<void> {
    await this.#call('createDisk', signal);
    writeFileSync(disk.path, 'empty', { flag: 'wx' });
    if (!signal.aborted) return;
    rmSync(disk.path);
    signal.throwIfAborted();
  }

  async start(spec: MachineSpec, signal: AbortSignal): Promise<Machine> {
    await this.#call(`start ${spec.purpose}`, signal);
    this.specs.push(spec);
    await stat(spec.disk.path);
    if ([...this.running].some((machine) => machine.name === spec.name)) {
      throw new HypervisorError(`A machine ${spec.name} runs already.`);
    }
    const machine = new FakeMachine(spec, this.options.guest ?? { host: '127.0.0.1', port: 9 });
    this.running.add(machine);
    void machine.ended.then(() => this.running.delete(machine));
    const script =
      spec.purpose === 'install' ? (this.options.install ?? installWhenAsked) : this.options.provision;
    void Promise.resolve(script?.(machine)).catch((error: Error) =>
      machine.die(`guest script: ${error.message}`),
    );
    return machine;
  }

  describe(work: HypervisorWork): Promise<readonly Action[]> {
    return Promise.resolve([hostCommand(['fake', work.kind])]);
  }

  expectAddresses({ guestPort }: Pick<MachineSpec, 'guestPort'>): ExpectedAddresses {
    return { host: '<host>', bind: '<host>', guest: { host: '<guest>', port: String(guestPort) } };
  }

  async #call(call: string, signal: AbortSignal): Promise<void> {
    this.calls.push(call);
    this.onCall?.(call);
    signal.throwIfAborted();
    if (this.failAt?.call === call) throw this.failAt.error;
    await Promise.resolve();
  }
}

const installWhenAsked: GuestScript = async (machine) => {
  machine.print('boot: ');
  await machine.typedUntil('\r');
  machine.print('\r\ninstalling...\r\n');
  writeFileSync(machine.spec.disk.path, 'installed');
  machine.powerOff();
};

export class FakeMachine implements Machine {
  readonly spec: MachineSpec;
  readonly name: string;
  readonly ended: Promise<PowerOff>;
  /** Everything that was typed. */
  typed = '';
  /** Whether the guest shows what is typed. */
  echo = true;
  /** Whether a stop with time for the guest makes it power off by itself. */
  obeysStop = true;
  readonly stops: number[] = [];
  /** Whether it may outlive the program. */
  kept = false;
  readonly byHand = '(stop it with: fake stop)';
  readonly #guest: Addresses['guest'];
  readonly #output: Uint8Array[] = [];
  readonly #listeners = new Set<(chunk: Uint8Array) => void>();
  readonly #typedWaiters = new Set<() => void>();
  #end!: (end: PowerOff) => void;
  #over = false;

  constructor(spec: MachineSpec, guest: Addresses['guest']) {
    this.spec = spec;
    this.name = spec.name;
    this.#guest = guest;
    this.ended = new Promise((resolve) => {
      this.#end = (end) => {
        this.#over = true;
        resolve(end);
      };
    });
  }

  get console(): Console {
    return {
      onData: (listener) => {
        for (const chunk of this.#output) listener(chunk);
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      write: async (bytes) => {
        if (this.#over) throw new Error('the console is gone');
        this.typed += Buffer.from(bytes).toString();
        if (this.echo) this.print(bytes);
        this.#typedWaiters.forEach((waiter) => waiter());
        await Promise.resolve();
      },
      closed: this.ended.then(() => undefined),
    };
  }

  keep(): void {
    this.kept = true;
  }

  print(text: string | Uint8Array): void {
    const chunk = typeof text === 'string' ? Buffer.from(text) : text;
    this.#output.push(chunk);
    for (const listener of this.#listeners) listener(chunk);
  }

  async typedUntil(text: string): Promise<void> {
    while (!this.typed.includes(text)) {
      await new Promise<void>((resolve) => this.#typedWaiters.add(resolve));
    }
  }

  powerOff(): void {
    this.#end({ cause: 'guest' });
  }

  die(detail: string): void {
    this.#end({ cause: 'died', detail });
  }

  addresses(signal: AbortSignal): Promise<Addresses> {
    signal.throwIfAborted();
    return Promise.resolve({ host: '100.64.1.2', bind: '127.0.0.1', guest: this.#guest });
  }

  waitForPowerOff(signal: AbortSignal): Promise<PowerOff> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      void this.ended.then(resolve);
    });
  }

  async stop(graceMs: number): Promise<void> {
    this.stops.push(graceMs);
    if (graceMs > 0 && this.obeysStop) this.powerOff();
    else this.#end({ cause: 'stopped' });
    await this.ended;
  }
}
