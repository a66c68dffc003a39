// The SSH communicator with the sshd(8) that users have, OpenSSH's: logging in, the ways to it, sessions and their ends.
import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { Communicator, ExecResult } from '../../src/communicator/communicator.ts';
import { DISCONNECTED } from '../../src/communicator/communicator.ts';
import { forgetKeyCommand } from '../../src/communicator/ssh/forget-key.ts';
import { makeKeyPair, readKeyPair } from '../../src/communicator/ssh/key-pair.ts';
import { loadSsh2 } from '../../src/communicator/ssh/load-ssh2.ts';
import { freePort } from '../../src/lib/free-port.ts';
import { twoFreePorts } from '../lib/free-ports.ts';
import { CIPHERS, KEY_EXCHANGES } from '../../src/lib/ssh-algorithms.ts';
import type { BastionConfig } from '../../src/plan/ssh-config.ts';
import { connectTo, keygen, PASSWORD, sshdTest, startSshd } from './support/openssh.ts';
import { waitUntil } from './support/wait.ts';

const never = new AbortController().signal;
const byPassword = { ssh_password: PASSWORD };

interface Outcome extends ExecResult {
  readonly out: string;
  readonly err: string;
}

async function run(ssh: Communicator, command: string, signal = never): Promise<Outcome> {
  let [out, err] = ['', ''];
  const result = await ssh.exec(command, {
    signal,
    onStdout: (chunk) => (out += chunk.toString()),
    onStderr: (chunk) => (err += chunk.toString()),
  });
  return { ...result, out, err };
}

/** Runs a command that says "started". */
function start(ssh: Communicator, command: string, signal = never) {
  let out = '';
  let say = () => {};
  const started = new Promise<void>((resolve) => (say = resolve));
  const onStdout = (chunk: Buffer) => {
    out += chunk.toString();
    if (out.includes('started')) say();
  };
  return { started, out: () => out, end: ssh.exec(command, { signal, onStdout }) };
}

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'keys-'));
}

const publicHalf = (path: string) => readFileSync(`${path}.pub`, 'utf8');

/** An ssh-agent(1) that holds these keys. SSH_AUTH_SOCK names it until the test ends. */
async function startAgent(t: TestContext, keys: readonly string[]): Promise<void> {
  const path = join(newFolder(), 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', path], { stdio: 'ignore' });
  const before = process.env['SSH_AUTH_SOCK'];
  t.after(async () => {
    if (before === undefined) delete process.env['SSH_AUTH_SOCK'];
    else process.env['SSH_AUTH_SOCK'] = before;
    const gone = once(agent, 'exit');
    agent.kill();
    await gone;
  });
  await waitUntil('the agent', () => (existsSync(path) ? true : undefined));
  process.env['SSH_AUTH_SOCK'] = path;
  for (const key of keys) execFileSync('ssh-add', ['-q', key]);
}

const KEYS: readonly (readonly [type: string, ...rest: string[]])[] = [
  ['ed25519'],
  ['rsa', '-b', '2048'],
  ['rsa', '-b', '4096'],
  ['ecdsa', '-b', '256'],
  ['ecdsa', '-b', '384'],
  ['ecdsa', '-b', '521'],
];

sshdTest('key files of every type and in every form of ssh-keygen let in', async (t) => {
  const folder = newFolder();
  const files: string[] = [];
  for (const [type, ...rest] of KEYS) {
    // A large key takes seconds to make.
    for (const form of rest.includes('4096') ? ['RFC4716'] : ['RFC4716', 'PEM', 'PKCS8']) {
      const path = join(folder, [type, ...rest, form].join(' '));
      files.push(keygen(path, '-t', type, ...rest, '-m', form, '-N', ''));
    }
  }
  // As an editor of Windows leaves it.
  const crlf = join(folder, 'with CRLF');
  writeFileSync(crlf, readFileSync(join(folder, 'ed25519 RFC4716'), 'utf8').replaceAll('\n', '\r\n'));
  // As openssl(1) and later versions of ssh-keygen(1) write it.
  const pkcs8 = join(folder, 'ed25519 PKCS8 of openssl');
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(pkcs8, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const { publicKey } = await readKeyPair(pkcs8);
  const sshd = await startSshd(t, { keys: [...files.map(publicHalf), publicKey] });
  for (const file of [...files, crlf, pkcs8]) {
    const { ssh } = await connectTo(t, sshd, { ssh_private_key_file: file });
    assert.equal((await run(ssh, 'whoami')).out, 'packer\n', file);
    await ssh.close();
  }
});

sshdTest('temporary keys of every type let in', async (t) => {
  const kinds = [
    { type: 'ed25519' },
    ...[2048, 4096].map((bits) => ({ type: 'rsa', bits }) as const),
    ...[256, 384, 521].map((bits) => ({ type: 'ecdsa', bits }) as const),
  ] as const;
  const pairs = await Promise.all(kinds.map((kind) => makeKeyPair(kind)));
  const sshd = await startSshd(t, { keys: pairs.map(({ publicKey }) => publicKey) });
  for (const { privateKey, publicKey } of pairs) {
    const { ssh } = await connectTo(t, sshd, {}, privateKey);
    assert.equal((await run(ssh, 'whoami')).out, 'packer\n', publicKey);
    await ssh.close();
  }
});

sshdTest('an encrypted key file is refused before anything is asked, whatever its form', async (t) => {
  const folder = newFolder();
  const sshd = await startSshd(t);
  for (const form of ['RFC4716', 'PEM', 'PKCS8']) {
    const file = keygen(join(folder, form), '-t', 'ecdsa', '-m', form, '-N', 'secret phrase');
    await assert.rejects(connectTo(t, sshd, { ssh_private_key_file: file }), {
      message: `ssh_private_key_file ${file} is encrypted with a passphrase, which nobody can type during a build.`,
      hint: /ssh_agent_auth/,
    });
  }
  assert.doesNotMatch(sshd.log(), /Connection/);
});

sshdTest('a password lets in, also after a key, and where both are wanted', async (t) => {
  const key = keygen(join(newFolder(), 'key'), '-t', 'ed25519', '-N', '');
  const other = keygen(join(newFolder(), 'other'), '-t', 'ed25519', '-N', '');
  const sshd = await startSshd(t, { keys: [publicHalf(key)] });
  const { ssh, attempts } = await connectTo(t, sshd, { ...byPassword, ssh_private_key_file: other });
  assert.equal((await run(ssh, 'whoami')).out, 'packer\n');
  assert.equal(attempts.length, 1);
  assert.match(sshd.log(), /Accepted password for packer/);
  const strict = await startSshd(t, {
    config: ['AuthenticationMethods publickey,password'],
    keys: [publicHalf(key)],
  });
  const both = await connectTo(t, strict, { ...byPassword, ssh_private_key_file: key });
  assert.equal((await run(both.ssh, 'whoami')).out, 'packer\n');
  await assert.rejects(connectTo(t, strict, { ssh_private_key_file: key, ssh_handshake_attempts: 1 }), {
    message: /user "packer" was refused \(the server offers password; tried: key file\)/,
  });
});

sshdTest('an agent lets in and is forwarded where the server allows it', async (t) => {
  const folder = newFolder();
  const keys = ['ed25519', 'rsa', 'ecdsa'].map((type) => keygen(join(folder, type), '-t', type, '-N', ''));
  for (const key of keys) {
    const sshd = await startSshd(t, { keys: [publicHalf(key)] });
    await startAgent(t, keys);
    const { ssh, warnings } = await connectTo(t, sshd, { ssh_agent_auth: true });
    assert.equal((await run(ssh, 'ssh-add -l | wc -l')).out.trim(), '3');
    assert.deepEqual(warnings, []);
    const without = await connectTo(t, sshd, { ssh_agent_auth: true, ssh_disable_agent_forwarding: true });
    assert.equal((await run(without.ssh, 'echo "[$SSH_AUTH_SOCK]"')).out, '[]\n');
    await sshd.kill();
  }
  const strict = await startSshd(t, {
    config: ['AllowAgentForwarding no'],
    keys: keys.map(publicHalf),
  });
  const { ssh, warnings } = await connectTo(t, strict, { ssh_agent_auth: true });
  assert.equal((await run(ssh, 'echo "[$SSH_AUTH_SOCK]"')).out, '[]\n');
  assert.equal((await run(ssh, 'echo again')).out, 'again\n');
  assert.deepEqual(warnings, ['The SSH server does not allow agent forwarding; going on without it.']);
  assert.equal(strict.log().match(/Accepted/g)?.length, 1, 'on the same connection');
});

sshdTest('an agent with more keys than the server tries is told as that', async (t) => {
  const folder = newFolder();
  const keys = ['1', '2', '3', '4'].map((name) => keygen(join(folder, name), '-t', 'ed25519', '-N', ''));
  const sshd = await startSshd(t, { config: ['MaxAuthTries 3'], keys: [publicHalf(keys[3]!)] });
  await startAgent(t, keys);
  await assert.rejects(connectTo(t, sshd, { ssh_agent_auth: true, ssh_handshake_attempts: 1 }), {
    message:
      /failed once: user "packer" was refused: Too many authentication failures \(the server offers .*; tried: agent\)\.$/,
    hint: /MaxAuthTries.*ssh-add -d/,
  });
});

sshdTest('an agent that is not there, has no key, or goes away', async (t) => {
  const key = keygen(join(newFolder(), 'key'), '-t', 'ed25519', '-N', '');
  const sshd = await startSshd(t, { keys: [publicHalf(key)] });
  const login = { ssh_agent_auth: true, ssh_handshake_attempts: 1 };
  await startAgent(t, []);
  await assert.rejects(connectTo(t, sshd, login), { message: /tried: agent\)\.$/, hint: /ssh-add -l/ });
  const { ssh, attempts } = await connectTo(t, sshd, { ...login, ssh_private_key_file: key });
  // It breaks off whatever it is asked.
  const broken = join(newFolder(), 'agent');
  const server = createServer((socket) => socket.on('error', () => {}).end()).listen(broken);
  await once(server, 'listening');
  t.after(() => server.close());
  process.env['SSH_AUTH_SOCK'] = broken;
  const { ssh: other } = await connectTo(t, sshd, { ...login, ssh_private_key_file: key });
  assert.equal((await run(other, 'whoami')).out, 'packer\n', 'the key file is tried all the same');
  await assert.rejects(connectTo(t, sshd, login), { message: /tried: agent, which says: / });
  process.env['SSH_AUTH_SOCK'] = '/nonexistent/agent';
  await assert.rejects(connectTo(t, sshd, login), {
    message:
      /^ssh_agent_auth is set, but no SSH agent answers at SSH_AUTH_SOCK: .*ENOENT \/nonexistent\/agent\.$/,
    permanent: true,
  });
  assert.equal((await run(ssh, 'whoami')).out, 'packer\n');
  assert.equal(attempts.length, 1);
});

/** sshd_config(5), how one logs in, and what is said of the refusal. */
const REFUSALS: readonly {
  readonly config?: readonly string[];
  readonly login: object;
  readonly message: RegExp;
  readonly hint: RegExp;
}[] = [
  {
    login: { ssh_private_key_file: 'OTHER' },
    message: /user "packer" was refused \(the server offers publickey, .*; tried: key file\)/,
    hint: /^Check ssh_username; that the public half of the key is in .*authorized_keys.* AllowUsers/,
  },
  {
    login: { ssh_private_key_file: 'KEY', ssh_username: 'pakcer' },
    message: /user "pakcer" was refused \(.*tried: key file\)/,
    hint: /^Check ssh_username/,
  },
  {
    login: { ssh_password: 'wrong' },
    message: /user "packer" was refused \(.*tried: password, keyboard-interactive\)/,
    hint: /^Check ssh_username; ssh_password .*PermitRootLogin/,
  },
  {
    config: ['AllowUsers root'],
    login: { ssh_private_key_file: 'KEY', ...byPassword },
    message: /user "packer" was refused \(.*tried: key file, password, keyboard-interactive\)/,
    hint: /AllowUsers/,
  },
  {
    config: ['PermitRootLogin prohibit-password'],
    login: { ...byPassword, ssh_username: 'root' },
    message: /user "root" was refused/,
    hint: /PermitRootLogin/,
  },
  {
    config: ['PasswordAuthentication no', 'KbdInteractiveAuthentication no'],
    login: byPassword,
    message: /the server offers publickey; tried: none of which the template has/,
    hint: /^Give the source block what the server takes \(publickey\)/,
  },
  {
    config: ['MaxAuthTries 1'],
    login: { ssh_private_key_file: 'OTHER', ...byPassword },
    message: /was refused: Too many authentication failures \(.*tried: key file\)/,
    hint: /authorized_keys/,
  },
];

sshdTest('who is not let in, and what is said of it', async (t) => {
  const folder = newFolder();
  const paths = ['KEY', 'OTHER'].map((name) => keygen(join(folder, name), '-t', 'ed25519', '-N', ''));
  for (const { config, login, message, hint } of REFUSALS) {
    const sshd = await startSshd(t, { config, keys: [publicHalf(paths[0]!)] });
    const whole = { ...login } as { ssh_private_key_file?: string };
    const named = whole.ssh_private_key_file;
    if (named !== undefined) whole.ssh_private_key_file = join(folder, named);
    await assert.rejects(connectTo(t, sshd, { ...whole, ssh_handshake_attempts: 1 }), { message, hint });
    await sshd.kill();
  }
});

/** What this OpenSSH has of the names that the options take. */
function known(kind: 'cipher' | 'kex', names: readonly string[]): string[] {
  const all = execFileSync('ssh', ['-Q', kind], { encoding: 'utf8' }).trim().split('\n');
  return all.filter((name) => names.includes(name));
}

sshdTest('every cipher and key exchange of the server is agreed upon, asked for or not', async (t) => {
  // ChaCha20 is offered only where the compiled part of ssh2 is there.
  const ciphers = known('cipher', CIPHERS).filter(
    (name) => loadSsh2().hasChaCha20 || !name.startsWith('chacha20'),
  );
  for (const cipher of ciphers) {
    const sshd = await startSshd(t, { config: [`Ciphers ${cipher}`] });
    for (const ssh_ciphers of [undefined, [cipher]]) {
      const { ssh } = await connectTo(t, sshd, { ...byPassword, ssh_ciphers });
      assert.equal((await run(ssh, 'echo hi')).out, 'hi\n', cipher);
    }
    await sshd.kill();
  }
  for (const exchange of known('kex', KEY_EXCHANGES)) {
    const sshd = await startSshd(t, { config: [`KexAlgorithms ${exchange}`] });
    const { ssh } = await connectTo(t, sshd, { ...byPassword, ssh_key_exchange_algorithms: [exchange] });
    assert.equal((await run(ssh, 'echo hi')).out, 'hi\n', exchange);
    await sshd.kill();
  }
});

sshdTest('nothing in common ends the waiting, and the options are named', async (t) => {
  const sshd = await startSshd(t, {
    config: ['Ciphers aes256-ctr', 'KexAlgorithms curve25519-sha256', 'MACs hmac-sha2-512'],
  });
  await assert.rejects(connectTo(t, sshd, { ...byPassword, ssh_ciphers: ['aes128-gcm@openssh.com'] }), {
    message: /cannot succeed: Handshake failed: no matching C->S cipher\.$/,
    hint: /ssh_ciphers.*Ciphers in the sshd_config\(5\)/,
  });
  const kex = { ssh_key_exchange_algorithms: ['diffie-hellman-group14-sha256'] };
  await assert.rejects(connectTo(t, sshd, { ...byPassword, ...kex }), {
    message: /cannot succeed: Handshake failed: no matching key exchange algorithm\.$/,
    hint: /ssh_key_exchange_algorithms.*KexAlgorithms/,
  });
  const { ssh } = await connectTo(t, sshd, byPassword);
  assert.equal((await run(ssh, 'echo hi')).out, 'hi\n');
});

sshdTest('commands end as they end', async (t) => {
  const sshd = await startSshd(t);
  const { ssh, attempts } = await connectTo(t, sshd, byPassword);
  const cases: [command: string, status: number, signal?: string][] = [
    ['exit 0', 0],
    ['exit 255', 255],
    ['no-such-program', 127],
    ['kill -KILL $$', 1, 'KILL'],
    ['kill -SEGV $$', 1, 'SEGV'],
    ['kill -USR1 $$', 1, 'USR1'],
    // 3 MB, and the status after them.
    ['head -c 3000000 /dev/zero; exit 5', 5],
  ];
  for (const [command, status, signal] of cases) {
    const end = await run(ssh, command);
    assert.deepEqual([end.status, end.signal], [status, signal], command);
    assert.equal(end.out.length, status === 5 ? 3_000_000 : 0);
  }
  const split = await run(ssh, 'echo out; echo err >&2');
  assert.deepEqual([split.out, split.err], ['out\n', 'err\n']);
  // The process of the session dies before it can tell a status.
  assert.equal((await run(ssh, 'kill -KILL $PPID')).status, DISCONNECTED);
  assert.equal((await run(ssh, 'echo back')).out, 'back\n');
  assert.equal(attempts.length, 2);
  await ssh.close();
  assert.match(
    sshd.log(),
    /Received disconnect[^\n]*\n[^\n]*Disconnected from user packer/,
    'with a goodbye',
  );
});

sshdTest('a command that is given up ends in the guest, with what it started', async (t) => {
  const sshd = await startSshd(t);
  for (const ssh_pty of [false, true]) {
    const { ssh } = await connectTo(t, sshd, { ...byPassword, ssh_pty });
    const abort = new AbortController();
    const running = start(ssh, 'sleep 1000 & echo $$ $! started; wait', abort.signal);
    await running.started;
    abort.abort(new Error('enough'));
    await assert.rejects(running.end, /enough/);
    const [, shell, child] = /(\d+) (\d+)/.exec(running.out()) ?? [];
    const gone = `while kill -0 ${shell} 2>&- || kill -0 ${child} 2>&-; do sleep 0.1; done`;
    assert.equal((await run(ssh, gone, AbortSignal.timeout(20_000))).status, 0);
  }
});

sshdTest('a terminal where one is asked for, and words where the server gives none', async (t) => {
  const sshd = await startSshd(t);
  const { ssh } = await connectTo(t, sshd, { ...byPassword, ssh_pty: true });
  const end = await run(
    ssh,
    'test -t 0 && stty size && echo $TERM && stty -a | grep -o -- -echo$; echo err >&2; exit 7',
  );
  assert.equal(end.status, 7);
  assert.match(end.out, /^40 80\r\nxterm\r\n[^]*err\r\n$/);
  const strict = await startSshd(t, { config: ['PermitTTY no'] });
  const other = await connectTo(t, strict, { ...byPassword, ssh_pty: true });
  await assert.rejects(run(other.ssh, 'true'), {
    message: 'Nothing can be run in the guest: the SSH server gives no terminal.',
    hint: /ssh_pty = false.*PermitTTY/,
  });
});

sshdTest('when sshd and its sessions are gone, the next command waits for the new one', async (t) => {
  const sshd = await startSshd(t);
  const { ssh, warnings, attempts } = await connectTo(t, sshd, byPassword);
  const running = start(ssh, 'echo started; sleep 1000');
  await running.started;
  await sshd.kill();
  assert.equal((await running.end).status, DISCONNECTED);
  const next = run(ssh, 'echo back');
  await waitUntil('an attempt in vain', () => attempts.find(({ stage }) => stage === 'tcp'));
  await sshd.start();
  assert.equal((await next).out, 'back\n');
  // With nothing running, and files in the meantime.
  await ssh.upload(Buffer.from('one'), 'file', { signal: never });
  await sshd.kill();
  await sshd.start();
  await ssh.upload(Buffer.from('two'), 'file', { signal: never });
  assert.equal((await run(ssh, 'cat file')).out, 'two');
  assert.deepEqual(warnings, []);
});

sshdTest('questions whether we are there are answered, and asked', async (t) => {
  const sshd = await startSshd(t, {
    config: ['ClientAliveInterval 1', 'ClientAliveCountMax 1', 'LogLevel DEBUG1'],
  });
  const { ssh } = await connectTo(t, sshd, { ...byPassword, ssh_keep_alive_interval: 100 });
  // Twice as long as the server would stand without an answer.
  assert.equal((await run(ssh, 'sleep 4; echo there')).out, 'there\n');
  assert.ok((sshd.log().match(/global_request: rtype keepalive@openssh.com/g)?.length ?? 0) > 4);
});

sshdTest('a server that does not answer any more is left', async (t) => {
  const sshd = await startSshd(t);
  const { ssh } = await connectTo(t, sshd, { ...byPassword, ssh_keep_alive_interval: 50 });
  const running = start(ssh, 'echo started; sleep 1000');
  await running.started;
  sshd.pause();
  assert.equal((await running.end).status, DISCONNECTED);
});

sshdTest('one session at a time is enough, and none is told', async (t) => {
  const one = await startSshd(t, { config: ['MaxSessions 1'] });
  const { ssh } = await connectTo(t, one, byPassword);
  for (let round = 0; round < 2; round++) {
    // The session of sftp stays open.
    await ssh.upload(Buffer.from('x'), 'file', { signal: never });
    assert.equal((await run(ssh, 'cat file')).out, 'x');
    await ssh.download('file', join(newFolder(), 'file'), { signal: never });
  }
  const none = await startSshd(t, { config: ['MaxSessions 0'] });
  const other = await connectTo(t, none, byPassword);
  await assert.rejects(run(other.ssh, 'true'), {
    message: 'Nothing can be run in the guest: the SSH server opens no session (open failed).',
    hint: /MaxSessions/,
  });
  await assert.rejects(other.ssh.upload(Buffer.from('x'), 'file', { signal: never }), {
    message: 'Uploading file failed: the SSH server opens no session (open failed).',
    hint: /MaxSessions/,
  });
});

sshdTest('whom MaxStartups turns away comes back, and the words of the server are kept', async (t) => {
  const sshd = await startSshd(t, { config: ['MaxStartups 1:100:1'] });
  const hold = async () => {
    const socket = connectTcp(sshd.port, '127.0.0.1').on('error', () => {});
    await once(socket, 'data');
    return socket;
  };
  const first = await hold();
  await assert.rejects(connectTo(t, sshd, { ...byPassword, ssh_timeout: 1_500 }), {
    message:
      /Seen while waiting: the server said "Exceeded MaxStartups" in place of an SSH banner, and no more/,
    hint: /MaxStartups.*PerSourcePenalties/,
  });
  const connecting = connectTo(t, sshd, byPassword);
  setTimeout(() => first.destroy(), 500);
  const { ssh } = await connecting;
  assert.equal((await run(ssh, 'echo hi')).out, 'hi\n');
});

sshdTest('texts at the login are no output, and a slow server is waited for', async (t) => {
  const banner = join(newFolder(), 'banner');
  writeFileSync(banner, 'SSH-2.0 is what this text begins with\nAuthorized uses only. \x1b[31m\n'.repeat(50));
  const sshd = await startSshd(t, { config: [`Banner ${banner}`, 'PrintMotd yes', 'PrintLastLog yes'] });
  sshd.pause();
  const connecting = connectTo(t, sshd, byPassword);
  // The kernel of the guest takes connections while sshd does not.
  setTimeout(() => sshd.resume(), 2_500);
  const { ssh, attempts } = await connecting;
  assert.deepEqual(await run(ssh, 'echo hi'), { status: 0, out: 'hi\n', err: '' });
  assert.match(attempts[0]?.text ?? '', /no SSH banner came/);
});

sshdTest('an account that may not do anything says so', async (t) => {
  const sshd = await startSshd(t, { config: ['ForceCommand /usr/sbin/nologin'] });
  const { ssh } = await connectTo(t, sshd, byPassword);
  const end = await run(ssh, 'true');
  assert.equal(end.status, 1);
  assert.match(end.out, /account is currently not available/);
  await assert.rejects(
    ssh.upload(Buffer.from('x'), 'file', { signal: never }),
    /account is currently not available/,
  );
});

sshdTest('the temporary key is taken out of authorized_keys, and the others stay', async (t) => {
  const { privateKey, publicKey } = await makeKeyPair({ type: 'ed25519' });
  const other = (await makeKeyPair({ type: 'ed25519', name: 'other' })).publicKey;
  const sshd = await startSshd(t, { config: ['AuthorizedKeysFile .ssh/authorized_keys'] });
  const setUp = await connectTo(t, sshd, byPassword);
  await run(setUp.ssh, 'umask 077; mkdir .ssh');
  const lines = Buffer.from(`# mine\n${other}\nno-pty ${publicKey}\n`);
  await setUp.ssh.upload(lines, '.ssh/authorized_keys', { signal: never, mode: 0o600 });
  const { ssh } = await connectTo(t, sshd, { ssh_private_key_file: undefined }, privateKey);
  const end = await run(ssh, forgetKeyCommand(publicKey));
  assert.equal(
    end.out.split('\n').find((line) => line.startsWith('removed')),
    `removed ${sshd.home}/.ssh/authorized_keys`,
  );
  assert.equal(readFileSync(join(sshd.home, '.ssh/authorized_keys'), 'utf8'), `# mine\n${other}\n`);
  await assert.rejects(connectTo(t, sshd, { ssh_handshake_attempts: 1 }, privateKey), /was refused/);
});

/** A bastion host that takes this key. */
async function bastionFor(t: TestContext, key: string, config: readonly string[] = []) {
  const sshd = await startSshd(t, { config, keys: [publicHalf(key)] });
  const bastion: BastionConfig = {
    host: '127.0.0.1',
    port: sshd.port,
    username: 'packer',
    privateKeyFile: key,
    agentAuth: false,
  };
  return { sshd, bastion };
}

sshdTest('through a bastion host: by key, by agent, by password; and after it was lost', async (t) => {
  const key = keygen(join(newFolder(), 'key'), '-t', 'ecdsa', '-m', 'PKCS8', '-N', '');
  const guest = await startSshd(t);
  const { sshd, bastion } = await bastionFor(t, key);
  const { ssh } = await connectTo(t, guest, { ...byPassword, bastion });
  assert.equal((await run(ssh, 'whoami')).out, 'packer\n');
  await sshd.kill();
  await sshd.start();
  await ssh.upload(Buffer.from('x'), 'file', { signal: never });
  assert.equal((await run(ssh, 'cat file')).out, 'x');
  await startAgent(t, [key]);
  const byAgent = { ...bastion, privateKeyFile: undefined, agentAuth: true };
  const word = { ...bastion, privateKeyFile: undefined, password: PASSWORD };
  for (const way of [byAgent, word]) {
    const other = await connectTo(t, guest, { ...byPassword, bastion: way });
    assert.equal((await run(other.ssh, 'whoami')).out, 'packer\n');
  }
});

sshdTest('a bastion host that lets nobody in, or nobody through', async (t) => {
  const key = keygen(join(newFolder(), 'key'), '-t', 'ed25519', '-N', '');
  const guest = await startSshd(t);
  const strict = await bastionFor(t, key, ['AllowTcpForwarding no']);
  await assert.rejects(connectTo(t, guest, { ...byPassword, bastion: strict.bastion }), {
    message: /the bastion host 127\.0\.0\.1:\d+ does not allow connections to 127\.0\.0\.1:\d+\.$/,
    hint: /AllowTcpForwarding \(and PermitOpen\)/,
  });
  const wrong = { ...strict.bastion, username: 'nobody-here' };
  await assert.rejects(connectTo(t, guest, { ...byPassword, bastion: wrong }), {
    message: /^The bastion host .* lets nobody in: user "nobody-here" was refused/,
    permanent: true,
  });
  const { bastion } = await bastionFor(t, key);
  await guest.kill();
  await assert.rejects(connectTo(t, guest, { ...byPassword, bastion, ssh_timeout: 2_000 }), {
    message: /the bastion host .* does not get to 127\.0\.0\.1:\d+: Connection refused/,
  });
});

sshdTest("through the SOCKS proxy of ssh(1)'s -D", async (t) => {
  const key = keygen(join(newFolder(), 'key'), '-t', 'ed25519', '-N', '');
  const guest = await startSshd(t);
  const middle = await startSshd(t, { keys: [publicHalf(key)] });
  const port = await freePort('127.0.0.1');
  const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'ExitOnForwardFailure=yes'];
  const proxy = spawn(
    'ssh',
    ['-F', 'none', '-q', '-N', '-i', key, '-p', String(middle.port), '-D', `127.0.0.1:${port}`].concat(
      options.flatMap((option) => ['-o', option]),
      'packer@127.0.0.1',
    ),
    { stdio: 'ignore' },
  );
  // It ends by itself when its server is stopped before it.
  const gone = once(proxy, 'exit');
  t.after(async () => {
    proxy.kill();
    await gone;
  });
  // Until ssh(1) is through, the proxy is one that cannot be reached yet.
  const { ssh } = await connectTo(t, guest, { ...byPassword, proxy: { host: '127.0.0.1', port } });
  assert.equal((await run(ssh, 'whoami')).out, 'packer\n');
  await ssh.upload(Buffer.alloc(300_000, 'x'), 'file', { signal: never });
  assert.equal((await run(ssh, 'wc -c < file')).out.trim(), '300000');
});

sshdTest('tunnels into the guest and out of it, and those that the server does not allow', async (t) => {
  const sshd = await startSshd(t);
  const answer = createServer((socket) => socket.on('error', () => {}).end('from this side\n'));
  answer.listen(0, '127.0.0.1');
  await once(answer, 'listening');
  t.after(() => answer.close());
  const [into, out] = await twoFreePorts();
  const target = { host: '127.0.0.1', hostPort: (answer.address() as AddressInfo).port };
  const tunnels = {
    ssh_local_tunnels: [{ port: into, host: '127.0.0.1', hostPort: sshd.port }],
    ssh_remote_tunnels: [{ port: out, ...target }],
  };
  const { ssh, warnings } = await connectTo(t, sshd, { ...byPassword, ...tunnels });
  const hello = async () => {
    const socket = connectTcp(into, 'localhost');
    const [first] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    return first.toString();
  };
  const ask = `exec 2>&1; node -e 'require("net").connect(${out}, "localhost").pipe(process.stdout)'`;
  assert.match(await hello(), /^SSH-2\.0-OpenSSH/);
  assert.equal((await run(ssh, ask)).out, 'from this side\n');
  await sshd.kill();
  await sshd.start();
  assert.equal((await run(ssh, ask)).out, 'from this side\n', 'also on a new connection');
  assert.match(await hello(), /^SSH-2\.0-OpenSSH/);
  assert.deepEqual(warnings, []);
  await ssh.close();
  const strict = await startSshd(t, { config: ['AllowTcpForwarding no'] });
  await assert.rejects(connectTo(t, strict, { ...byPassword, ...tunnels, ssh_local_tunnels: [] }), {
    message: /^The tunnel \d+:127\.0\.0\.1:\d+ of ssh_remote_tunnels cannot be opened: /,
    hint: /AllowTcpForwarding/,
  });
  const other = await connectTo(t, strict, { ...byPassword, ...tunnels, ssh_remote_tunnels: [] });
  const socket = connectTcp(into, 'localhost').on('error', () => {});
  assert.equal(await text(socket), '');
  assert.match(other.warnings.join('\n'), /^The guest does not get to .*\(ssh_local_tunnels\): /);
});
