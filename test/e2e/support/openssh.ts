// Real sshd(8) of OpenSSH on 127.0.0.1. Each runs in namespaces of its own, with accounts, host key and configuration out of a
// temporary folder: this machine's /etc/ssh and its accounts are not touched, and nothing of a session survives its sshd.
import { spawn, execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import bcrypt from 'bcryptjs';
import { connectSsh } from '../../../src/communicator/ssh/ssh-communicator.ts';
import type { Communicator } from '../../../src/communicator/communicator.ts';
import type { SshAttempt } from '../../../src/communicator/ssh/wait.ts';
import { findProgram } from '../../../src/lib/process/find-program.ts';
import { freePort } from '../../../src/lib/free-port.ts';
import type { SshConfig } from '../../../src/plan/ssh-config.ts';
import { declare } from './machine-test.ts';

/** Where an sshd is that refuses to run from a relative path. Undefined: openssh-server is not installed. */
export const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', findProgram('sshd', process.env)].find(
  (path) => path !== undefined && existsSync(path),
);

/** The password of both accounts, `root` and `packer`. */
export const PASSWORD = 'correct horse battery';
/** Who `packer` is in the sshd's namespace. */
export const PACKER_ID = 4321;

/** A test with a real sshd, as root in namespaces of its own. */
export function sshdTest(name: string, body: (t: TestContext) => Promise<void>): void {
  const why = whyNoSshd();
  declare(name, why === undefined ? [] : [why], body);
}

let lack: { readonly why: string | undefined } | undefined;

/** What is missing here for an sshd; undefined when nothing is. */
function whyNoSshd(): string | undefined {
  lack ??= { why: findLack() };
  return lack.why;
}

function findLack(): string | undefined {
  if (SSHD === undefined) return 'sshd (openssh-server)';
  for (const program of ['ssh-keygen', 'ssh-agent', 'ssh-add']) {
    if (findProgram(program, process.env) === undefined) return `${program} (openssh-client)`;
  }
  if (process.getuid?.() !== 0) return 'root';
  try {
    execFileSync('unshare', ['--mount', '--pid', '--fork', '--mount-proc', 'true'], { stdio: 'ignore' });
  } catch {
    return 'mount and pid namespaces';
  }
  return undefined;
}

/** `ssh-keygen` with these arguments; the key is in the new file `path`, the public half in `${path}.pub`. */
export function keygen(path: string, ...args: readonly string[]): string {
  execFileSync('ssh-keygen', ['-q', '-C', 'test', '-f', path, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return path;
}

export interface Sshd {
  readonly port: number;
  /** A folder that the guest and the test both see; only root may write there. */
  readonly dir: string;
  /** Home folder of `packer`. */
  readonly home: string;
  /** A file system of 64 KiB, which only the guest sees. */
  readonly small: string;
  /** What sshd has logged so far. */
  log(): string;
  /** Ends sshd and all its sessions as a power cut does. */
  kill(): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Lets sshd and its sessions stand still, and go on. */
  pause(): void;
  resume(): void;
}

export interface SshdOptions {
  /** Lines of sshd_config(5), before the usual ones, so that they win. */
  readonly config?: readonly string[];
  /** Lines of `authorized_keys` of both users. */
  readonly keys?: readonly string[];
  /** False: without an SFTP server. */
  readonly sftp?: boolean;
}

let base: string | undefined;

/** A folder under which `packer` gets to what is his. */
function folder(): string {
  if (base === undefined) {
    chmodSync(tmpdir(), 0o711);
    base = tmpdir();
  }
  const path = mkdtempSync(join(base, 'sshd-'));
  chmodSync(path, 0o755);
  return path;
}

/** Starts an sshd, which ends with the test. */
export async function startSshd(t: TestContext, options: SshdOptions = {}): Promise<Sshd> {
  const dir = folder();
  const at = (name: string) => join(dir, name);
  const port = await freePort('127.0.0.1');
  const hash = bcrypt.hashSync(PASSWORD, 4);
  for (const name of ['root', 'packer', 'small']) mkdirSync(at(name));
  chownSync(at('packer'), PACKER_ID, PACKER_ID);
  const account = (name: string, id: number) => `${name}:x:${id}:${id}::${at(name)}:/bin/sh`;
  writeFileSync(
    at('passwd'),
    `${account('root', 0)}\n${account('packer', PACKER_ID)}\nsshd:x:102:65534::/run/sshd:/usr/sbin/nologin\n`,
  );
  writeFileSync(at('group'), `root:x:0:\npacker:x:${PACKER_ID}:\nnogroup:x:65534:\n`);
  writeFileSync(at('shadow'), `root:${hash}:1::::::\npacker:${hash}:1::::::\nsshd:*:1::::::\n`, {
    mode: 0o600,
  });
  writeFileSync(at('authorized_keys'), (options.keys ?? []).map((key) => `${key.trim()}\n`).join(''));
  keygen(at('host_key'), '-t', 'ed25519', '-N', '');
  const config = [
    ...(options.config ?? []),
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${at('host_key')}`,
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin yes',
    ...(options.sftp === false ? [] : ['Subsystem sftp internal-sftp']),
  ];
  writeFileSync(at('sshd_config'), config.map((line) => `${line}\n`).join(''));
  const script = [
    ...['passwd', 'group', 'shadow'].map((name) => `mount --bind ${at(name)} /etc/${name}`),
    'mount -t tmpfs -o mode=755 tmpfs /run',
    'mkdir /run/sshd',
    `mount -t tmpfs -o size=64k,mode=1777 tmpfs ${at('small')}`,
    `exec ${SSHD} -D -e -f ${at('sshd_config')}`,
  ].join(' && ');

  let log = '';
  let child: ChildProcess | undefined;
  const start = async () => {
    const seen = log.length;
    child = spawn('unshare', ['--mount', '--pid', '--fork', '--mount-proc', 'sh', '-c', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own, of which sshd is a member: so that both can be killed at once.
      detached: true,
      cwd: dir,
      env: { PATH: process.env['PATH'], TMPDIR: tmpdir() },
    });
    const { stderr } = child;
    await new Promise<void>((resolve, reject) => {
      stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        if (log.includes('Server listening on', seen)) resolve();
      });
      child?.once('close', () => reject(new Error(`sshd did not start:\n${log.slice(seen)}`)));
    });
  };
  const kill = async () => {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    // The last of its sessions holds the other end of the pipe.
    const closed = once(child, 'close');
    process.kill(-child.pid, 'SIGKILL');
    await closed;
  };
  // A session is a group of its own, so the machine's processes are asked for those below ours.
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => () => {
    for (const pid of descendants(child?.pid)) process.kill(pid, name);
  };
  t.after(kill);
  await start();
  return {
    port,
    dir,
    home: at('packer'),
    small: at('small'),
    log: () => log,
    kill,
    start,
    pause: signal('SIGSTOP'),
    resume: signal('SIGCONT'),
  };
}

/** The processes below one, which `ps` shows as pid and parent. */
function descendants(root: number | undefined): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const below = (pid: number | undefined): number[] =>
    parents.flatMap(([child = 0, parent]) => (parent === pid ? [child, ...below(child)] : []));
  return below(root);
}

export interface Guest {
  readonly ssh: Communicator;
  readonly warnings: readonly string[];
  readonly attempts: readonly SshAttempt[];
  readonly statuses: readonly string[];
}

/** What the communicator is told unless a test says otherwise: no way to log in. */
export const PLAIN: SshConfig = {
  ssh_port: 22,
  ssh_username: 'packer',
  ssh_agent_auth: false,
  ssh_timeout: 180_000,
  ssh_handshake_attempts: 0,
  ssh_pty: false,
  ssh_disable_agent_forwarding: false,
  ssh_file_transfer_method: 'sftp',
  ssh_keep_alive_interval: 5_000,
  pause_before_connecting: 0,
};

/** Connects, and closes with the test. */
export async function connectTo(
  t: TestContext,
  { port }: { readonly port: number },
  config: Partial<SshConfig>,
  temporaryKey?: string,
): Promise<Guest> {
  const warnings: string[] = [];
  const attempts: SshAttempt[] = [];
  const statuses: string[] = [];
  const ssh = await connectSsh(
    {
      host: '127.0.0.1',
      port,
      config: { ...PLAIN, ...config },
      temporaryKey,
      onStatus: (text) => statuses.push(text),
      onWarning: (text) => warnings.push(text),
      onAttempt: (attempt) => attempts.push(attempt),
    },
    AbortSignal.timeout(240_000),
  );
  t.after(() => ssh.close());
  return { ssh, warnings, attempts, statuses };
}
