import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { HypervisorError, type Machine, type MachineSpec } from '../../src/hypervisor/hypervisor.ts';
import { run } from '../../src/lib/process/run.ts';
import { GUEST_KEYS } from './boot-sector.ts';
import { driverSuite, Recorder } from './driver-suite.ts';
import { FakeVmctl } from './fake-vmctl.ts';

driverSuite('vmctl, on the fake', async () => {
  const fake = await FakeVmctl.create();
  return {
    hypervisor: fake.hypervisor,
    directory: fake.directory,
    template: 'small',
    refusesLockedDisks: true,
    iso: fake.iso,
    install: (disk) => fake.install(disk),
    leftovers: () => fake.leftovers(),
    remove: () => fake.remove(),
  };
});

const never = new AbortController().signal;
/** The process into which `vmctl start -c` turns. */
const CU = /vmctl\.mjs start -c/;

describe('the vmctl driver', { timeout: 900_000 }, () => {
  let fake: FakeVmctl;
  const machines: Machine[] = [];
  beforeEach(async () => {
    fake = await FakeVmctl.create();
  });
  afterEach(async () => {
    await Promise.all(machines.splice(0).map((machine) => machine.stop(0)));
    assert.deepEqual(await fake.leftovers(), []);
    await fake.remove();
  });

  const spec = async (more: Partial<MachineSpec> = {}): Promise<MachineSpec> => ({
    name: 'web',
    template: 'small',
    disk: {
      path: await fake.disk('web.raw', more.purpose === 'provision' || more.cdrom === undefined),
      format: 'raw',
    },
    purpose: 'install',
    guestPort: 22,
    ...more,
  });
  async function start(more: Partial<MachineSpec> = {}): Promise<Machine> {
    const machine = await fake.hypervisor.start(await spec(more), never);
    machines.push(machine);
    return machine;
  }
  async function startFails(more: Partial<MachineSpec> = {}): Promise<HypervisorError> {
    try {
      machines.push(await fake.hypervisor.start(await spec(more), never));
    } catch (error) {
      assert.ok(error instanceof HypervisorError, String(error));
      return error;
    }
    return assert.fail('it started');
  }
  const vmctl = (...args: string[]) => run('fixtures/vmctl/vmctl', args, { env: fake.env });

  describe('command lines', () => {
    it('create', async () => {
      const { directory, hypervisor } = fake;
      const base = `${directory}/b.qcow2`;
      await hypervisor.createDisk({ path: base, format: 'qcow2', size: '1G' }, never);
      await hypervisor.createDisk({ path: `${directory}/c.qcow2`, format: 'qcow2', size: '2g', base }, never);
      await hypervisor.createDisk({ path: `${directory}/d.raw`, format: 'raw', size: '512M' }, never);
      assert.deepEqual(await fake.commands(), [
        `vmctl create -s 1G qcow2:${directory}/b.qcow2`,
        `vmctl create -b ${base} -s 2g qcow2:${directory}/c.qcow2`,
        `vmctl create -s 512M raw:${directory}/d.raw`,
      ]);
    });

    const asked = ['vmctl status', 'vmctl wait', 'ifconfig'];

    it('start with everything, for an installation', async () => {
      const kernel = join(fake.directory, 'bsd.rd');
      await writeFile(kernel, 'FAKE-OS {"system": "sector"}\n');
      const machine = await start({ memory: '1G', bootDevice: 'net', boot: kernel, cdrom: fake.iso });
      await machine.stop(0);
      const { directory, iso } = fake;
      assert.deepEqual(await fake.commands(...asked), [
        `vmctl start -c -L -d ${directory}/web.raw -t small -m 1G -B net -b ${kernel} -r ${iso} web`,
        'vmctl stop -f -w web',
      ]);
    });

    it('start with further disks, each of which must be there', async () => {
      const path = `${fake.directory}/web-1.raw`;
      const additionalDisks = [{ path, format: 'raw' as const }];
      assert.match(
        (await startFails({ additionalDisks })).message,
        /disk image \S+web-1\.raw does not exist/,
      );
      await fake.hypervisor.createDisk({ path, format: 'raw', size: '1M' }, never);
      await (await start({ additionalDisks })).stop(0);
      assert.deepEqual(await fake.commands(...asked, 'vmctl create'), [
        `vmctl start -c -L -d ${fake.directory}/web.raw -d ${path} -t small web`,
        'vmctl stop -f -w web',
      ]);
    });

    it('start with a CD of files: in both boots it is the CD, in place of the one of the template', async () => {
      const cd = join(fake.directory, 'files.iso');
      assert.match((await startFails({ cd })).message, /CD of cd_files \S+files\.iso does not exist/);
      await writeFile(cd, 'an image');
      await (await start({ cd, bootDevice: 'disk' })).stop(0);
      const conf = join(fake.state, 'vm.conf');
      const text = await readFile(conf, 'utf8');
      await writeFile(conf, text.replace('disable', `cdrom "${fake.iso}"`));
      await (await start({ cd, purpose: 'provision' })).stop(0);
      const line = `vmctl start -c -L -d ${fake.directory}/web.raw -t small`;
      assert.deepEqual(await fake.commands(...asked, 'vmctl stop'), [
        `${line} -B disk -r ${cd} web`,
        `${line} -r ${cd} web`,
      ]);
    });

    it('two CDs are refused by everything, before anything is asked or started', async () => {
      const machine = { name: 'web', template: 'small', hasCdrom: true, hasCd: true };
      const both = { cdrom: fake.iso, cd: fake.iso };
      for (const attempt of [
        () => fake.hypervisor.probe(never, machine),
        () => fake.hypervisor.describe({ kind: 'probe', machine }),
        async () => fake.hypervisor.start(await spec(both), never),
      ]) {
        await assert.rejects(attempt, (error: HypervisorError) => {
          assert.match(error.message, /one CD drive \(start -r\), and the source wants two/);
          assert.match(error.hint ?? '', /http_content/);
          return true;
        });
      }
      assert.deepEqual(await fake.commands(), []);
    });

    it('start with nothing, and a graceful stop', async () => {
      const machine = await start();
      assert.deepEqual(await machine.addresses(never), {
        host: '100.64.2.2',
        bind: '100.64.2.2',
        guest: { host: '100.64.2.3', port: 22 },
      });
      await machine.stop(5000);
      assert.deepEqual(await fake.commands(...asked), [
        `vmctl start -c -L -d ${fake.directory}/web.raw -t small web`,
        'vmctl stop -w web',
      ]);
      assert.equal((await fake.commands()).filter((line) => line.startsWith('ifconfig'))[0], 'ifconfig tap');
    });

    it('start to provision: no CD, no kernel, no boot device, unless the template has a CD', async () => {
      await (
        await start({ purpose: 'provision', bootDevice: 'cdrom', cdrom: fake.iso, boot: '/bsd' })
      ).stop(0);
      const conf = join(fake.state, 'vm.conf');
      const text = await readFile(conf, 'utf8');
      await writeFile(conf, text.replace('disable', `cdrom "${fake.iso}"`));
      await (await start({ purpose: 'provision' })).stop(0);
      const line = `vmctl start -c -L -d ${fake.directory}/web.raw -t small`;
      assert.deepEqual(await fake.commands(...asked, 'vmctl stop'), [`${line} web`, `${line} -B disk web`]);
    });
  });

  it('a raw disk on which the guest has written the magic of qcow2 is not started again', async () => {
    const path = join(fake.directory, 'evil.raw');
    await writeFile(path, Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(1024)]));
    const message = /evil\.raw begins like a qcow2 image \("QFI"\), which the guest has written/;
    assert.match(
      (await startFails({ purpose: 'provision', disk: { path, format: 'raw' } })).message,
      message,
    );
    const additionalDisks = [{ path, format: 'raw' as const }];
    assert.match((await startFails({ additionalDisks })).message, message);
    assert.deepEqual(
      (await fake.commands()).filter((line) => line.startsWith('vmctl start')),
      [],
    );
  });

  it('an interface on each switch, after the local one, in both boots', async () => {
    const conf = join(fake.state, 'vm.conf');
    const text = await readFile(conf, 'utf8');
    await writeFile(conf, text.replace('allow instance {', 'allow instance { interface,'));
    await (await start({ switches: ['uplink', 'lan'] })).stop(0);
    await (await start({ switches: ['uplink', 'lan'], purpose: 'provision' })).stop(0);
    const line = `vmctl start -c -L -n uplink -n lan -d ${fake.directory}/web.raw -t small web`;
    const asked = ['vmctl status', 'vmctl wait', 'ifconfig', 'vmctl stop'];
    assert.deepEqual(await fake.commands(...asked), [line, line]);
  });

  describe('cpus', () => {
    const machine = { name: 'web', template: 'small', cpus: 2 };

    it('are passed where vmctl knows -p', async () => {
      await fake.scenario({ cpus: true });
      const conf = join(fake.state, 'vm.conf');
      await writeFile(
        conf,
        (await readFile(conf, 'utf8')).replace('allow instance {', 'allow instance { cpus,'),
      );
      await fake.hypervisor.probe(never, machine);
      await (await start({ cpus: 2 })).stop(0);
      assert.deepEqual(await fake.commands('vmctl status', 'vmctl wait', 'ifconfig', 'vmctl stop'), [
        'vmctl start -p 1',
        `vmctl start -c -L -d ${fake.directory}/web.raw -t small -p 2 web`,
      ]);
    });

    it('are refused before anything is created where it does not', async () => {
      await assert.rejects(fake.hypervisor.probe(never, machine), /does not know the option -p/);
      await fake.hypervisor.probe(never, { name: 'web', template: 'small' });
    });

    it('are in the description', async () => {
      const actions = await fake.hypervisor.describe({ kind: 'probe', machine });
      const lines = actions.flatMap((action) => (action.type === 'command' ? [action.command.slice(1)] : []));
      assert.deepEqual(lines.at(-1), ['start', '-p', '1']);
    });
  });

  describe('a name that vmd knows already', () => {
    it('is refused by probe and start, and that machine is left alone', async () => {
      const disk = await fake.disk('other.raw');
      await vmctl('start', '-L', '-d', disk, '-t', 'small', 'web');
      const error = await startFails();
      assert.match(error.message, /already knows a virtual machine web of builder \(running, ID 2\)/);
      await assert.rejects(fake.hypervisor.probe(never, { name: 'web', template: 'small' }), HypervisorError);
      await assert.rejects(
        fake.hypervisor.probe(never, { name: 'small', template: 'small' }),
        /stopped, ID 1/,
      );
      assert.match((await vmctl('status', 'web')).stdout, /running web/);
      assert.deepEqual(await fake.commands('vmctl status'), [`vmctl start -L -d ${disk} -t small web`]);
      await vmctl('stop', '-f', '-w', 'web');
    });

    it('is refused when it comes up in the last moment, and that machine is left alone', async () => {
      const disk = await fake.disk('other.raw');
      await fake.rules({ command: 'start', args: '-c', hold: true });
      const starting = startFails();
      while (!(await fake.commands()).some((line) => line.includes('start -c'))) await tick();
      await vmctl('start', '-L', '-d', disk, '-t', 'small', 'web');
      await fake.go();
      // The table shows a running machine of that name, but it is the other one, and vmctl will say so.
      assert.match((await starting).message, /already knows an instance of that name/);
      assert.match((await vmctl('status', 'web')).stdout, /running web/);
      await vmctl('stop', '-f', '-w', 'web');
    });

    for (const name of ['-web', '1234', 'a b', 'x'.repeat(64), '']) {
      it(`${JSON.stringify(name)} is no name`, async () => {
        assert.match((await startFails({ name })).message, /does not accept/);
        assert.deepEqual(await fake.commands(), []);
      });
    }
  });

  describe('causes and remedies', () => {
    it('are told with the words of vmctl', async () => {
      const said = 'vmctl: start vm command failed: File name too long\n';
      await fake.rules({ command: 'start', stderr: said, exit: 1 });
      const error = await startFails();
      assert.match(
        error.message,
        /web could not be started: the template does not allow you to make instances/,
      );
      assert.ok(error.message.endsWith(`vmctl said: ${said.trim()}`));
      assert.match(error.hint ?? '', /vm "small".*allow instance/);
      await fake.rules({ command: 'start', stderr: 'vmctl: something new\n', exit: 1 });
      assert.match((await startFails()).message, /could not be started: vmctl said: vmctl: something new$/);
    });

    it('what the fake refuses by itself: rights, memory, a disk of the template', async () => {
      await fake.scenario({ user: { name: 'mallory', uid: 1001 } });
      assert.match((await startFails()).message, /does not allow you to make instances/);
      await fake.scenario({});
      assert.match((await startFails({ memory: '512' })).message, /memory size "512" cannot be used/);
      assert.match((await startFails({ memory: '200G' })).message, /memory size is out of range/);
      const conf = join(fake.state, 'vm.conf');
      await writeFile(conf, (await readFile(conf, 'utf8')).replace('/dev/null', `${fake.directory}/web.raw`));
      assert.match((await startFails()).message, /disk is also one of the template/);
    });

    it('vmd that does not run, or is not ours to talk to', async () => {
      await fake.scenario({ vmd: 'down' });
      await assert.rejects(
        fake.hypervisor.probe(never),
        (error) => error instanceof HypervisorError && /rcctl start vmd/.test(error.hint ?? ''),
      );
      await fake.scenario({ vmd: 'forbidden' });
      await assert.rejects(fake.hypervisor.probe(never), /you may not talk to vmd/);
      await fake.rules({ command: 'status', stdout: '<html>garbage</html>\n', exit: 0 });
      await assert.rejects(fake.hypervisor.probe(never), /state of vmd\(8\) is unknown.*garbage/s);
    });

    it('create that fails leaves nothing, and "File exists" leaves the file', async () => {
      const path = join(fake.directory, 'x.raw');
      const create = () => fake.hypervisor.createDisk({ path, format: 'raw', size: '1M' }, never);
      const full = 'vmctl: create imagefile operation failed: No space left on device\n';
      await fake.rules({ command: 'create', stderr: full, exit: 1 });
      await assert.rejects(create(), /the file system is full/);
      await fake.rules({ command: 'create', dieAfter: 0, delay: 0 });
      await create().catch((error: unknown) => assert.ok(error instanceof HypervisorError));
      const controller = new AbortController();
      await fake.rules({ command: 'create', hang: true });
      const creating = fake.hypervisor.createDisk(
        { path: `${path}2`, format: 'raw', size: '1M' },
        controller.signal,
      );
      setTimeout(() => controller.abort(new Error('cancelled')), 200);
      await assert.rejects(creating, /cancelled/);
    });
  });

  describe('a start that goes another way', () => {
    it('waits while vmd queues the machine', async () => {
      await fake.scenario({ stagger: 800 });
      const machine = await start({ cdrom: fake.iso });
      await new Recorder(machine.console).until(/from cd> /);
    });

    it('is tried again while vmd has not yet released what the machine before it had', async () => {
      await (await start()).stop(0);
      const busy = 'vmctl: start vm command failed: Operation already in progress\n';
      await fake.rules({ command: 'start', times: 2, stderr: busy, exit: 1 });
      await start();
      assert.equal((await fake.commands()).filter((line) => line.startsWith('vmctl start')).length, 4);
    });

    it('survives a table that cannot be read for a moment', async () => {
      await fake.rules({ command: 'status', after: 1, times: 2, stdout: 'garbage\n', exit: 0 });
      await start();
    });

    it('fails when vmctl dies without a machine', async () => {
      await fake.rules({ command: 'start', delay: 100, exit: 0 });
      assert.match((await startFails()).message, /ended as soon as it was started/);
      await fake.rules({ command: 'start', delay: 100, exit: 3 });
      assert.match((await startFails()).message, /failed with exit status 3/);
    });

    for (const [what, rule] of [
      ['while vmctl hangs', { command: 'start', hang: true, stubborn: true }],
      ['before the machine is there', { command: 'start', delay: 600 }],
      ['while the table hangs', { command: 'status', after: 1, times: 1, hang: true }],
    ] as const) {
      it(`aborted ${what}, it leaves nothing`, async () => {
        await fake.rules(rule);
        const controller = new AbortController();
        const starting = fake.hypervisor.start(await spec(), controller.signal);
        starting.catch(() => undefined);
        while (!(await fake.commands()).some((line) => line.includes('start -c'))) await tick();
        controller.abort(new Error('cancelled'));
        await assert.rejects(starting, /cancelled/);
      });
    }
  });

  describe('a machine in trouble', () => {
    it('gets its console back when cu dies', async () => {
      const machine = await start({ cdrom: fake.iso });
      const console = new Recorder(machine.console);
      await console.until(/from cd> /);
      await fake.kill(CU);
      while (!(await fake.commands()).includes('vmctl console web')) await tick();
      await machine.console.write(Buffer.from('again'));
      await console.until(/again/);
      await machine.console.write(Buffer.from(GUEST_KEYS.powerOff));
      assert.deepEqual(await machine.waitForPowerOff(never), { cause: 'guest' });
    });

    it('closes a console that cannot be had again, and goes on', async () => {
      await fake.rules({ command: 'console', stderr: 'vmctl: console not found\n', exit: 1 });
      const machine = await start({ cdrom: fake.iso });
      await fake.kill(CU);
      await machine.console.closed;
      assert.match(fake.notes.join(), /console of web was lost/);
      await machine.stop(2000);
      assert.deepEqual(await machine.waitForPowerOff(never), { cause: 'stopped' });
    });

    it('is seen to end even when `vmctl wait` fails', async () => {
      await fake.rules({
        command: 'wait',
        stderr: 'waiting for vm web: failed: Invalid argument\n',
        exit: 1,
      });
      const machine = await start({ cdrom: fake.iso });
      await new Recorder(machine.console).until(/from cd> /);
      await machine.console.write(Buffer.from(GUEST_KEYS.powerOff));
      assert.deepEqual(await machine.waitForPowerOff(never), { cause: 'guest' });
    });

    it('is seen to end even when `vmctl wait` hangs, by the end of cu', async () => {
      await fake.rules({ command: 'wait', hang: true });
      const machine = await start({ cdrom: fake.iso });
      await new Recorder(machine.console).until(/from cd> /);
      await machine.console.write(Buffer.from(GUEST_KEYS.powerOff));
      await machine.waitForPowerOff(never);
    });

    it('ends when its process is killed', async () => {
      const machine = await start();
      await fake.kill(/machine\.mjs/);
      await machine.waitForPowerOff(never);
    });

    it('is forced when a graceful stop hangs or fails', async () => {
      for (const rule of [
        { hang: true },
        { stderr: 'stopping vm web: failed: Operation not permitted\n', exit: 1 },
      ]) {
        await fake.rules({ command: 'stop', args: '^-w', ...rule });
        const machine = await start({ cdrom: fake.iso });
        await machine.stop(500);
        assert.deepEqual(await machine.waitForPowerOff(never), { cause: 'stopped' });
      }
    });

    it('has no address, and says so, when it ends first', async () => {
      await fake.scenario({ tapDelay: 1_000_000 });
      const machine = await start({ cdrom: fake.iso });
      const addresses = machine.addresses(never);
      addresses.catch(() => undefined);
      await machine.console.write(Buffer.from(GUEST_KEYS.powerOff));
      await assert.rejects(addresses, /ended before its network was known/);
    });

    it('is never stopped when the name is another one’s by now', async () => {
      const machine = await start({ cdrom: fake.iso });
      await vmctl('stop', '-f', '-w', 'web');
      await machine.waitForPowerOff(never);
      const disk = await fake.disk('other.raw');
      await vmctl('start', '-L', '-d', disk, '-t', 'small', 'web');
      await machine.stop(100);
      assert.match((await vmctl('status', 'web')).stdout, /running web/);
      await vmctl('stop', '-f', '-w', 'web');
    });
  });

  it('says that vmd is out of sight when it can no longer be asked', async () => {
    const machine = await start({ cdrom: fake.iso });
    await fake.scenario({ vmd: 'down' });
    machine.waitForPowerOff(never).catch(() => undefined);
    await assert.rejects(machine.waitForPowerOff(never), /out of sight.*vmd\.sock/s);
    await fake.scenario({});
    await vmctl('stop', '-f', '-w', 'web');
    machines.length = 0;
  });
});

const tick = () => new Promise((resolve) => setTimeout(resolve, 20));
