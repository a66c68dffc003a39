// What every driver must do, whatever runs the machines. Each driver's own test file brings a subject.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import {
  type Console,
  type Hypervisor,
  HypervisorError,
  type Machine,
  type MachineSpec,
} from '../../src/hypervisor/hypervisor.ts';
import { GUEST_KEYS } from './boot-sector.ts';

/** A driver with everything that a test of it needs. */
export interface Subject {
  readonly hypervisor: Hypervisor;
  /** An empty directory. */
  readonly directory: string;
  /** A vm.conf template that exists. */
  readonly template: string;
  /** A bootable CD with the guest of boot-sector.ts, or with something that behaves like it. */
  readonly iso: string;
  /** Puts that guest on a raw disk image. */
  install(disk: string): Promise<void>;
  /** False where a machine whose disk is in use starts, and ends at once. */
  readonly refusesLockedDisks: boolean;
  /** Everything that a machine could leave behind: processes, sockets, entries of tables. */
  leftovers(): Promise<string[]>;
  remove(): Promise<void>;
}

const never = new AbortController().signal;

export function driverSuite(name: string, setUp: () => Promise<Subject>, skip: string | false = false): void {
  describe(`driver ${name}`, { skip }, () => {
    let subject: Subject;
    const machines: Machine[] = [];
    before(async () => {
      subject = await setUp();
    });
    afterEach(async () => {
      await Promise.all(machines.splice(0).map((machine) => machine.stop(0)));
      assert.deepEqual(await subject.leftovers(), []);
    });
    after(() => subject.remove());

    let count = 0;
    /** A disk with the guest, or a blank one, which lets the firmware go on to the CD. */
    async function makeDisk(installed: boolean): Promise<string> {
      const path = join(subject.directory, `disk${++count}.raw`);
      await subject.hypervisor.createDisk({ path, format: 'raw', size: '1M' }, never);
      if (installed) await subject.install(path);
      return path;
    }
    function specOf(path: string, more: Partial<MachineSpec>): MachineSpec {
      return {
        name: `suite-${count}`,
        template: subject.template,
        disk: { path, format: 'raw' },
        memory: '64M',
        purpose: 'install',
        guestPort: 22,
        ...more,
      };
    }
    async function start(more: Partial<MachineSpec>): Promise<Machine> {
      const machine = await subject.hypervisor.start(
        specOf(await makeDisk(more.purpose === 'provision'), more),
        never,
      );
      machines.push(machine);
      return machine;
    }

    it('finds its programs', () =>
      subject.hypervisor.probe(never, { name: 'suite-0', template: subject.template }));

    describe('createDisk', () => {
      it('makes raw and qcow2 images, and qcow2 images on a base', async () => {
        const raw = join(subject.directory, 'a.raw');
        await subject.hypervisor.createDisk({ path: raw, format: 'raw', size: '2M' }, never);
        assert.equal((await stat(raw)).size, 2 * 1024 * 1024);
        const base = join(subject.directory, 'base.qcow2');
        await subject.hypervisor.createDisk({ path: base, format: 'qcow2', size: '1.5M' }, never);
        const child = join(subject.directory, 'child, too.qcow2');
        await subject.hypervisor.createDisk({ path: child, format: 'qcow2', base }, never);
        const image = await readFile(child);
        assert.equal(image.toString('latin1', 0, 4), 'QFI\xfb');
        assert.ok(image.includes(base));
      });

      it('refuses to create over a file, and leaves it alone', async () => {
        const path = join(subject.directory, 'precious.qcow2');
        await writeFile(path, 'precious');
        await assert.rejects(
          subject.hypervisor.createDisk({ path, format: 'qcow2', size: '1M' }, never),
          (error) => error instanceof HypervisorError && /precious\.qcow2 exists already/.test(error.message),
        );
        assert.equal(await readFile(path, 'utf8'), 'precious');
      });

      it('leaves nothing when it fails', async () => {
        const path = join(subject.directory, 'failed.qcow2');
        const fails = (spec: object) =>
          assert.rejects(
            subject.hypervisor.createDisk({ path, format: 'qcow2', ...spec }, never),
            HypervisorError,
          );
        await fails({ size: '12 parsecs' });
        await fails({});
        await fails({ base: join(subject.directory, 'no-base.qcow2') });
        await fails({ path: join(subject.directory, 'no-directory', 'x.qcow2'), size: '1M' });
        await assert.rejects(
          subject.hypervisor.createDisk(
            { path, format: 'qcow2', size: '1M' },
            AbortSignal.abort(new Error('no')),
          ),
          /^Error: no$/,
        );
        assert.ok(!existsSync(path));
      });
    });

    it('boots the CD to install, shows the console from its first byte, and sees the guest power off', async () => {
      const machine = await start({ cdrom: subject.iso });
      const console = new Recorder(machine.console);
      await console.until(/from cd> /);
      await machine.console.write(Buffer.from('héllo'));
      await console.until(/from cd> héllo/);
      assert.equal(new Recorder(machine.console).text, console.text, 'a late listener gets everything');
      const { host, bind, guest } = await machine.addresses(never);
      assert.match(
        `${host} ${bind} ${guest.host}`,
        /^100\.64\.\d+\.2 \d+\.\d+\.\d+\.\d+ \d+\.\d+\.\d+\.\d+$/,
      );
      assert.ok(guest.port > 0);
      await machine.console.write(Buffer.from(GUEST_KEYS.powerOff));
      assert.deepEqual(await machine.waitForPowerOff(never), { cause: 'guest' });
      await machine.console.closed;
      await assert.rejects(machine.console.write(Buffer.from('x')), HypervisorError);
      await machine.stop(1000);
      assert.deepEqual(await machine.waitForPowerOff(never), { cause: 'guest' });
    });

    it('boots the disk to provision, whatever CD there is, and goes on when the guest reboots', async () => {
      const machine = await start({ purpose: 'provision', cdrom: subject.iso, bootDevice: 'cdrom' });
      const console = new Recorder(machine.console);
      await console.until(/from disk> /);
      await machine.console.write(Buffer.from(GUEST_KEYS.reset));
      await console.until(/from disk> [^]*from disk> /);
      await machine.console.write(Buffer.from('still here'));
      await console.until(/still here/);
      await machine.stop(10_000);
      assert.deepEqual(await machine.waitForPowerOff(never), { cause: 'stopped' });
    });

    it('without a boot device, the installer reboots into the disk', async () => {
      const disk = await makeDisk(false);
      const machine = await subject.hypervisor.start(specOf(disk, { cdrom: subject.iso }), never);
      machines.push(machine);
      const console = new Recorder(machine.console);
      await console.until(/from cd> /);
      await subject.install(disk);
      await machine.console.write(Buffer.from(GUEST_KEYS.reset));
      await console.until(/from disk> /);
    });

    it('with a boot device, a reboot is the end', async () => {
      const machine = await start({ cdrom: subject.iso, bootDevice: 'cdrom' });
      await new Recorder(machine.console).until(/from cd> /);
      await machine.console.write(Buffer.from(GUEST_KEYS.reset));
      assert.deepEqual(await machine.waitForPowerOff(never), { cause: 'guest' });
    });

    it('forces a guest that does not listen, and stops only once', async () => {
      const machine = await start({ purpose: 'provision' });
      const console = new Recorder(machine.console);
      await console.until(/from disk> /);
      await machine.console.write(Buffer.from(GUEST_KEYS.ignorePowerButton));
      await console.until(/!/);
      await Promise.all([machine.stop(300), machine.stop(300)]);
      await machine.stop(0);
      assert.deepEqual(await machine.waitForPowerOff(never), { cause: 'stopped' });
    });

    it('ends waiting on abort, and the machine lives on', async () => {
      const machine = await start({ purpose: 'provision' });
      const controller = new AbortController();
      const waiting = machine.waitForPowerOff(controller.signal);
      controller.abort(new Error('enough'));
      await assert.rejects(waiting, /enough/);
      await new Recorder(machine.console).until(/from disk> /);
    });

    it('leaves nothing when a start is aborted or fails', async () => {
      const disk = await makeDisk(true);
      const controller = new AbortController();
      const starting = subject.hypervisor.start(specOf(disk, {}), controller.signal);
      setImmediate(() => controller.abort(new Error('cancelled')));
      await assert.rejects(starting, /cancelled/);
      const fails = (more: Partial<MachineSpec>, message: RegExp) =>
        assert.rejects(
          subject.hypervisor.start(specOf(disk, more), never),
          (error) =>
            (error instanceof HypervisorError && message.test(error.message)) || assert.fail(String(error)),
        );
      await fails({ cdrom: '/nonexistent/x.iso' }, /\/nonexistent\/x\.iso does not exist/);
      await fails(
        { disk: { path: '/nonexistent/x.raw', format: 'raw' } },
        /\/nonexistent\/x\.raw does not exist/,
      );
      await fails({ template: 'no-such-template' }, /no-such-template/);
      await fails({ memory: '12 parsecs' }, /12 parsecs/);
    });

    it('refuses a disk that another machine uses', async (test) => {
      if (!subject.refusesLockedDisks) return test.skip('its machines end at once instead');
      const disk = await makeDisk(true);
      machines.push(await subject.hypervisor.start(specOf(disk, {}), never));
      await assert.rejects(
        subject.hypervisor.start(specOf(disk, { name: 'suite-second' }), never),
        (error) => error instanceof HypervisorError && /use/.test(`${error.message} ${error.hint}`),
      );
    });
  });
}

/** Listens to a console and waits for text. */
export class Recorder {
  text = '';
  readonly #decoder = new TextDecoder();
  #more: () => void = () => undefined;
  #closed = false;

  constructor(console: Console) {
    console.onData((chunk) => {
      this.text += this.#decoder.decode(chunk, { stream: true });
      this.#more();
    });
    void console.closed.then(() => {
      this.#closed = true;
      this.#more();
    });
  }

  /** Fails when the console closes first, and after a minute, in which a machine boots even on a busy host. */
  async until(pattern: RegExp): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#more();
    }, 60_000);
    while (!pattern.test(this.text)) {
      if (this.#closed || late) {
        assert.fail(
          `${late ? 'no' : 'the console closed before'} ${pattern} in: ${JSON.stringify(this.text)}`,
        );
      }
      await new Promise<void>((resolve) => (this.#more = resolve));
    }
    clearTimeout(timer);
  }
}
