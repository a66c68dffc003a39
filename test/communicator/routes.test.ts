import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { DISCONNECTED } from '../../src/communicator/communicator.ts';
import type { Communicator } from '../../src/communicator/communicator.ts';
import { makeKeyPair } from '../../src/communicator/ssh/key-pair.ts';
import { connectSsh } from '../../src/communicator/ssh/ssh-communicator.ts';
import { freePort } from '../../src/lib/free-port.ts';
import { twoFreePorts } from '../lib/free-ports.ts';
import { CIPHERS, KEY_EXCHANGES } from '../../src/lib/ssh-algorithms.ts';
import type { BastionConfig, SshConfig } from '../../src/plan/ssh-config.ts';
import { startSshServer } from './ssh-server.ts';
import { startSocksServer } from './socks-server.ts';

const never = new AbortController().signal;
const password = { ssh_password: 'correct horse' };
const login = { password: 'correct horse' };

interface Guest extends Communicator {
  readonly warnings: readonly string[];
}

/** Connects to "guest.example:22", or to a port of this machine. */
async function connect(t: TestContext, config: Partial<SshConfig>, port?: number): Promise<Guest> {
  const warnings: string[] = [];
  const communicator = await connectSsh(
    {
      host: port === undefined ? 'guest.example' : '127.0.0.1',
      port: port ?? 22,
      config: {
        ssh_port: 22,
        ssh_username: 'root',
        ssh_agent_auth: false,
        ssh_timeout: 20_000,
        ssh_handshake_attempts: 0,
        ssh_pty: false,
        ssh_disable_agent_forwarding: false,
        ssh_file_transfer_method: 'scp',
        ssh_keep_alive_interval: 0,
        pause_before_connecting: 0,
        ...password,
        ...config,
      },
      onStatus: () => {},
      onWarning: (warning) => warnings.push(warning),
    },
    never,
  );
  t.after(() => communicator.close());
  return Object.assign(communicator, { warnings });
}

async function says(guest: Communicator, command = 'echo hi'): Promise<string> {
  let out = '';
  await guest.exec(command, { signal: never, onStdout: (chunk) => (out += chunk.toString()) });
  return out;
}

/** A bastion host, which takes the password or the key. */
async function bastionOf(t: TestContext, change: Partial<BastionConfig> = {}, forwarding = true) {
  const server = await startSshServer(t, { user: 'me', password: 'bastion pass', forwarding });
  const bastion: BastionConfig = {
    host: '127.0.0.1',
    port: server.port,
    username: 'me',
    password: 'bastion pass',
    agentAuth: false,
    ...change,
  };
  return { server, bastion };
}

test('through a bastion host: commands, files, and a new connection when either one is lost', async (t) => {
  const guest = await startSshServer(t, login);
  const { server, bastion } = await bastionOf(t);
  const ssh = await connect(t, { bastion }, guest.port);
  assert.equal(await says(ssh), 'hi\n');
  guest.cut();
  assert.equal(await says(ssh), 'hi\n');
  assert.equal(server.connections(), 1, 'the connection to the bastion is kept');
  server.cut();
  assert.equal(await says(ssh), 'hi\n');
  assert.equal(server.connections(), 2);
  await ssh.close();
});

test('through a bastion host that asks its questions, or takes a key', async (t) => {
  const guest = await startSshServer(t, login);
  const { server, bastion } = await bastionOf(t);
  server.behaviour.keyboardOnly = true;
  assert.equal(await says(await connect(t, { bastion }, guest.port)), 'hi\n');
  const { privateKey, publicKey } = await makeKeyPair({ type: 'ed25519' });
  const privateKeyFile = join(await mkdtemp(join(tmpdir(), 'vmm-hcl-test-')), 'key');
  await writeFile(privateKeyFile, privateKey, { mode: 0o600 });
  Object.assign(server.behaviour, { password: undefined, publicKey });
  const withKey = { ...bastion, password: undefined, privateKeyFile };
  assert.equal(await says(await connect(t, { bastion: withKey }, guest.port)), 'hi\n');
});

test('a bastion host that refuses ends the waiting at once, and the message says what', async (t) => {
  const guest = await startSshServer(t, login);
  const refused = await bastionOf(t, { password: 'wrong' });
  await assert.rejects(connect(t, { bastion: refused.bastion }, guest.port), {
    message:
      /^The bastion host 127\.0\.0\.1:\d+ lets nobody in: user "me" was refused \(the server offers password; tried: password\)\.$/,
    hint: /ssh_bastion_password/,
  });
  assert.equal(refused.server.connections(), 1);
  const forbidden = await bastionOf(t, {}, false);
  await assert.rejects(connect(t, { bastion: forbidden.bastion }, guest.port), {
    message: /the bastion host .* does not allow connections to 127\.0\.0\.1:\d+\.$/,
    hint: /AllowTcpForwarding/,
  });
  const gone = { ...refused.bastion, port: await freePort('127.0.0.1') };
  await assert.rejects(connect(t, { bastion: gone, ssh_timeout: 1_000 }, guest.port), {
    message: /the bastion host .* cannot be reached: connection refused/,
    hint: /ssh_bastion_host/,
  });
});

for (const proxyLogin of [undefined, { user: 'me', password: 'proxy pass' }]) {
  test(`through a SOCKS proxy, ${proxyLogin ? 'with' : 'without'} a password: the proxy gets the name`, async (t) => {
    const guest = await startSshServer(t, login);
    const socks = await startSocksServer(t, { target: guest.port, login: proxyLogin });
    const proxy = {
      host: '127.0.0.1',
      port: socks.port,
      username: proxyLogin?.user,
      password: proxyLogin?.password,
    };
    const ssh = await connect(t, { proxy });
    assert.equal(await says(ssh), 'hi\n');
    assert.deepEqual(socks.asked, ['guest.example:22']);
  });
}

test('a relay leads other programs along the same way, several at a time, and ends with all its connections', async (t) => {
  const guest = await startSshServer(t, login);
  const { server, bastion } = await bastionOf(t);
  const ssh = await connect(t, { bastion }, guest.port);
  const relay = await ssh.relay(never);
  assert.ok(relay);
  t.after(() => relay.close());
  assert.deepEqual(
    [relay.host, relay.through],
    ['127.0.0.1', `through the bastion host 127.0.0.1:${server.port}`],
  );
  // Both the relay and the communicator have to connect to the bastion anew: one connection does for all.
  server.cut();
  const [first, second] = await Promise.all([
    connect(t, {}, relay.port),
    connect(t, {}, relay.port),
    says(ssh),
  ]);
  assert.equal(server.connections(), 2);
  const bytes = Buffer.alloc(300_000, 'a line\n');
  let back = '';
  const onStdout = (chunk: Buffer) => (back += chunk.toString());
  const [, other] = await Promise.all([
    first.exec('cat', { signal: never, stdin: bytes, onStdout }),
    says(second),
  ]);
  assert.deepEqual([back, other], [bytes.toString(), 'hi\n']);
  let running: ReturnType<Communicator['exec']> | undefined;
  await new Promise<unknown>((started) => {
    running = first.exec('echo started; exec sleep 60', { signal: never, onStdout: started });
  });
  await relay.close();
  assert.equal((await running)?.status, DISCONNECTED);
  await assert.rejects(connect(t, { ssh_timeout: 300 }, relay.port), /connection refused/);
  assert.equal(await says(ssh), 'hi\n', 'the way itself stays');
  assert.deepEqual(ssh.warnings, []);
});

test('a relay whose way is closed says why once, to us; a direct way needs none', async (t) => {
  const guest = await startSshServer(t, login);
  assert.equal(await (await connect(t, {}, guest.port)).relay(never), undefined);
  const { server, bastion } = await bastionOf(t);
  const ssh = await connect(t, { bastion }, guest.port);
  const relay = (await ssh.relay(never))!;
  t.after(() => relay.close());
  server.behaviour.forwarding = false;
  server.cut();
  for (let visit = 1; visit <= 2; visit++) {
    const socket = connectTcp(relay.port, relay.host).on('error', () => {});
    await once(socket, 'close');
  }
  const [warning, ...more] = ssh.warnings;
  assert.match(
    warning ?? '',
    /^A connection to the guest through the bastion host [0-9.:]+ failed: the bastion host .* does not allow connections to 127\.0\.0\.1:\d+\. Set AllowTcpForwarding/,
  );
  assert.deepEqual(more, []);
});

test('a relay goes through a SOCKS proxy too', async (t) => {
  const guest = await startSshServer(t, login);
  const socks = await startSocksServer(t, { target: guest.port });
  const ssh = await connect(t, { proxy: { host: '127.0.0.1', port: socks.port } });
  const relay = (await ssh.relay(never))!;
  t.after(() => relay.close());
  assert.equal(await says(await connect(t, {}, relay.port)), 'hi\n');
  assert.deepEqual(socks.asked, ['guest.example:22', 'guest.example:22']);
});

const refusals: readonly [string, number | 'login', RegExp, RegExp][] = [
  ['a refused connection', 5, /the SOCKS proxy .* says: connection to guest\.example:22 refused/, /./],
  ['an unknown host', 4, /the SOCKS proxy .* says: no way to guest\.example:22/, /./],
  [
    'a rule',
    2,
    /cannot succeed: the SOCKS proxy .* does not allow connections to guest\.example:22/,
    /rules of the proxy/,
  ],
  ['a wrong password', 'login', /^The SOCKS proxy .* refuses the user "me"\.$/, /ssh_proxy_password/],
];
for (const [what, answer, message, hint] of refusals) {
  test(`a SOCKS proxy that refuses: ${what}`, async (t) => {
    const socks = await startSocksServer(t, {
      target: 9,
      ...(answer === 'login' ? { login: { user: 'me', password: 'right' } } : { answer }),
    });
    const proxy = { host: '127.0.0.1', port: socks.port, username: 'me', password: 'wrong' };
    await assert.rejects(connect(t, { proxy, ssh_timeout: 1_500 }), { message, hint });
  });
}

test('what is no SOCKS proxy, and none at all', async (t) => {
  const web = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
  t.after(() => web.close());
  const { port } = web.address() as AddressInfo;
  await assert.rejects(connect(t, { proxy: { host: '127.0.0.1', port }, ssh_timeout: 1_000 }), {
    message: /did not make the connection to guest\.example:22/,
    hint: /SOCKS5 proxy listens/,
  });
  const free = await freePort('127.0.0.1');
  await assert.rejects(connect(t, { proxy: { host: '127.0.0.1', port: free }, ssh_timeout: 1_000 }), {
    message: /the SOCKS proxy 127\.0\.0\.1:\d+ cannot be reached: connection refused/,
    hint: /ssh_proxy_host/,
  });
});

test('local and remote tunnels carry bytes both ways, also after the connection was made again', async (t) => {
  const server = await startSshServer(t, { ...login, forwarding: true });
  const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  t.after(() => echo.close());
  const hostPort = (echo.address() as AddressInfo).port;
  const [local, remote] = await twoFreePorts();
  const ssh = await connect(
    t,
    {
      ssh_local_tunnels: [{ port: local, host: '127.0.0.1', hostPort }],
      ssh_remote_tunnels: [{ port: remote, host: '127.0.0.1', hostPort }],
    },
    server.port,
  );
  const through = async (port: number, host: string) => {
    const socket = connectTcp(port, host);
    socket.end('over there and back');
    return text(socket);
  };
  assert.equal(await through(local, 'localhost'), 'over there and back');
  assert.equal(await through(remote, '127.0.0.1'), 'over there and back');
  server.cut();
  assert.equal(await says(ssh), 'hi\n');
  assert.equal(await through(local, 'localhost'), 'over there and back');
  assert.equal(await through(remote, '127.0.0.1'), 'over there and back');
  await ssh.close();
  await assert.rejects(through(local, 'localhost'), /ECONNREFUSED/);
});

test('tunnels that cannot be opened end the build with the reason', async (t) => {
  const taken = createServer();
  taken.listen(0, 'localhost');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  const server = await startSshServer(t, login);
  const tunnel = { port, host: 'db', hostPort: 5432 };
  await assert.rejects(connect(t, { ssh_local_tunnels: [tunnel] }, server.port), {
    message: `The tunnel ${port}:db:5432 of ssh_local_tunnels cannot be opened: port ${port} of this machine is taken.`,
    hint: /another port/,
  });
  await assert.rejects(connect(t, { ssh_remote_tunnels: [tunnel] }, server.port), {
    message:
      /^The tunnel \d+:db:5432 of ssh_remote_tunnels cannot be opened: the SSH server of the guest says /,
    hint: /AllowTcpForwarding/,
  });
});

test('a connection that is lost while the tunnels are opened ends the waiting', async (t) => {
  const server = await startSshServer(t, { ...login, forwarding: true, dropOn: 'tcpip-forward' });
  const tunnels = [{ port: await freePort('127.0.0.1'), host: '127.0.0.1', hostPort: 9 }];
  await assert.rejects(connect(t, { ssh_remote_tunnels: tunnels }, server.port), /connection was lost/);
});

test('a tunnel whose far end does not answer says so, and the build goes on', async (t) => {
  const server = await startSshServer(t, { ...login, forwarding: true });
  const [local, dead] = await twoFreePorts();
  const tunnels = [{ port: local, host: '127.0.0.1', hostPort: dead }];
  const ssh = await connect(t, { ssh_local_tunnels: tunnels }, server.port);
  const socket = connectTcp(local, 'localhost').on('error', () => {});
  await once(socket, 'close');
  assert.match(ssh.warnings[0] ?? '', /^The guest does not get to 127\.0\.0\.1:\d+ \(ssh_local_tunnels\)/);
  assert.equal(await says(ssh), 'hi\n');
});

test('the chosen algorithms are the only ones offered', async (t) => {
  const server = await startSshServer(t, login);
  const good = { ssh_ciphers: ['aes256-ctr'], ssh_key_exchange_algorithms: ['ecdh-sha2-nistp256'] };
  assert.equal(await says(await connect(t, good, server.port)), 'hi\n');
  // The server does without these.
  for (const old of [
    { ssh_ciphers: ['3des-cbc'] },
    { ssh_key_exchange_algorithms: ['diffie-hellman-group1-sha1'] },
  ]) {
    await assert.rejects(connect(t, old, server.port), /cannot succeed: .*no matching/i);
  }
});

test('the names of algorithms are those of the library', () => {
  const { SUPPORTED_KEX, SUPPORTED_CIPHER } = createRequire(import.meta.url)(
    'ssh2/lib/protocol/constants.js',
  ) as {
    readonly SUPPORTED_KEX: readonly string[];
    readonly SUPPORTED_CIPHER: readonly string[];
  };
  assert.deepEqual([...KEY_EXCHANGES].sort(), [...SUPPORTED_KEX].sort());
  // This machine's OpenSSL may lack some.
  assert.deepEqual(
    SUPPORTED_CIPHER.filter((name) => !CIPHERS.includes(name)),
    [],
  );
});

test('a connection that stays silent for ssh_read_write_timeout counts as lost', async (t) => {
  const server = await startSshServer(t, login);
  const ssh = await connect(t, { ssh_read_write_timeout: 1_500 }, server.port);
  const { status } = await ssh.exec('sleep 30', { signal: never });
  assert.equal(status, 2300218);
  assert.equal(await says(ssh), 'hi\n');
});
