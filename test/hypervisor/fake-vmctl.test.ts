// The fake is only worth something as long as it refuses what the real vmctl(8) and vmd(8) refuse, in their words.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { FakeVmctl } from './fake-vmctl.ts';

describe('the fake vmctl', () => {
  let fake: FakeVmctl;
  let disk: string;
  before(async () => {
    fake = await FakeVmctl.create();
    disk = await fake.disk('web.raw');
  });
  after(async () => {
    vmctl('stop', '-f', '-w', '-a');
    await fake.remove();
  });

  /** Exit status, standard error, standard output; DISK and DIR stand for paths. */
  function vmctl(...args: string[]) {
    const words = args.map((word) => word.replace('DISK', disk).replace('DIR', fake.directory));
    const result = spawnSync('fixtures/vmctl/vmctl', words, { env: fake.env, encoding: 'utf8' });
    return { status: result.status, err: result.stderr, out: result.stdout };
  }

  const start = (...args: string[]) => ['start', '-L', '-d', 'DISK', '-t', 'small', ...args];

  for (const [args, message] of [
    [['st', 'web'], /^vmctl: ambiguous argument: st\nusage:/],
    [['frob'], /^vmctl: unknown argument: frob\nusage:/],
    [[], /^usage:/],
    [['create', 'raw:DIR/x'], /^vmctl: could not create .*x: missing size argument\nusage:/],
    [['create', 'raw:DIR/x', '-s', '1G'], /^usage:/],
    [['create', '-s', '1X', 'raw:DIR/x'], /^vmctl: invalid size: 1X/],
    [['create', '-s', '1M', 'DISK'], /^vmctl: create imagefile operation failed: File exists$/m],
    [['create', '-s', '1M', 'DIR/no/x.raw'], /operation failed: No such file or directory/],
    [['create', '-b', 'DISK', '-s', '1M', 'raw:DIR/x'], /^vmctl: base images require qcow2 disk format/],
    [start('-m', '1G', '-m', '2G', 'web'), /^vmctl: memory specified multiple times/],
    [start('-B', 'disk', '-B', 'disk', 'web'), /^vmctl: boot device specified multiple times/],
    [start('-m', '512', 'web'), /^vmctl: memory size must be at least 1MB/],
    [start('-m', '999G', 'web'), /^vmctl: memory size too large/],
    [start('-p', '2', 'web'), /^vmctl: unknown option -- p\nusage:/],
    [start('web', '-m', '1G'), /^usage:/],
    [
      start('-r', '/nonexistent', 'web'),
      /^vmctl: invalid iso image path: \/nonexistent: No such file or directory/,
    ],
    [['start', '-d', '/nonexistent', 'web'], /^vmctl: invalid disk path: \/nonexistent: No such file/],
    [['start', '-b', '/nonexistent', 'web'], /^vmctl: invalid boot image path: No such file/],
    [start('_web'), /^vmctl: invalid VM name/],
    [start('w'.repeat(64)), /^vmctl: name too long/],
    [['start', '-d', 'DISK', '-t', 'nope', 'web'], /^vmctl: invalid template$/m],
    [['start', '-d', 'DISK', 'web'], /^vmctl: start vm command failed: Operation not permitted$/m],
    [start('-L', 'web'), /^vmctl: start vm command failed: Operation not permitted$/m],
    [start('small'), /^vmctl: start vm command failed: Too many processes$/m],
    [['stop', 'web'], /^stopping vm web: vm not found$/m],
    [['stop', 'small'], /^stopping vm small: cannot stop vm that is not running$/m],
    [['wait', 'web'], /^waiting for vm web: vm not found$/m],
    [['wait', 'small'], /^waiting for vm small: failed: Invalid argument$/m],
    [['console', 'web'], /^vmctl: console not found$/m],
    [['reload'], /^vmctl: command failed: Operation not permitted$/m],
  ] as const) {
    it(`refuses: ${args.join(' ')}`, () => {
      const { status, err, out } = vmctl(...args);
      assert.match(err, message);
      assert.deepEqual([status, out], [1, '']);
    });
  }

  it('starts, lists, locks and stops', () => {
    assert.deepEqual(vmctl(...start('web')), {
      status: 0,
      err: 'vmctl: started vm 2 successfully, tty /dev/ttyp2\n',
      out: '',
    });
    assert.match(
      vmctl('status', 'web').out,
      /^ +ID +PID VCPUS +MAXMEM +CURMEM +TTY +OWNER +STATE NAME\n +2 +\d+ +1 .* running web\n$/,
    );
    assert.deepEqual(vmctl('status', 'nobody').out.split('\n').length, 2, 'a header alone');
    assert.match(vmctl(...start('other')).err, /could not open disk image\(s\)/);
    assert.match(vmctl(...start('web')).err, /Too many processes/);
    const tap = spawnSync('fixtures/vmctl/ifconfig', ['tap'], { env: fake.env, encoding: 'utf8' }).stdout;
    assert.match(
      tap,
      /^tap0: flags=.*\n.*\n\tdescription: vm2-if0-web\n[^]*\tinet 100\.64\.2\.2 netmask 0xfffffffe\n$/,
    );
    assert.equal(vmctl('stop', '-f', '-w', '2').err, 'stopping vm: terminated vm 2\n');
    assert.match(vmctl(...start('web')).err, /started vm 2 /, 'a name keeps its number');
    assert.equal(vmctl('stop', '-w', 'web').err, 'stopping vm web: terminated vm 2\n');
    assert.equal(vmctl('status', '-r').status, 1);
  });

  it(
    'survives that one of its commands is killed while it has the lock',
    { timeout: 600_000 },
    async (context) => {
      const other = await FakeVmctl.create();
      context.after(() => other.remove());
      const seen = new Set<string>();
      const options = { env: other.env, encoding: 'utf8', timeout: 60_000 } as const;
      for (let round = 0; round < 20; round++) {
        await rm(`${other.state}/ids.json`, { force: true });
        const asked = spawn('fixtures/vmctl/vmctl', ['status', 'small'], { env: other.env, stdio: 'ignore' });
        const watcher = watch(other.state, (_, name) => {
          if (!/^(?:lock|ids)/.test(name ?? '')) return;
          seen.add(name!);
          asked.kill('SIGKILL');
        });
        await once(asked, 'exit');
        watcher.close();
        assert.match(spawnSync('fixtures/vmctl/vmctl', ['status', 'small'], options).stdout, / small$/m);
      }
      assert.ok(seen.size > 0, 'nothing was seen of the lock');
    },
  );

  it('knows the rights of a template', async () => {
    const conf = 'vm "small" {\n disk "/dev/null"\n local interface\n allow instance { owner alice }\n}\n';
    await writeFile(`${fake.state}/vm.conf`, conf);
    assert.match(vmctl(...start('web')).err, /File name too long/);
    await writeFile(`${fake.state}/vm.conf`, conf.replace('alice', 'builder'));
    assert.match(vmctl(...start('web')).err, /Operation not permitted/);
    await writeFile(
      `${fake.state}/vm.conf`,
      conf.replace('owner alice', 'disk, owner builder').replace('/dev/null', disk),
    );
    assert.match(vmctl(...start('web')).err, /Device busy/);
    await fake.scenario({ user: { name: 'root', uid: 0 } });
    assert.match(vmctl('start', '-L', '-d', disk, 'web').err, /started vm/);
  });
});
