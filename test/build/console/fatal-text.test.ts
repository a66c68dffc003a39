import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ConsoleWatch } from '../../../src/build/console/watch.ts';
import type { DeadEnd } from '../../../src/build/console/watch.ts';
import type { VmmConfig } from '../../../src/plan/vmm-config.ts';
import { startSshServer } from '../../communicator/ssh-server.ts';
import { FakeHypervisor } from '../fake-hypervisor.ts';
import type { FakeMachine } from '../fake-hypervisor.ts';
import { makePlan, run, temporaryFolder } from '../harness.ts';

const CONSOLES = 'fixtures/consoles';

/** What a console comes to that prints one character after the other. */
function watch(text: string, config?: Partial<VmmConfig>): DeadEnd | undefined {
  const console = new ConsoleWatch(config);
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    for (let end = 1; end <= line.length; end++) console.look(line.slice(0, end), false);
    if (index < lines.length - 1) console.look(line.trimEnd(), true);
  }
  return console.deadEnd;
}

test('a guest that shows a dead end is not waited for', async (t) => {
  const folder = await temporaryFolder(t);
  const deadEnds: [text: string, message: RegExp][] = [
    [
      '[   12.345678] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n',
      /kernel of the guest panicked: ".*VFS/,
    ],
    ['panic: x\r\nStopped at db_enter\r\nddb{1}> ', /stopped in its debugger: "ddb\{1\}>"/],
    ['\x1b[2JNo bootable device.  Retrying in 60 seconds.\r\n', /found nothing to boot/],
    ['ALERT!  UUID=8a1c does not exist.  Dropping to a shell!\r\n', /its initramfs started a shell: "ALERT!/],
    [
      "initramfs emergency recovery shell launched. Type 'exit' to continue boot\r\n",
      /its initramfs started a shell/,
    ],
    ['Question has no answer in response file: "System hostname?"\r\n', /no answer in its response file/],
    ['failed; check /tmp/ai/ai.log\r\n', /non-interactive OpenBSD installation failed/],
  ];
  for (const boot_command of ['x<enter>', '<wait60>']) {
    const results = await Promise.all(
      deadEnds.map(([text], index) => {
        const install = async (machine: FakeMachine) => {
          if (boot_command.startsWith('x')) await machine.typedUntil('\r');
          machine.print(text);
        };
        const config = { vm_name: `m${index}`, boot_command };
        return run(makePlan(folder, { config }), new FakeHypervisor({ install }));
      }),
    );
    for (const [index, [, message]] of deadEnds.entries()) {
      const failure = results[index]?.result.failure;
      assert.match(failure?.message ?? '', message);
      assert.ok(failure?.hint);
      assert.equal(failure?.step, boot_command.startsWith('x') ? 'install' : 'boot command');
    }
  }
});

test('what a healthy guest prints is no dead end', () => {
  for (const line of [
    'panic: this is only a test',
    'kernel.panic = 10',
    'echo "Kernel panic - not syncing: x"',
    '[    0.000000] Command line: panic=1',
    'Set kernel panic timeout... Kernel panic - not syncing: disabled',
    'boot> ',
    'ddb.panic=0',
    'ddb> trace',
    'Booting from Hard Disk...',
    'Boot failed: not a bootable disk',
    'Performing non-interactive install...',
    'No dhcp address on interface vio0 in 30 seconds.',
    'The check failed; check /tmp/ai/ai.log',
    'echo "ALERT! /dev/vda1 does not exist. Dropping to a shell!"',
    '(initramfs) ',
    ' failed(2). will try /bsd',
    'Turning timeout off.',
  ]) {
    assert.equal(watch(line), undefined, line);
    assert.equal(watch(`${line}\n`), undefined, line);
  }
});

describe('whole consoles', () => {
  for (const name of readdirSync(join(CONSOLES, 'good'))) {
    test(`good: ${name}`, () => {
      const text = readFileSync(join(CONSOLES, 'good', name), 'utf8');
      assert.match(text, /panic/i);
      assert.match(text, /error/i);
      assert.match(text, /failed/i);
      assert.equal(watch(text), undefined);
    });
  }

  const bad: Record<string, RegExp> = {
    'debian-initramfs.txt': /found no root file system.*"ALERT! {2}UUID=8a1c does not exist/,
    'debian-panic.txt': /kernel of the guest panicked: "/,
    'openbsd-boot-loop.txt':
      /^The boot loader of OpenBSD failed 2 times of hd0a:\/bsd, and goes no further: the boot image was not found \(error 2\): "Turning timeout off\."\.$/,
    'openbsd-boot-loop-unreadable.txt':
      /failed 3 times of hd0a:\/bsd, .*: the disk is not bootable \(error 22\): "booting hd0a:\/bsd: failed\(22\)/,
    'openbsd-debugger.txt': /stopped in its debugger: "ddb\{0\}>"/,
    'openbsd-no-answer.txt': /no answer in its response file: ".*System hostname/,
    'openbsd-no-response-file.txt': /found no response file/,
    'openbsd-partitions.txt': /could not partition the disk: "Autopartitioning failed\."/,
    'seabios.txt': /found nothing to boot: "No bootable device\."/,
  };
  for (const name of readdirSync(join(CONSOLES, 'bad'))) {
    test(`bad: ${name}`, () => {
      const first = watch(readFileSync(join(CONSOLES, 'bad', name), 'utf8'));
      assert.match(first?.message ?? '', bad[name] ?? /no such message/);
      assert.match(first?.hint ?? '', /\. A line that is harmless .* console_ignore_patterns\.$/);
    });
  }
  test('each bad console is there', () => {
    assert.deepEqual(readdirSync(join(CONSOLES, 'bad')).sort(), Object.keys(bad).sort());
  });
});

describe("the boot loader's loop", () => {
  const failure =
    'boot> \nbooting hd0a:/bsd: open hd0a:/bsd: No such file or directory\n failed(2). will try /bsd\n';
  const off = 'Turning timeout off.\n';
  const cases: [title: string, text: string, ends: boolean][] = [
    ['one failure', failure, false],
    ['two failures, and then it waits', failure + failure + off, true],
    ['two failures of a loader that goes on', failure + failure, false],
    ['three failures', failure.repeat(3), true],
    ['somebody types', `${failure}${failure}boot> boot hd0a:/bsd.rd\n${failure}${off}`, false],
    ['somebody types, in vain', `${failure}boot> boot hd0a:/bsd.rd\n${failure}${failure}${off}`, true],
    ['a kernel starts in between', `${failure}booting hd0a:/bsd: 16938968+4035600\n${failure}${off}`, false],
    ['the machine restarts', `${failure}probing: pc0 com0\n${failure}${off}`, false],
    ['no kernel', failure.replace('(2)', '(8)').repeat(3), true],
  ];
  for (const [title, text, ends] of cases) {
    test(title, () => assert.equal(watch(text) !== undefined, ends));
  }
  test('the error says what is missing', () => {
    assert.match(
      watch(failure.replace('(2)', '(8)').repeat(3))?.message ?? '',
      /the boot image is no kernel/,
    );
    assert.match(watch(failure.replace('(2)', '(5)').repeat(3))?.message ?? '', /disk is not bootable/);
  });
  test('an ignored failure is not counted', () => {
    assert.equal(watch(failure.repeat(9), { console_ignore_patterns: ['will try /bsd$'] }), undefined);
  });
});

describe('console_fatal_patterns and console_ignore_patterns', () => {
  test('a line that matches ends the build and is named with its pattern, in both boots', async (t) => {
    const folder = await temporaryFolder(t);
    const console_fatal_patterns = ['^never$', '^E: (?i:unable) to locate'];
    const say = (machine: FakeMachine) =>
      machine.print('reading\r\nE: Unable to locate package x\r\nmore\r\n');
    const guest = { host: '127.0.0.1', port: (await startSshServer(t, { password: 'other' })).port };
    const inInstall = run(
      makePlan(folder, { config: { console_fatal_patterns } }),
      new FakeHypervisor({ install: say }),
    );
    const inSecond = run(
      makePlan(folder, { config: { console_fatal_patterns, vm_name: 'second', communicator: 'ssh' } }),
      new FakeHypervisor({ provision: say, guest }),
    );
    for (const [{ result }, step] of [
      [await inInstall, 'install'],
      [await inSecond, 'connect'],
    ] as const) {
      assert.equal(
        result.failure?.message,
        'The console shows a line that ends the build, by the pattern "^E: (?i:unable) to locate" of console_fatal_patterns: "E: Unable to locate package x".',
      );
      assert.equal(result.failure.step, step);
    }
  });

  test('a line that is ignored ends nothing, neither by what is built in nor by a pattern', () => {
    const text = 'Kernel panic - not syncing: sysrq (test)\nNo bootable device.\n';
    const ignore = {
      console_fatal_patterns: ['bootable'],
      console_ignore_patterns: ['\\(test\\)$', '^No boot'],
    };
    assert.equal(watch(text, ignore), undefined);
    assert.match(watch(text, { console_ignore_patterns: ['^No boot'] })?.message ?? '', /panicked/);
    assert.match(watch(text, { console_ignore_patterns: ['panic'] })?.message ?? '', /nothing to boot/);
  });

  test('a line whose end makes it ignored, in a later piece, is forgiven; the next one is not', async (t) => {
    const folder = await temporaryFolder(t);
    const install = async (machine: FakeMachine) => {
      machine.print('Kernel panic - not syncing: sysrq');
      await delay(50);
      machine.print(' (test)\r\n');
      // Longer than a machine may go on after its last words.
      await delay(2_000);
      machine.print('Kernel panic - not');
      machine.print(' syncing: ');
      await delay(50);
      machine.print('VFS is lost\r\n');
    };
    const config = { console_ignore_patterns: ['\\(test\\)$'] };
    const { result } = await run(makePlan(folder, { config }), new FakeHypervisor({ install }));
    assert.match(result.failure?.message ?? '', /panicked: "Kernel panic - not syncing: VFS is lost"\./);
  });

  test('a prompt, which never ends, is matched', () => {
    const config = { console_fatal_patterns: ['^grub rescue> $'] };
    assert.match(watch('x\ngrub rescue> ', config)?.message ?? '', /grub rescue> \$/);
    assert.equal(watch('grub rescue> ls\n', config), undefined);
  });

  test('a pattern takes no more time for a hostile line', () => {
    const text = 'a'.repeat(900);
    assert.equal(watch(text, { console_fatal_patterns: ['^(a+)+$b'] }), undefined);
  });
});
