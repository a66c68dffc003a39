// What can be told about the QEMU driver without a machine. With machines: test/e2e/qemu-driver.test.ts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { HypervisorError, type MachineSpec } from '../../src/hypervisor/hypervisor.ts';
import { startsWithKvm } from '../../src/hypervisor/qemu/accelerator.ts';
import { type CommandParts, qemuArguments } from '../../src/hypervisor/qemu/arguments.ts';
import { bootImageArguments } from '../../src/hypervisor/qemu/boot-image.ts';
import { QemuHypervisor } from '../../src/hypervisor/qemu/qemu.ts';
import { Qmp } from '../../src/hypervisor/qemu/qmp.ts';
import { MachineSockets } from '../../src/hypervisor/qemu/sockets.ts';
import { selectHypervisor } from '../../src/hypervisor/select.ts';
import type { Template } from '../../src/hypervisor/vm-conf/template.ts';

const directory = mkdtempSync(join(tmpdir(), 'qemu-'));
after(() => rmSync(directory, { recursive: true }));

function argumentsOf(
  spec: Partial<MachineSpec>,
  template: Partial<Template> = {},
  bootImage: string[] = [],
): string {
  const parts: CommandParts = {
    spec: {
      name: 'web',
      template: 't',
      disk: { path: '/a,b/web.qcow2', format: 'qcow2' },
      purpose: 'install',
      guestPort: 22,
      ...spec,
    },
    template: { name: 't', file: 'vm.conf', interfaces: [], ...template },
    accelerator: 'tcg',
    bootImage,
    port: 2222,
    serialPath: '/run/serial',
    controlPath: '/run/control',
  };
  return qemuArguments(parts).join(' ');
}

describe('qemuArguments', () => {
  it('a whole command line', () => {
    assert.equal(
      argumentsOf({ cdrom: '/isos/x.iso', memory: '1.5G' }),
      '-name web -nodefaults -no-user-config -display none -machine pc,graphics=off -accel tcg,tb-size=256 ' +
        '-cpu max,la57=off -m 1536M -smp 1 -device virtio-rng-pci ' +
        '-drive file=/a,,b/web.qcow2,if=none,id=disk0,format=qcow2,cache=unsafe,discard=unmap ' +
        '-device virtio-blk-pci,drive=disk0 ' +
        '-device virtio-scsi-pci,id=scsi0 -drive file=/isos/x.iso,if=none,id=cd0,format=raw,media=cdrom,readonly=on ' +
        '-device scsi-cd,drive=cd0,bus=scsi0.0 -boot order=c,once=d ' +
        '-netdev user,id=net0,ipv6=off,net=100.64.1.0/24,host=100.64.1.2,dhcpstart=100.64.1.3,dns=100.64.1.1,' +
        'hostfwd=tcp:127.0.0.1:2222-:22 -device virtio-net-pci,netdev=net0,mac=fe:e1:bb:d1:4b:5e,romfile= ' +
        '-chardev socket,id=serial0,path=/run/serial -serial chardev:serial0 -qmp unix:/run/control',
    );
  });

  for (const [what, spec, template, pattern] of [
    [
      'further disks, after the first and in their order',
      {
        additionalDisks: [
          { path: '/w-1.raw', format: 'raw' },
          { path: '/w-2.raw', format: 'raw' },
        ],
      },
      {},
      /drive=disk0 -drive file=\/w-1\.raw,if=none,id=disk1,format=raw,.* -device virtio-blk-pci,drive=disk1 -drive file=\/w-2\.raw,if=none,id=disk2,.*drive=disk2 -boot/,
    ],
    ['memory of vmctl', {}, {}, /-m 512M /],
    ['memory of the template', {}, { memory: '64M' }, /-m 64M /],
    ['memory of the source', { memory: '128M' }, { memory: '64M' }, /-m 128M /],
    ['memory in bytes, rounded down', { memory: '268435457' }, {}, /-m 256M /],
    ['processors', {}, { cpus: 2 }, /-smp 2 /],
    [
      'switches: after the local interface, connected to nothing, whatever the template has there',
      { switches: ['a', 'b'] },
      {
        interfaces: [
          { local: true, inet6: false },
          { local: true, inet6: false },
        ],
      },
      /-netdev hubport,id=net1,hubid=1 .*-netdev hubport,id=net2,hubid=2 /,
    ],
    ['processors of the source', { cpus: 4 }, { cpus: 2 }, /-smp 4 /],
    ['the CD of the template', {}, { cdrom: '/t.iso' }, /file=\/t\.iso,.*once=d/],
    ['a boot device: a reboot is the end', { bootDevice: 'cdrom', cdrom: '/x' }, {}, /once=d -no-reboot/],
    [
      'boot device disk: the CD is there but not booted',
      { bootDevice: 'disk', cdrom: '/x' },
      {},
      /\/x,.*order=c -no-/,
    ],
    ['no CD', {}, {}, /-boot order=c -netdev/],
    [
      'a CD of files is in a second drive, and the first one is booted',
      { cdrom: '/x', cd: '/y' },
      {},
      /id=scsi0 -drive file=\/x,if=none,id=cd0,\S+ -device scsi-cd,drive=cd0,bus=scsi0\.0 -drive file=\/y,if=none,id=cd1,\S+ -device scsi-cd,drive=cd1,bus=scsi0\.0 -boot order=c,once=d/,
    ],
    [
      'a CD of files alone is not booted',
      { cd: '/y' },
      {},
      /id=scsi0 -drive file=\/y,if=none,id=cd0,\S+ -device scsi-cd,drive=cd0,bus=scsi0\.0 -boot order=c -netdev/,
    ],
    ['another port of the guest', { guestPort: 2200 }, {}, /-:2200 /],
    [
      'the address of an interface',
      {},
      { interfaces: [{ local: true, inet6: false, lladdr: 'fe:e1:bb:d1:00:09' }] },
      /mac=fe:e1:bb:d1:00:09/,
    ],
    [
      'an interface on a switch',
      {},
      {
        interfaces: [
          { local: true, inet6: false },
          { local: false, inet6: false, switch: 's' },
        ],
      },
      /-netdev hubport,id=net1,hubid=1 .*mac=fe:e1:bb:d2/,
    ],
  ] as const) {
    it(what, () => assert.match(argumentsOf(spec, template), pattern));
  }

  it('to provision, there is neither CD nor kernel, and reboots go on', () => {
    const line = argumentsOf(
      { purpose: 'provision', cdrom: '/x', bootDevice: 'cdrom' },
      { cdrom: '/t.iso' },
      ['-kernel', '/k'],
    );
    assert.doesNotMatch(line, /scsi|\/x|-kernel|-no-reboot/);
    assert.match(line, /-boot order=c -netdev/);
    const withFiles = argumentsOf({ purpose: 'provision', cdrom: '/x', cd: '/y' }, { cdrom: '/t.iso' });
    assert.match(withFiles, /-drive file=\/y,if=none,id=cd0,.* -boot order=c -netdev/);
    assert.doesNotMatch(withFiles, /\/x|\/t\.iso/);
  });
});

describe('the probe of KVM', () => {
  const never = new AbortController().signal;
  const program = (name: string, script: string) => {
    const path = join(directory, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return path;
  };
  for (const [what, script, works] of [
    ['speaks', "printf 'Sea'; printf 'BIOS (version 1.16)'; exec sleep 60", true],
    ['fails', 'echo "Could not access KVM kernel module" >&2; exit 1', false],
    [
      'hangs, as it does where the processor cannot virtualise',
      'trap "" TERM; while :; do sleep 1; done',
      false,
    ],
  ] as const) {
    it(`a machine that ${what}: ${works ? 'KVM' : 'no KVM'}`, async () => {
      const path = program(`qemu-${what.slice(0, 5)}`, script);
      assert.equal(await startsWithKvm(path, never, works ? 60_000 : 300), works);
    });
  }
});

describe('boot images', () => {
  const image = (name: string, fill: (content: Buffer) => void, size = 0x10000) => {
    const content = Buffer.alloc(size);
    fill(content);
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  it('knows Linux kernels and BIOS images', async () => {
    const kernel = image('vmlinuz', (content) => content.write('HdrS', 0x202), 0x8001);
    assert.deepEqual(await bootImageArguments(kernel), [
      '-kernel',
      kernel,
      '-append',
      'console=ttyS0,115200',
    ]);
    const bios = image('bios', () => undefined);
    assert.deepEqual(await bootImageArguments(bios), ['-bios', bios]);
  });
  it('refuses OpenBSD kernels, packed or not, and everything else, with a way out', async () => {
    const kernel = image('bsd.rd', (content) => content.write('\x7fELF', 'latin1'));
    const packed = image('bsd.gz', (content) => content.write('\x1f\x8b', 'latin1'));
    const text = image('text', () => undefined, 10);
    for (const path of [kernel, packed, text]) {
      await assert.rejects(
        bootImageArguments(path),
        (error) => error instanceof HypervisorError && /cdrom/.test(error.hint ?? ''),
      );
    }
  });
});

describe('Qmp', () => {
  it('greets, asks, tells events, and fails what is open at the end', async () => {
    const sockets = await MachineSockets.create();
    try {
      const peer = connect(sockets.control.path);
      const qmp = new Qmp(await sockets.control.connection);
      const events: string[] = [];
      qmp.onEvent = (event, data) => events.push(`${event} ${String(data['reason'])}`);
      const asked: string[] = [];
      peer.on('data', (chunk) => {
        for (const line of chunk.toString().trim().split('\n')) {
          const { execute, id } = JSON.parse(line) as { execute: string; id: number };
          asked.push(execute);
          if (execute === 'bad')
            peer.write(`${JSON.stringify({ id, error: { desc: 'no such command' } })}\n`);
          else if (execute !== 'silence') peer.write(`${JSON.stringify({ id, return: {} })}\n`);
        }
      });
      peer.write(
        '{"QMP": {"version": {}}}\n{"event": "SHUTDOWN", "data": {"reason": "guest-reset"}}\nnot json\n',
      );
      await qmp.handshake();
      assert.deepEqual(asked, ['qmp_capabilities', 'query-status']);
      await assert.rejects(qmp.execute('bad'), /no such command/);
      assert.deepEqual(events, ['SHUTDOWN guest-reset']);
      const open = qmp.execute('silence');
      peer.destroy();
      await assert.rejects(open, /closed its control socket/);
      await assert.rejects(qmp.execute('late'), /closed its control socket/);
    } finally {
      await sockets.remove();
    }
  });

  it('the handshake fails when QEMU dies before it', async () => {
    const sockets = await MachineSockets.create();
    const peer = connect(sockets.control.path);
    const qmp = new Qmp(await sockets.control.connection);
    const handshake = qmp.handshake();
    handshake.catch(() => undefined);
    if (peer.connecting) await once(peer, 'connect');
    peer.destroy();
    await assert.rejects(handshake, /closed its control socket/);
    await sockets.remove();
  });
});

describe('QemuHypervisor', () => {
  const never = new AbortController().signal;
  it('says what to install', async () => {
    await assert.rejects(
      new QemuHypervisor({ env: { PATH: '/nonexistent' } }).probe(never),
      (error) => error instanceof HypervisorError && /apt-get install qemu-system-x86/.test(error.hint ?? ''),
    );
    const named = new QemuHypervisor({ env: { PATH: '/bin', VMM_HCL_QEMU: '/nonexistent/qemu' } });
    await assert.rejects(named.probe(never), /\/nonexistent\/qemu was not found/);
  });
});

describe('selectHypervisor', () => {
  writeFileSync(join(directory, 'vmctl'), '#!/bin/sh\n', { mode: 0o755 });
  for (const [what, options, expected] of [
    ['no vmctl anywhere', { env: { PATH: '/nonexistent' } }, 'qemu'],
    ['vmctl on the PATH', { env: { PATH: directory } }, 'vmctl'],
    ['VMM_HCL_VMCTL', { env: { PATH: '/nonexistent', VMM_HCL_VMCTL: '/x/vmctl' } }, 'vmctl'],
    ['VMM_HCL_HYPERVISOR', { env: { PATH: directory, VMM_HCL_HYPERVISOR: 'qemu' } }, 'qemu'],
    ['the flag', { hypervisor: 'vmctl', env: { PATH: '/nonexistent', VMM_HCL_HYPERVISOR: 'qemu' } }, 'vmctl'],
    ['an empty flag', { hypervisor: '', env: { PATH: '/nonexistent' } }, 'qemu'],
  ] as const) {
    it(`${what}: ${expected}`, () => assert.equal(selectHypervisor(options).name, expected));
  }
  it('refuses other names', () =>
    assert.throws(() => selectHypervisor({ hypervisor: 'xen', env: {} }), /There is no hypervisor "xen"/));
});
