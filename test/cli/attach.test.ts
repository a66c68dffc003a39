// The console of a running build, seen from another terminal.
import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { findProgram } from '../../src/lib/process/find-program.ts';
import { ConsoleFilter } from '../../src/cli/terminal/filter.ts';
import { EscapeReader } from '../../src/cli/terminal/escapes.ts';
import { main } from '../../src/cli/main.ts';
import { FakeHypervisor } from '../build/fake-hypervisor.ts';
import type { FakeMachine } from '../build/fake-hypervisor.ts';
import { makePlan, provisioner, run, temporaryFolder } from '../build/harness.ts';
import { fakeIo } from './fake-io.ts';
import type { FakeIo } from './fake-io.ts';

const password = 'correct horse';
/** Milliseconds, far more than anything here takes: a mistake is to fail and not to hang. */
const LONGEST_WAIT = 60_000;

interface Started {
  readonly folder: string;
  readonly env: Record<string, string>;
  /** The machine of the first build, when those of all of them run; a promise for the one of the second boot. */
  readonly install: FakeMachine;
  readonly provision: Promise<FakeMachine>;
  readonly result: ReturnType<typeof run>;
  readonly said: string[];
}

/** A build that waits in its installation until its machine powers off. */
async function startBuild(
  t: TestContext,
  { names = ['vmm.web'] }: { names?: string[] } = {},
): Promise<Started> {
  const folder = await temporaryFolder(t);
  const said: string[] = [];
  const machines: FakeMachine[] = [];
  let installing: (machine: FakeMachine) => void = () => {};
  const install = new Promise<FakeMachine>((resolve) => (installing = resolve));
  let provisioning: (machine: FakeMachine) => void = () => {};
  const provision = new Promise<FakeMachine>((resolve) => (provisioning = resolve));
  const hypervisor = new FakeHypervisor({
    install: (machine) => {
      writeFileSync(machine.spec.disk.path, 'installed');
      machines.push(machine);
      // Builds that run side by side start their machines in any order.
      const first = machines.find(({ name }) => name === 'web1');
      if (machines.length === names.length && first !== undefined) installing(first);
    },
    provision: provisioning,
  });
  const plans = names.map((name, index) =>
    makePlan(folder, {
      config: { boot_command: '', vm_name: `web${index + 1}` },
      ssh: { ssh_password: password },
      plan: { name, provisioners: [provisioner('sleep', { duration: '1ms' })] },
    }),
  );
  const abort = new AbortController();
  const result = run(plans, hypervisor, {
    signal: abort.signal,
    consoleFolder: join(folder, 'vmm-hcl'),
    onEvent: (event) => void (event.type === 'say' && said.push(event.text)),
  });
  t.after(async () => {
    abort.abort(new Error('the test is over'));
    await result;
  });
  return { folder, env: { XDG_RUNTIME_DIR: folder }, install: await install, provision, result, said };
}

/** Resolves when `text` has been shown. */
async function shown(io: FakeIo, text: string): Promise<void> {
  for (const end = performance.now() + LONGEST_WAIT; !io.written.out.includes(text); await sleep(2)) {
    assert.ok(performance.now() < end, `"${text}" is not shown, but ${JSON.stringify(io.written)}`);
  }
}

describe('attach', () => {
  it('shows the recent console, what comes, and the second boot; without secrets; ends with the build', async (t) => {
    const build = await startBuild(t);
    build.install.print(`Welcome to the installer\r\n\x1b[7mpassword ${password}\x1b[0m\r\n`);
    const io = fakeIo({ env: build.env });
    const status = main(['attach', 'web1'], io);
    await shown(io, 'password <sensitive>');
    build.install.print('CONGRATULATIONS!\r\n');
    await shown(io, 'CONGRATULATIONS!');
    build.install.powerOff();
    (await build.provision).print('login: ');
    assert.equal(await status, 0);
    assert.equal((await build.result).result.outcome, 'success');
    assert.equal(
      io.written.out,
      'Welcome to the installer\r\npassword <sensitive>\r\nCONGRATULATIONS!\r\nlogin: ',
    );
    assert.equal(
      io.written.err,
      "Console of web1, build 'vmm.web'. Ctrl-C leaves.\nBuild 'vmm.web' has ended: success.\n",
    );
    assert.deepEqual(readdirSync(join(build.folder, 'vmm-hcl')), [], 'the socket is gone');
    assert.equal(build.install.typed, '');
  });

  it('types with -write only, says so in the log of the build, and can be left', async (t) => {
    const build = await startBuild(t);
    build.install.print('boot> ');
    for (const write of [false, true]) {
      const stdin = new PassThrough();
      stdin.write('bsd.rd\r');
      const io = { ...fakeIo({ env: build.env }), stdin: stdin as unknown as NodeJS.ReadStream };
      const status = main(write ? ['attach', '-write'] : ['attach'], io);
      await shown(io, write ? 'bsd.rd\r' : 'boot> ');
      io.signal('SIGINT');
      assert.equal(await status, 0);
      assert.match(io.written.err, /Left the console; build 'vmm.web' goes on\.\n$/);
      assert.equal(build.install.typed, write ? 'bsd.rd\r' : '');
    }
    assert.deepEqual(
      build.said.filter((text) => text.startsWith('Somebody')),
      ['Somebody types on the console (vmm-hcl attach -write)'],
    );
    build.install.powerOff();
    assert.equal((await build.result).result.outcome, 'success');
  });

  it('asks which build is meant when several run', async (t) => {
    const build = await startBuild(t, { names: ['vmm.web', 'ci.vmm.web', 'vmm.db'] });
    const attempt = async (...words: string[]) => {
      const io = fakeIo({ env: build.env });
      assert.equal(await main(['attach', ...words], io), 1);
      return io.written.err.replaceAll(String(process.pid), 'PID');
    };
    const list = (...lines: string[]) => lines.map((line) => `  ${line}, process PID)\n`).join('');
    const [ci, db, web] = [
      'ci.vmm.web  (machine web2',
      'vmm.db  (machine web3',
      'vmm.web  (machine web1',
    ] as const;
    assert.equal(await attempt(), `Several builds are running; name one of them:\n${list(ci, db, web)}`);
    assert.equal(await attempt('web'), `Several builds answer to "web"; name one of them:\n${list(ci, web)}`);
    assert.equal(await attempt('nix'), `No running build is called "nix". There are:\n${list(ci, db, web)}`);
    const io = fakeIo({ env: build.env });
    const status = main(['attach', 'vmm.web'], io);
    build.install.print('here');
    await shown(io, 'here');
    io.signal('SIGTERM');
    assert.equal(await status, 0);
  });

  it('lets go of the builds that are not meant: nothing of theirs is kept meanwhile', async (t) => {
    const build = await startBuild(t);
    const other = createServer((socket) => {
      socket.resume().write('{"build":"vmm.db","machine":"db","pid":1}\n');
    });
    other.listen(join(build.folder, 'vmm-hcl', '1-0a0b0c0d.sock'));
    t.after(() => other.close());
    const letGo = once(other, 'connection').then(([socket]) => once(socket as Socket, 'end'));
    const io = fakeIo({ env: build.env });
    const status = main(['attach', 'vmm.web'], io);
    build.install.print('here');
    await shown(io, 'here');
    const first = await Promise.race([
      letGo.then(() => 'let go'),
      sleep(LONGEST_WAIT, 'kept', { ref: false }),
    ]);
    assert.equal(first, 'let go');
    io.signal('SIGINT');
    assert.equal(await status, 0);
  });

  it('says that no build runs, and removes what dead builds have left, but nothing else', async (t) => {
    const folder = await temporaryFolder(t);
    const sockets = join(folder, 'vmm-hcl');
    mkdirSync(sockets, { mode: 0o700 });
    // A process that is gone, and has left its socket.
    const script = `require('net').createServer().listen(process.pid + '-0a0b0c0d.sock', () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script], { cwd: sockets });
    assert.equal(readdirSync(sockets).length, 1, 'a stale socket is there');
    writeFileSync(join(sockets, 'notes.sock'), 'mine');
    const io = fakeIo({ env: { XDG_RUNTIME_DIR: folder } });
    assert.equal(await main(['attach'], io), 1);
    assert.equal(io.written.err, 'No build of this user is running.\n');
    assert.deepEqual(readdirSync(sockets), ['notes.sock']);
  });

  it('a folder in which others may put sockets is not used', async (t) => {
    const folder = await temporaryFolder(t);
    mkdirSync(join(folder, 'vmm-hcl'));
    chmodSync(join(folder, 'vmm-hcl'), 0o777);
    const io = fakeIo({ env: { XDG_RUNTIME_DIR: folder } });
    assert.equal(await main(['attach'], io), 1);
    assert.match(io.written.err, /is open to others: run chmod 700 /);
    const plan = makePlan(folder);
    const { result, events } = await run(plan, new FakeHypervisor(), {
      consoleFolder: join(folder, 'vmm-hcl'),
    });
    assert.equal(result.outcome, 'success');
    const told = events.find((event) => event.type === 'error');
    assert.match(
      told?.type === 'error' ? told.text : '',
      /^vmm-hcl attach cannot show this build: .* is open to others/,
    );
  });

  it('a viewer that does not read neither delays the build nor fills its memory, and is told what it missed', async (t) => {
    const build = await startBuild(t);
    const [name] = readdirSync(join(build.folder, 'vmm-hcl'));
    const viewer = createConnection(join(build.folder, 'vmm-hcl', name!));
    let received = '';
    await once(viewer, 'connect');
    viewer.pause();
    const line = `${'x'.repeat(78)}\r\n`;
    for (let printed = 0; printed < 8 * 1024 * 1024; printed += 80 * 100)
      build.install.print(line.repeat(100));
    viewer.on('data', (chunk: Buffer) => (received += chunk.toString())).resume();
    while (!received.includes('"lost"')) await sleep(2);
    build.install.print('after\r\n');
    while (!received.includes('after')) await sleep(2);
    assert.ok(received.length < 3 * 1024 * 1024, `${received.length} bytes were kept for it`);
    build.install.powerOff();
    assert.equal((await build.result).result.outcome, 'success');
    while (!received.includes('"end"')) await sleep(2);
  });

  it('on a terminal: raw while it shows, ~. leaves, and the terminal is as before', async (t) => {
    if (findProgram('python3', process.env) === undefined) return t.skip('python3 is not installed');
    const build = await startBuild(t);
    build.install.print('login: ');
    const script = `
import os, pty, sys, termios
argv = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    before = termios.tcgetattr(0)
    if os.fork() == 0:
        os.execv(argv[0], argv)
    status = os.wait()[1]
    print("same" if termios.tcgetattr(0) == before else "changed", os.waitstatus_to_exitcode(status), flush=True)
    os._exit(0)
seen = b""
typed = False
while True:
    try: data = os.read(fd, 4096)
    except OSError: break
    if not data: break
    seen += data
    if b"login: " in seen and not typed:
        typed = True
        os.write(fd, b"root\\r~~x\\x03\\r~.")
sys.stdout.buffer.write(seen)
`;
    const bin = join(import.meta.dirname, '../../src/cli/bin.ts');
    const words = [process.execPath, '--import', 'tsx', bin, 'attach', '-write'];
    const child = spawn('python3', ['-c', script, ...words], { env: { ...process.env, ...build.env } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await once(child, 'close');
    assert.match(output, /Left the console; build 'vmm.web' goes on\.\r\nsame 0\r\n$/);
    assert.equal(build.install.typed, 'root\r~x\x03\r');
    build.install.powerOff();
    await build.result;
  });
});

describe('what a guest may send to a terminal', () => {
  const cases: [name: string, pieces: string[], shown: string][] = [
    [
      'colours and cursor movements',
      ['\x1b[1;31mred\x1b[0m\x1b[2;3H\x1b7\x1b(B'],
      '\x1b[1;31mred\x1b[0m\x1b[2;3H\x1b7\x1b(B',
    ],
    ['a window title', ['a\x1b]0;owned\x07b'], 'ab'],
    ['the clipboard, cut at every place', [...'a\x1b]52;c;aGk=\x1b\\b'], 'ab'],
    ['a string without an end', ['a\x1bPq never ended\nb'], 'ab'],
    ['requests for an answer', ['a\x1b[c\x1b[6n\x1b[21t\x1b[>0q\x1bZb'], 'ab'],
    ['a sequence cut in the middle', ['a\x1b[', '3', '1mb'], 'a\x1b[31mb'],
    ['C1 controls', ['a\x9d0;title\x9cb\x9b6nc'], 'abc'],
    ['a sequence without an end', ['\x1b[' + '1;'.repeat(100), 'text'], 'text'],
  ];
  for (const [name, pieces, expected] of cases) {
    it(name, () => {
      const filter = new ConsoleFilter();
      assert.equal(pieces.map((piece) => filter.push(piece)).join(''), expected);
    });
  }
});

describe('escapes', () => {
  const cases: [typed: string[], bytes: string, leave: boolean][] = [
    [['~.'], '', true],
    [['~', '.'], '', true],
    [['ls\r~.rest'], 'ls\r', true],
    [['ls ~.\r'], 'ls ~.\r', false],
    [['~~.'], '~.', false],
    [['~x'], '~x', false],
    [['a\r~~\r~.'], 'a\r~\r', true],
  ];
  for (const [typed, bytes, leave] of cases) {
    it(JSON.stringify(typed), () => {
      const reader = new EscapeReader();
      const results = typed.map((text) => reader.push(Buffer.from(text)));
      assert.equal(Buffer.concat(results.map((result) => result.bytes)).toString(), bytes);
      assert.equal(
        results.some((result) => result.leave),
        leave,
      );
    });
  }
});
