import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Communicator } from '../../src/communicator/communicator.ts';
import { connectSsh } from '../../src/communicator/ssh/ssh-communicator.ts';
import { tarHeader } from '../../src/communicator/ssh/tar-header.ts';
import { findProgram } from '../../src/lib/process/find-program.ts';
import type { SshConfig } from '../../src/plan/ssh-config.ts';
import { startSshServer } from './ssh-server.ts';
import type { Behaviour, TestServer } from './ssh-server.ts';

const never = new AbortController().signal;

const config: SshConfig = {
  ssh_port: 22,
  ssh_username: 'root',
  ssh_password: 'correct horse',
  ssh_agent_auth: false,
  ssh_timeout: 20_000,
  ssh_handshake_attempts: 0,
  ssh_pty: true,
  ssh_disable_agent_forwarding: false,
  ssh_file_transfer_method: 'sftp',
  ssh_keep_alive_interval: 5000,
  pause_before_connecting: 0,
};

interface Guest {
  /** Plays the guest's disk and ours. */
  readonly dir: string;
  readonly server: TestServer;
  readonly ssh: Communicator;
  /** Commands that the server was asked to run. */
  readonly commands: string[];
}

async function guest(
  t: TestContext,
  behaviour: Partial<Behaviour> = {},
  change: Partial<SshConfig> = {},
): Promise<Guest> {
  const dir = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const server = await startSshServer(t, { password: 'correct horse', ...behaviour });
  const commands: string[] = [];
  server.behaviour.onExec = (command) => commands.push(command);
  const ssh = await login(t, server.port, change);
  return { dir, server, ssh, commands };
}

async function login(t: TestContext, port: number, change: Partial<SshConfig> = {}): Promise<Communicator> {
  const ssh = await connectSsh(
    { host: '127.0.0.1', port, config: { ...config, ...change }, onStatus: () => {}, onWarning: () => {} },
    never,
  );
  t.after(() => ssh.close());
  return ssh;
}

/** A folder of programs that a guest has. */
async function programs(t: TestContext, ...names: string[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(dir, { recursive: true }));
  for (const name of names) symlinkSync(findProgram(name, process.env)!, join(dir, name));
  return dir;
}

/** Names, kinds, modes and contents of all that is below a folder, links followed. */
async function picture(root: string): Promise<Record<string, string>> {
  const names = (await readdir(root, { recursive: true })).sort();
  const entries = names.map((name) => {
    const info = statSync(join(root, name));
    const content = info.isDirectory() ? 'folder' : readFileSync(join(root, name)).toString('base64');
    return [name, `${(info.mode & 0o777).toString(8)} ${content}`];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

const LONG = 'n'.repeat(120);

/** A tree with everything that is hard to carry. */
async function awkwardTree(root: string): Promise<void> {
  const files: Record<string, string | Buffer> = {
    plain: 'plain',
    empty: '',
    'big one': randomBytes(1_500_001),
    'it\'s; $(rm -rf x) `y` \\ "q"': 'quotes',
    'two\nlines': 'newline',
    'dür/日本/ñ': 'not ASCII',
    '-rf': 'an option',
    '*': 'a pattern',
    ' lead and trail ': 'blanks',
    [`deep/${'d'.repeat(90)}/${'e'.repeat(90)}/f`]: 'splits',
    [`deep/${LONG}`]: 'does not split',
    [`${LONG}/${LONG}/${LONG}`]: 'is longer than two fields',
    ['exact/'.padEnd(100, 'x')]: 'a hundred',
    ['exact/'.padEnd(101, 'x')]: 'a hundred and one',
    'private/key': 'secret',
    'closed/inner/file': 'nobody may write here',
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  await mkdir(join(root, 'hollow', 'folder'), { recursive: true });
  await symlink('plain', join(root, 'link'));
  await symlink('deep', join(root, 'link to folder'));
  await chmod(join(root, '-rf'), 0o755);
  await chmod(join(root, 'private'), 0o700);
  await chmod(join(root, 'private/key'), 0o600);
  await chmod(join(root, 'hollow'), 0o2775);
  await chmod(join(root, 'closed/inner'), 0o555);
  await chmod(join(root, 'closed'), 0o555);
}

describe('a tree goes up', () => {
  test('as one stream, with its names, modes, empty folders and links followed', async (t) => {
    const { dir, ssh, commands } = await guest(t);
    const source = join(dir, 'a source');
    await awkwardTree(source);
    const seen: [number, number | undefined][] = [];
    const onProgress = (bytes: number, total?: number) => seen.push([bytes, total]);
    const summary = await ssh.uploadDirectory(`${source}/`, join(dir, 'new', 'place'), {
      signal: never,
      onProgress,
    });
    assert.equal(commands.length, 2, 'one look, one archive');
    assert.match(commands[1] ?? '', /^exec tar -x/);
    const want = await picture(source);
    assert.deepEqual(await picture(join(dir, 'new', 'place')), want);
    assert.ok(!(await lstat(join(dir, 'new', 'place', 'link'))).isSymbolicLink());
    const files = Object.values(want).filter((text) => !text.endsWith('folder')).length;
    assert.equal(summary.files, files);
    assert.deepEqual(seen.at(-1), [summary.bytes, summary.bytes]);

    await mkdir(join(dir, 'whole'));
    await chmod(source, 0o750);
    await ssh.uploadDirectory(source, `${join(dir, 'whole')}/`, { signal: never });
    assert.deepEqual(await picture(join(dir, 'whole', 'a source')), want);
    assert.equal((await stat(join(dir, 'whole', 'a source'))).mode & 0o777, 0o750);
  });

  test('over what is there: folders keep their modes, files their links and identities', async (t) => {
    const { dir, ssh } = await guest(t);
    const source = join(dir, 'source');
    await mkdir(join(source, 'tmp', 'sub'), { recursive: true });
    for (const name of ['tmp/new', 'tmp/old', 'tmp/linked', 'tmp/sub/deep', 'top'])
      await writeFile(join(source, name), `new ${name}`);
    const target = join(dir, 'target');
    await mkdir(join(target, 'tmp'), { recursive: true });
    await chmod(join(target, 'tmp'), 0o1777);
    await writeFile(join(target, 'tmp', 'old'), 'old, and longer than what comes');
    await link(join(target, 'tmp', 'old'), join(target, 'second name'));
    await writeFile(join(target, 'elsewhere'), 'old');
    await symlink('../elsewhere', join(target, 'tmp', 'linked'));
    let last: [number, number | undefined] | undefined;
    await ssh.uploadDirectory(`${source}/`, target, {
      signal: never,
      onProgress: (bytes, total) => (last = [bytes, total]),
    });
    const read = (name: string) => readFile(join(target, name), 'utf8');
    for (const name of ['tmp/new', 'tmp/old', 'tmp/linked', 'tmp/sub/deep', 'top'])
      assert.equal(await read(name), `new ${name}`);
    assert.equal(await read('second name'), 'new tmp/old');
    assert.equal(await read('elsewhere'), 'new tmp/linked');
    assert.equal(await readlink(join(target, 'tmp', 'linked')), '../elsewhere');
    assert.equal((await stat(join(target, 'tmp'))).mode & 0o7777, 0o1777);
    assert.ok(last !== undefined && last[0] === last[1]);
  });

  for (const [name, has] of [
    ['SFTP', []],
    ['scp', ['sh', 'mkdir', 'scp']],
  ] as const) {
    test(`by ${name} where the guest has no tar`, async (t) => {
      const sftp = name === 'SFTP';
      const path = await programs(t, ...has);
      const { dir, ssh, commands } = await guest(t, { sftp, path }, { ssh_pty: false });
      const source = join(dir, 'source');
      await awkwardTree(source);
      // Its protocol is made of lines.
      if (!sftp) await rm(join(source, 'two\nlines'));
      await ssh.uploadDirectory(`${source}/`, join(dir, 'copy'), { signal: never });
      await ssh.uploadDirectory(`${source}/`, join(dir, 'again'), { signal: never });
      const modeless = (one: Record<string, string>) =>
        Object.entries(one).map(([key, text]) => [key, text.replace(/^\d+ folder/, 'folder')]);
      for (const copy of ['copy', 'again'])
        assert.deepEqual(modeless(await picture(join(dir, copy))), modeless(await picture(source)));
      assert.equal(commands.filter((command) => /exec sh|tar/.test(command)).length, 1, 'asked once');
    });
  }

  test('what cannot be read here fails it, and names the file', async (t) => {
    const { dir, ssh, server } = await guest(t);
    const source = join(dir, 'source');
    await mkdir(source);
    const upload = (onProgress?: () => void) =>
      ssh.uploadDirectory(`${source}/`, join(dir, 'copy'), { signal: never, onProgress });
    await writeFile(join(source, 'a'), randomBytes(600_000));
    await writeFile(join(source, 'b'), randomBytes(2_000_000));
    await assert.rejects(
      upload(() => rmSync(join(source, 'b'), { force: true })),
      /Uploading the folder .* failed: .*\/b cannot be read: ENOENT/,
    );
    await writeFile(join(source, 'b'), randomBytes(2_000_000));
    await assert.rejects(
      upload(() => truncateSync(join(source, 'b'), 1_000_000)),
      /failed: .*\/b (shrank|changed) while it was being sent\.$/,
    );
    await rm(join(source, 'b'));
    await symlink('nowhere', join(source, 'b'));
    await assert.rejects(upload(), /\/b is a symbolic link that leads nowhere/);
    await rm(join(source, 'b'));
    await symlink('b', join(source, 'b'));
    await assert.rejects(upload(), /\/b is a symbolic link that leads to itself/);
    while (server.running() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  test('what the guest says against it is told in its words', async (t) => {
    const { dir, ssh, server } = await guest(t);
    const source = join(dir, 'source');
    await mkdir(join(source, 'sub'), { recursive: true });
    await writeFile(join(source, 'sub', 'file'), randomBytes(5_000_000));
    await writeFile(join(dir, 'file'), '');
    const upload = (to: string, onProgress?: (bytes: number) => void) =>
      ssh.uploadDirectory(`${source}/`, join(dir, to), { signal: never, onProgress });
    await assert.rejects(upload('file/below'), /failed: mkdir: .*[Nn]ot a directory\.$/);
    await mkdir(join(dir, 'blocked'));
    await writeFile(join(dir, 'blocked', 'sub'), '');
    await assert.rejects(upload('blocked'), /failed: sub is a file there, and a folder is to be uploaded\.$/);
    const instead = (script: string) => {
      server.behaviour.rewrite = (command) => (command.startsWith('exec tar') ? script : command);
    };
    instead('echo "tar: sub/file: Permission denied" >&2; exit 2');
    await assert.rejects(upload('x'), /failed: tar: sub\/file: Permission denied\.$/);
    instead('cat >/dev/null; exit 2');
    await assert.rejects(upload('x'), /tar in the guest ended with status 2\.$/);
    instead('cat >/dev/null; kill -9 $$');
    await assert.rejects(upload('x'), /tar in the guest was ended by signal KILL\.$/);
    // Goes on reading, as GNU tar does: the upload must not.
    let most = 0;
    await truncate(join(source, 'sub', 'file'), 200_000_000);
    instead('head -c 100 >/dev/null; echo "tar: sub/file: No space left on device" >&2; cat >/dev/null');
    await assert.rejects(
      upload('x', (bytes) => (most = bytes)),
      /the disk of the guest is full: tar: sub\/file: No space left on device\.$/,
    );
    assert.ok(most < 150_000_000);
    while (server.running() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  test('a cut connection, a dead network and an abort end it', async (t) => {
    const { dir, ssh, server } = await guest(t);
    const source = join(dir, 'source');
    await mkdir(source);
    for (let i = 0; i < 40; i++) await writeFile(join(source, `${i}`), randomBytes(500_000));
    const upload = (by: Communicator, onProgress: () => void, signal = never) =>
      by.uploadDirectory(`${source}/`, join(dir, 'copy'), { signal, onProgress });
    await assert.rejects(
      upload(ssh, () => server.cut()),
      /failed: the SSH connection was lost\.$/,
    );
    const stop = new AbortController();
    await assert.rejects(
      upload(ssh, () => stop.abort(new Error('interrupted')), stop.signal),
      /^Error: interrupted/,
    );
    while (server.running() > 0) await new Promise((resolve) => setTimeout(resolve, 10));

    // Packets are lost and nobody says so: only unanswered keep-alive messages tell.
    const network = await lossyNetwork(t, server.port);
    const far = await login(t, network.port, { ssh_keep_alive_interval: 20 });
    await assert.rejects(
      upload(far, () => network.lose()),
      /failed: the SSH connection was lost\.$/,
    );
  });
});

/** A forwarder to a port, and a way to let it swallow everything from now on. */
async function lossyNetwork(t: TestContext, port: number): Promise<{ port: number; lose: () => void }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    const inner = connectTcp(port, '127.0.0.1');
    sockets.push(socket, inner);
    for (const end of [socket, inner]) end.on('error', () => {});
    socket.pipe(inner).pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    lose: () => sockets.forEach((socket) => socket.unpipe().resume()),
  };
}

describe('many files come down', () => {
  const wanted = async (from: string, to: string) => {
    const names = (await readdir(from, { recursive: true })).filter((name) =>
      statSync(join(from, name)).isFile(),
    );
    for (const name of names) await mkdir(dirname(join(to, name)), { recursive: true });
    return names.map((name) => ({ source: join(from, name), destination: join(to, name) }));
  };
  const contents = (root: string, names: readonly string[]) =>
    names.map((name) => [
      name,
      (statSync(join(root, name)).mode & 0o777).toString(8),
      readFileSync(join(root, name)).toString('base64'),
    ]);

  test('as one stream, with their names and modes, links as what they lead to', async (t) => {
    const { dir, ssh, commands } = await guest(t);
    const source = join(dir, 'source');
    await awkwardTree(source);
    await link(join(source, 'big one'), join(source, 'second name'));
    const files = await wanted(source, join(dir, 'copy'));
    let last = 0;
    const summary = await ssh.downloadFiles(files, { signal: never, onProgress: (bytes) => (last = bytes) });
    assert.equal(commands.length, 1);
    assert.equal(summary.files, files.length);
    assert.equal(summary.bytes, last);
    const names = files.map((file) => relative(join(dir, 'copy'), file.destination));
    assert.deepEqual(contents(join(dir, 'copy'), names), contents(source, names));
  });

  test('more than one archive takes', async (t) => {
    const { dir, ssh, commands } = await guest(t);
    const source = join(dir, 'source', 'p'.repeat(100));
    await mkdir(source, { recursive: true });
    for (let i = 0; i < 1200; i++) await writeFile(join(source, `file ${i}`), `content of ${i}`);
    const files = await wanted(join(dir, 'source'), join(dir, 'copy'));
    await ssh.downloadFiles(files, { signal: never });
    for (const file of files) assert.ok(readFileSync(file.source).equals(readFileSync(file.destination)));
    assert.equal(commands.length, 1);
  });

  test('what the archive lacks or spoils is read by itself', async (t) => {
    const { dir, ssh, server, commands } = await guest(t);
    const source = join(dir, 'source');
    await mkdir(source);
    for (const name of ['a', 'b', 'c']) await writeFile(join(source, name), `good ${name}`);
    const files = await wanted(source, join(dir, 'copy'));
    const check = async () => {
      await ssh.downloadFiles(files, { signal: never });
      assert.deepEqual(
        files.map((file) => readFileSync(file.destination, 'utf8')),
        ['good a', 'good b', 'good c'],
      );
      await rm(join(dir, 'copy'), { recursive: true });
      await mkdir(join(dir, 'copy'));
      commands.length = 0;
    };
    const instead = (script: string) => {
      server.behaviour.rewrite = (command) => (command.includes('tar -chf') ? script : command);
    };
    instead(`tar -chf - '${source}/a' 2>/dev/null`);
    await check();
    instead('head -c 100000 /dev/urandom');
    await check();
    instead(`tar -chf - '${source}/a' '${source}/b' '${source}/c' 2>/dev/null | head -c 700`);
    await check();
    // Padded with zeros: complete, and wrong.
    await mkdir(join(dir, 'other', source), { recursive: true });
    for (const name of ['a', 'b', 'c']) await writeFile(join(dir, 'other', source, name), 'zeros');
    instead(
      `cd '${dir}/other' && tar -chf - '.${source}/a' '.${source}/b' '.${source}/c'; echo "tar: ${source.slice(1)}/a: File shrank by 3 bytes; padding with zeros" >&2; echo "tar: odd spelling: Read error" >&2; exit 123`,
    );
    await check();
    server.behaviour.rewrite = undefined;
    await rm(join(source, 'b'));
    await assert.rejects(
      ssh.downloadFiles(files, { signal: never }),
      /Downloading .*source\/b failed: .*No such file/i,
    );
    assert.deepEqual(
      (await readdir(join(dir, 'copy'))).filter((name) => name.includes('partial')),
      [],
    );
  });

  test('names in the archive that nobody asked for mean nothing', async (t) => {
    const { dir, ssh, server } = await guest(t);
    await writeFile(join(dir, 'a'), 'a');
    await writeFile(join(dir, 'b'), 'b');
    const evil = ['../evil', join(dir, 'evil'), './a/../evil'].map((name) =>
      Buffer.concat([tarHeader({ kind: 'file', name, mode: 0o644, size: 0 }, { uid: 0, gid: 0 })]),
    );
    await writeFile(join(dir, 'evil.tar'), Buffer.concat([...evil, Buffer.alloc(1024)]));
    server.behaviour.rewrite = (command) =>
      command.includes('tar -chf') ? `cat '${dir}/evil.tar'` : command;
    await mkdir(join(dir, 'copy'));
    const files = ['a', 'b'].map((name) => ({
      source: join(dir, name),
      destination: join(dir, 'copy', name),
    }));
    await ssh.downloadFiles(files, { signal: never });
    assert.deepEqual((await readdir(join(dir, 'copy'))).sort(), ['a', 'b']);
    assert.ok(!existsSync(join(dir, 'evil')) && !existsSync(join(dir, '..', 'evil')));
  });

  test('a guest without tar gives them one by one', async (t) => {
    const path = await programs(t, 'sh');
    const { dir, ssh } = await guest(t, { path });
    const source = join(dir, 'source');
    await awkwardTree(source);
    const files = await wanted(source, join(dir, 'copy'));
    await ssh.downloadFiles(files, { signal: never });
    const names = files.map((file) => relative(join(dir, 'copy'), file.destination));
    assert.deepEqual(contents(join(dir, 'copy'), names), contents(source, names));
  });

  test('a local disk that cannot be written, a cut connection and an abort end it', async (t) => {
    const { dir, ssh, server } = await guest(t);
    const source = join(dir, 'source');
    await mkdir(source);
    for (let i = 0; i < 40; i++) await writeFile(join(source, `${i}`), randomBytes(500_000));
    const files = await wanted(source, join(dir, 'copy'));
    await assert.rejects(
      ssh.downloadFiles(
        files.map((file) => ({ ...file, destination: join(dir, 'missing', 'x') })),
        { signal: never },
      ),
      /Downloading 40 files failed: ENOENT/,
    );
    await assert.rejects(
      ssh.downloadFiles(files, { signal: never, onProgress: () => server.cut() }),
      /Downloading 40 files failed: the SSH connection was lost\.$/,
    );
    const stop = new AbortController();
    await assert.rejects(
      ssh.downloadFiles(files, {
        signal: stop.signal,
        onProgress: () => stop.abort(new Error('interrupted')),
      }),
      /^Error: interrupted/,
    );
    while (server.running() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.ok(!(await readdir(join(dir, 'copy'))).some((name) => name.includes('partial')));
  });
});

for (const method of ['sftp', 'scp'] as const) {
  test(`a file that cannot be read is an error of the upload by ${method}, and of nothing else`, async (t) => {
    const { dir, ssh, server } = await guest(t, {}, { ssh_file_transfer_method: method });
    // Its failure is there before the guest has answered, and so before anybody reads.
    const source = createReadStream(join(dir, 'no such file'));
    await assert.rejects(ssh.upload(source, join(dir, 'there'), { signal: never }), /no such file/);
    assert.ok(source.destroyed);
    // A file of a tree that goes when its turn comes.
    server.behaviour.path = await programs(t, 'sh', 'mkdir', 'scp', 'sleep');
    await mkdir(join(dir, 'tree'));
    await writeFile(join(dir, 'tree', 'gone'), 'x');
    server.behaviour.onExec = () => rmSync(join(dir, 'tree', 'gone'), { force: true });
    await assert.rejects(
      ssh.uploadDirectory(join(dir, 'tree'), join(dir, 'copy'), { signal: never }),
      /gone/,
    );
  });
}
