import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { DISCONNECTED } from '../../src/communicator/communicator.ts';
import type { Communicator } from '../../src/communicator/communicator.ts';
import { connectSsh } from '../../src/communicator/ssh/ssh-communicator.ts';
import type { SshConfig } from '../../src/plan/ssh-config.ts';
import ssh2 from 'ssh2';
import { hostKey, startSshServer } from './ssh-server.ts';
import type { Behaviour, TestServer } from './ssh-server.ts';

const never = new AbortController().signal;

const defaults: SshConfig = {
  ssh_port: 22,
  ssh_username: 'root',
  ssh_agent_auth: false,
  ssh_timeout: 20_000,
  ssh_handshake_attempts: 0,
  ssh_pty: false,
  ssh_disable_agent_forwarding: false,
  ssh_file_transfer_method: 'scp',
  ssh_keep_alive_interval: 5000,
  pause_before_connecting: 0,
};

interface Seen {
  readonly status: string[];
  readonly warnings: string[];
}

async function connect(
  t: TestContext,
  server: Pick<TestServer, 'port'>,
  config: Partial<SshConfig>,
  signal: AbortSignal = never,
): Promise<Communicator & { readonly seen: Seen }> {
  const seen: Seen = { status: [], warnings: [] };
  const communicator = await connectSsh(
    {
      host: '127.0.0.1',
      port: server.port,
      config: { ...defaults, ...config },
      onStatus: (text) => seen.status.push(text),
      onWarning: (text) => seen.warnings.push(text),
    },
    signal,
  );
  t.after(() => communicator.close());
  return Object.assign(communicator, { seen });
}

async function run(communicator: Communicator, command: string, stdin?: string) {
  let stdout = '';
  let stderr = '';
  const result = await communicator.exec(command, {
    signal: never,
    stdin: stdin === undefined ? undefined : Buffer.from(stdin),
    onStdout: (chunk) => (stdout += chunk.toString()),
    onStderr: (chunk) => (stderr += chunk.toString()),
  });
  return { ...result, stdout, stderr };
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

const login: Partial<Behaviour> = { password: 'correct horse' };
const password = { ssh_password: 'correct horse' };

test('password: commands run with input, output, status and signal', async (t) => {
  const server = await startSshServer(t, login);
  const ssh = await connect(t, server, password);
  assert.deepEqual(await run(ssh, 'cat; echo oops >&2; exit 3', 'in'), {
    status: 3,
    stdout: 'in',
    stderr: 'oops\n',
  });
  assert.deepEqual(await run(ssh, 'kill -TERM $$'), { status: 1, signal: 'TERM', stdout: '', stderr: '' });
  assert.equal((await run(ssh, 'head -c 3000000 /dev/zero | tr "\\0" x')).stdout.length, 3_000_000);
  assert.equal(server.connections(), 1);
});

test('keyboard-interactive is answered with the password', async (t) => {
  const server = await startSshServer(t, { ...login, keyboardOnly: true });
  const ssh = await connect(t, server, password);
  assert.equal((await run(ssh, 'echo hi')).stdout, 'hi\n');
});

test('key file', async (t) => {
  const dir = await folder(t);
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const parsed = ssh2.utils.parseKey(pem);
  assert.ok(!(parsed instanceof Error));
  const publicKey = `ssh-rsa ${parsed.getPublicSSH().toString('base64')}`;
  const file = join(dir, 'key');
  await writeFile(file, pem, { mode: 0o600 });
  const server = await startSshServer(t, { publicKey });
  const ssh = await connect(t, server, { ssh_private_key_file: file });
  assert.equal((await run(ssh, 'echo hi')).stdout, 'hi\n');

  await writeFile(file, 'ssh-rsa AAAA');
  await assert.rejects(
    connect(t, server, { ssh_private_key_file: file }),
    /is not a private key that can be used/,
  );
  const locked = pair.privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });
  await writeFile(file, locked);
  await assert.rejects(connect(t, server, { ssh_private_key_file: file }), { name: 'CommunicatorError' });
  await assert.rejects(
    connect(t, server, { ssh_private_key_file: join(dir, 'none') }),
    /cannot be read: ENOENT/,
  );
  await assert.rejects(connect(t, server, { ssh_username: undefined }), /does not know as whom to log in/);
});

test('a connection that stays silent is given up soon, and the next one gets through', async (t) => {
  const server = await startSshServer(t, { ...login, silentConnections: 2 });
  const ssh = await connect(t, server, password);
  assert.equal(server.connections(), 3);
  assert.ok(ssh.seen.status.some((text) => text.includes('connected, but no SSH banner came')));
});

test('a timeout tells what was seen', async (t) => {
  const server = await startSshServer(t, { ...login, silentConnections: 1000 });
  await assert.rejects(
    connect(t, server, { ...password, ssh_timeout: 1500 }),
    (error: Error & { hint: string }) => {
      assert.match(
        error.message,
        /did not become available at 127\.0\.0\.1:\d+ within 1\.5 s \(ssh_timeout\)/,
      );
      assert.match(error.message, /connected, but no SSH banner came \(once\)/);
      assert.match(error.hint, /see the console log/);
      return true;
    },
  );
  await assert.rejects(
    connect(t, { port: 9 }, { ...password, ssh_timeout: 1500 }),
    /connection refused.* times\)/,
  );
});

test('a refused login is repeated, and the first refusal is not the end', async (t) => {
  const server = await startSshServer(t, { ...login, refusals: 1 });
  const ssh = await connect(t, server, password);
  assert.equal((await run(ssh, 'echo hi')).stdout, 'hi\n');
  assert.equal(server.connections(), 2);
});

test('a login that is always refused ends after ssh_handshake_attempts, with the reason', async (t) => {
  const server = await startSshServer(t, login);
  await assert.rejects(
    connect(t, server, { ssh_password: 'wrong horse', ssh_handshake_attempts: 2 }),
    (error: Error) => {
      assert.match(error.message, /login at 127\.0\.0\.1:\d+ failed 2 times: user "root" was refused/);
      assert.match(error.message, /the server offers password; tried: password/);
      assert.ok(!error.message.includes('horse'));
      return true;
    },
  );
});

test('a login that cannot succeed ends early: the server takes none of our methods', async (t) => {
  const server = await startSshServer(t, { publicKey: 'ssh-rsa AAAA' });
  await assert.rejects(
    connect(t, server, { ...password, ssh_timeout: 0 }),
    (error: Error & { hint: string }) => {
      assert.match(error.message, /cannot succeed: user "root" was refused \(the server offers publickey/);
      assert.match(error.hint, /ssh_private_key_file/);
      return true;
    },
  );
  assert.equal(server.connections(), 3);
});

test('an abort ends the waiting and a running command, also on the other side', async (t) => {
  const server = await startSshServer(t, { ...login, silentConnections: 1 });
  const waiting = new AbortController();
  const attempt = connect(t, server, password, waiting.signal);
  waiting.abort(new Error('interrupted'));
  await assert.rejects(attempt, /interrupted/);
  server.behaviour.silentConnections = 0;

  const ssh = await connect(t, server, password);
  const running = new AbortController();
  const command = ssh.exec('echo started; sleep 1000', {
    signal: running.signal,
    onStdout: () => running.abort(new Error('interrupted')),
  });
  await assert.rejects(command, /interrupted/);
  assert.equal((await run(ssh, 'echo still there')).stdout, 'still there\n');
  while (server.running() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('a lost connection gives status DISCONNECTED, and the next command connects again', async (t) => {
  const server = await startSshServer(t, { ...login, dropOn: 'reboot' });
  const ssh = await connect(t, server, password);
  assert.equal((await run(ssh, 'reboot')).status, DISCONNECTED);
  assert.equal((await run(ssh, 'echo back')).stdout, 'back\n');
  const command = ssh.exec('echo started; sleep 1000', { signal: never, onStdout: () => server.cut() });
  assert.equal((await command).status, DISCONNECTED);
  assert.equal((await run(ssh, 'echo back')).stdout, 'back\n');
});

test('a host key that changes during the build is told', async (t) => {
  const server = await startSshServer(t, login);
  const other = await startSshServer(t, login, hostKey());
  const port = { current: server.port };
  const seen: string[] = [];
  const ssh = await connectSsh(
    {
      host: '127.0.0.1',
      get port() {
        return port.current;
      },
      config: { ...defaults, ...password },
      onStatus: () => {},
      onWarning: (text) => seen.push(text),
    },
    never,
  );
  t.after(() => ssh.close());
  await ssh.close();
  await run(ssh, 'true');
  assert.deepEqual(seen, []);
  await ssh.close();
  port.current = other.port;
  await run(ssh, 'true');
  assert.match(seen[0] ?? '', /host key has changed/);
});

const scp = ['/usr/bin/scp', '/bin/scp', '/usr/local/bin/scp'].find((path) => existsSync(path));

for (const method of ['sftp', 'scp'] as const) {
  const skip = method === 'scp' && scp === undefined ? 'no scp program on this machine' : false;
  const config: Partial<SshConfig> = { ...password, ssh_file_transfer_method: method };

  test(
    `${method}: files go up and come back, with their mode and whatever their name`,
    { skip },
    async (t) => {
      const server = await startSshServer(t, { ...login, sftp: method === 'sftp' });
      const ssh = await connect(t, server, config);
      const dir = await folder(t);
      const bytes = randomBytes(3_000_001);
      const progress: number[] = [];
      const options = { signal: never, mode: 0o640, onProgress: (count: number) => progress.push(count) };
      const target = join(dir, "it's a file; rm -rf x");
      await writeFile(target, 'x'.repeat(4_000_000));
      await ssh.upload(bytes, target, options);
      assert.ok((await readFile(target)).equals(bytes));
      await ssh.upload(Buffer.from('new'), join(dir, 'new'), { signal: never, mode: 0o750 });
      assert.equal((await stat(join(dir, 'new'))).mode & 0o777, 0o750);
      assert.equal(progress.at(-1), bytes.length);
      assert.deepEqual(
        progress,
        [...progress].sort((a, b) => a - b),
      );

      await ssh.upload(createReadStream(target), join(dir, 'from-file'), { signal: never });
      await ssh.upload(Readable.from([Buffer.from('one '), Buffer.from('two')]), join(dir, 'from-stream'), {
        signal: never,
      });
      await ssh.upload(new Uint8Array(0), join(dir, 'empty'), { signal: never });
      assert.ok((await readFile(join(dir, 'from-file'))).equals(bytes));
      assert.equal(await readFile(join(dir, 'from-stream'), 'utf8'), 'one two');
      assert.equal((await stat(join(dir, 'empty'))).size, 0);

      await ssh.download(target, join(dir, 'back'), { signal: never });
      assert.ok((await readFile(join(dir, 'back'))).equals(bytes));
      await writeFile(join(dir, 'kept'), 'kept');
      await assert.rejects(
        ssh.download(join(dir, 'nothing'), join(dir, 'kept'), { signal: never }),
        /Downloading .*nothing failed/,
      );
      assert.equal(await readFile(join(dir, 'kept'), 'utf8'), 'kept');
      await assert.rejects(
        ssh.upload(bytes, join(dir, 'no', 'such', 'folder'), { signal: never }),
        /Uploading .*folder failed: .*(No such file|NO_SUCH_FILE)/i,
      );
      assert.deepEqual(
        (await readdir(dir)).filter((name) => name.includes('partial')),
        [],
      );
    },
  );

  test(`${method}: folders, with and without a trailing slash`, { skip }, async (t) => {
    const server = await startSshServer(t, { ...login, sftp: method === 'sftp' });
    const ssh = await connect(t, server, config);
    const dir = await folder(t);
    const source = join(dir, 'source');
    await mkdir(join(source, 'a', 'b', 'c'), { recursive: true });
    await mkdir(join(source, 'z'));
    await writeFile(join(source, 'a', 'b', 'run'), '#!/bin/sh\n');
    await chmod(join(source, 'a', 'b', 'run'), 0o755);
    await writeFile(join(source, 'a', 'b', 'c', 'deep'), 'deep');
    await writeFile(join(source, 'z', 'last'), 'last');
    await writeFile(join(source, 'top'), 'top');
    await symlink('top', join(source, 'link'));
    await ssh.uploadDirectory(`${source}/`, join(dir, 'new', 'contents'), { signal: never });
    await mkdir(join(dir, 'whole'));
    await ssh.uploadDirectory(source, `${join(dir, 'whole')}/`, { signal: never });
    for (const copy of [join(dir, 'new', 'contents'), join(dir, 'whole', 'source')]) {
      assert.deepEqual((await readdir(copy, { recursive: true })).sort(), [
        'a',
        'a/b',
        'a/b/c',
        'a/b/c/deep',
        'a/b/run',
        'link',
        'top',
        'z',
        'z/last',
      ]);
      assert.equal(readFileSync(join(copy, 'link'), 'utf8'), 'top');
      assert.equal((await stat(join(copy, 'a', 'b', 'run'))).mode & 0o777, 0o755);
    }
    await symlink('.', join(source, 'z', 'self'));
    await assert.rejects(
      ssh.uploadDirectory(source, dir, { signal: never }),
      /link to a folder that contains it/,
    );
  });

  test(
    `${method}: a connection that is cut during an upload fails it, and nothing hangs`,
    { skip },
    async (t) => {
      const server = await startSshServer(t, { ...login, sftp: method === 'sftp' });
      const ssh = await connect(t, server, config);
      const dir = await folder(t);
      const upload = ssh.upload(randomBytes(20_000_000), join(dir, 'x'), {
        signal: never,
        onProgress: () => server.cut(),
      });
      await assert.rejects(upload, /Uploading .*x failed: the SSH connection was lost/);
      const stop = new AbortController();
      const aborted = ssh.upload(randomBytes(20_000_000), join(dir, 'x'), {
        signal: stop.signal,
        onProgress: () => stop.abort(new Error('interrupted')),
      });
      await assert.rejects(aborted, /interrupted/);
      await ssh.upload(Buffer.from('works again'), join(dir, 'x'), { signal: never });
      assert.equal(await readFile(join(dir, 'x'), 'utf8'), 'works again');
    },
  );
}

test('a guest without the asked-for way to transfer files gets them by the other one', async (t) => {
  const dir = await folder(t);
  const server = await startSshServer(t, { ...login, path: dir });
  const commands: string[] = [];
  server.behaviour.onExec = (command) => commands.push(command);
  const ssh = await connect(t, server, { ...password, ssh_file_transfer_method: 'scp' });
  const bytes = randomBytes(100_000);
  await ssh.upload(Readable.from([bytes]), join(dir, 'a'), { signal: never });
  await ssh.upload(Readable.from([bytes]), join(dir, 'b'), { signal: never });
  const sum = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  assert.equal(sum(join(dir, 'a')), createHash('sha256').update(bytes).digest('hex'));
  assert.equal(sum(join(dir, 'b')), sum(join(dir, 'a')));
  assert.equal(commands.length, 1, 'scp is tried once, not for every file');
  server.behaviour.sftp = false;
  const other = await connect(t, server, { ...password, ssh_file_transfer_method: 'sftp' });
  await assert.rejects(other.upload(bytes, join(dir, 'c'), { signal: never }), {
    message: /starts no SFTP server.*, and the guest has no scp program/s,
  });
});

test('agent: its keys are tried first, and forwarded unless the template says no', async (t) => {
  const dir = await folder(t);
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = ssh2.utils.parseKey(pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
  assert.ok(!(key instanceof Error));
  const socket = join(dir, 'agent');
  const agent = createServer((connection) => {
    const protocol = new ssh2.AgentProtocol(false);
    protocol.on('identities', (request) => protocol.getIdentitiesReply(request, [key]));
    protocol.on('sign', (request, _key, data, options) =>
      protocol.signReply(request, key.sign(data, options.hash) as Buffer),
    );
    connection.pipe(protocol).pipe(connection);
  }).listen(socket);
  await once(agent, 'listening');
  t.after(() => agent.close());
  const server = await startSshServer(t, { publicKey: `ssh-rsa ${key.getPublicSSH().toString('base64')}` });
  const before = process.env['SSH_AUTH_SOCK'];
  t.after(() => {
    if (before === undefined) delete process.env['SSH_AUTH_SOCK'];
    else process.env['SSH_AUTH_SOCK'] = before;
  });
  delete process.env['SSH_AUTH_SOCK'];
  await assert.rejects(
    connect(t, server, { ssh_agent_auth: true }),
    /SSH_AUTH_SOCK is not: there is no SSH agent/,
  );
  process.env['SSH_AUTH_SOCK'] = socket;
  const ssh = await connect(t, server, { ssh_agent_auth: true });
  assert.equal((await run(ssh, 'echo hi')).stdout, 'hi\n');
  // The test server knows no forwarding: it is told, and the command runs all the same.
  assert.deepEqual(ssh.seen.warnings, [
    'The SSH server does not allow agent forwarding; going on without it.',
  ]);
  const without = await connect(t, server, { ssh_agent_auth: true, ssh_disable_agent_forwarding: true });
  assert.equal((await run(without, 'echo hi')).stdout, 'hi\n');
  assert.deepEqual(without.seen.warnings, []);
});
