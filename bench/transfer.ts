// Our file transfers against OpenSSH's scp and sftp, by turns, to the same SSH server: `npm run bench:transfer [-- OPTIONS]`.
//   --sshd=PATH      the server that is started on 127.0.0.1 (default: sshd of this machine)
//   --server=USER@HOST:PORT --key=FILE --folder=PATH    a server that runs already, such as a guest's; its folder is filled and emptied
//   --size=MB --files=COUNT --rounds=COUNT               default: 200, 5000, 3
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Communicator } from '../src/communicator/communicator.ts';
import { connectSsh } from '../src/communicator/ssh/ssh-communicator.ts';
import { findProgram } from '../src/lib/process/find-program.ts';
import { freePort } from '../src/lib/free-port.ts';
import type { SshConfig } from '../src/plan/ssh-config.ts';

const { values: options } = parseArgs({
  options: {
    sshd: { type: 'string' },
    server: { type: 'string' },
    key: { type: 'string' },
    folder: { type: 'string' },
    size: { type: 'string', default: '200' },
    files: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '3' },
  },
});
const size = Number(options.size) * 1_000_000;
const count = Number(options.files);
const rounds = Number(options.rounds);
const signal = new AbortController().signal;

interface Server {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly key: string;
  /** Where the files go, at the server. */
  readonly folder: string;
  readonly process?: ChildProcess;
}

const local = mkdtempSync(join(tmpdir(), 'vmm-hcl-bench-'));
const server = options.server === undefined ? await startServer() : givenServer(options.server);
try {
  await compare(server);
} finally {
  server.process?.kill();
  rmSync(local, { recursive: true });
}

function givenServer(text: string): Server {
  const [, user, host, port] = /^(.+)@(.+):(\d+)$/.exec(text) ?? [];
  const { key, folder } = options;
  if (user === undefined || host === undefined || key === undefined || folder === undefined)
    throw new Error('Use --server=USER@HOST:PORT --key=FILE --folder=PATH.');
  return { user, host, port: Number(port), key, folder };
}

/** An sshd of our own, with keys for this run alone. */
async function startServer(): Promise<Server> {
  const path = `${process.env['PATH']}:/usr/sbin:/usr/local/sbin`;
  const program = options.sshd ?? findProgram('sshd', { PATH: path });
  if (program === undefined)
    throw new Error('This machine has no sshd. Install openssh-server, or use --sshd or --server.');
  const key = join(local, 'key');
  const hostKey = join(local, 'host-key');
  for (const file of [key, hostKey])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  const port = await freePort('127.0.0.1');
  const config = join(local, 'sshd_config');
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${key}.pub`,
    'StrictModes no',
    'PermitRootLogin yes',
    'PidFile none',
    'Subsystem sftp internal-sftp',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const child = spawn(program, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'exit').then(() => {
    throw new Error(`sshd ended: ${said}`);
  });
  // It also ends when the benchmark is over.
  ended.catch(() => {});
  const listening = (async () => {
    while (!said.includes('Server listening')) await once(child.stderr, 'data');
  })();
  await Promise.race([listening, ended]);
  const folder = join(local, 'remote');
  mkdirSync(folder);
  return { user: userInfo().username, host: '127.0.0.1', port, key, folder, process: child };
}

async function login({ user, host, port, key }: Server, method: 'sftp' | 'scp'): Promise<Communicator> {
  const config: SshConfig = {
    ssh_port: port,
    ssh_username: user,
    ssh_private_key_file: key,
    ssh_agent_auth: false,
    ssh_timeout: 60_000,
    ssh_handshake_attempts: 10,
    ssh_pty: false,
    ssh_disable_agent_forwarding: true,
    ssh_file_transfer_method: method,
    ssh_keep_alive_interval: 5000,
    pause_before_connecting: 0,
  };
  return connectSsh({ host, port, config, onStatus: () => {}, onWarning: () => {} }, signal);
}

interface Way {
  readonly name: string;
  readonly isOurs: boolean;
  /** `from` and `to` are paths here or at the server, as the direction says. */
  up(from: string, to: string): Promise<void>;
  down(from: string, to: string): Promise<void>;
}

function ways(server: Server): { readonly large: Way[]; readonly many: Way[] } {
  // As OpenSSH's programs do, ours connects for each transfer.
  const connected = async (method: 'sftp' | 'scp', use: (ssh: Communicator) => Promise<unknown>) => {
    const ssh = await login(server, method);
    await use(ssh).finally(() => ssh.close());
  };
  const ours = (method: 'sftp' | 'scp'): Way => {
    return {
      name: `vmm-hcl (${method})`,
      isOurs: true,
      up: (from, to) =>
        connected(method, (ssh) =>
          ssh.upload(createReadStream(from, { highWaterMark: 256 * 1024 }), to, { signal, mode: 0o644 }),
        ),
      down: (from, to) => connected(method, (ssh) => ssh.download(from, to, { signal })),
    };
  };
  const openssh = (name: string, ...flags: string[]): Way => {
    const common = [
      ...['-q', '-F', 'none', '-P', String(server.port), '-i', server.key, '-o', 'IdentitiesOnly=yes'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', ...flags],
    ];
    const there = (path: string) => `${server.user}@${server.host}:${path}`;
    const scp = (from: string, to: string) => {
      const { status, stderr } = spawnSync('scp', [...common, from, to], { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${name}: exit status ${status}\n${stderr}`);
      return Promise.resolve();
    };
    return {
      name,
      isOurs: false,
      up: (from, to) => scp(from, there(to)),
      down: (from, to) => scp(there(from), to),
    };
  };
  const tree: Way = {
    name: 'vmm-hcl (tar)',
    isOurs: true,
    up: (from, to) => connected('sftp', (ssh) => ssh.uploadDirectory(`${from}/`, to, { signal })),
    down: async (from, to) => {
      mkdirSync(to);
      // The names are those that went up.
      const files = namesOf(join(local, 'many')).map((name) => {
        mkdirSync(join(to, name, '..'), { recursive: true });
        return { source: `${from}/${name}`, destination: join(to, name) };
      });
      await connected('sftp', (ssh) => ssh.downloadFiles(files, { signal }));
    },
  };
  return {
    large: [openssh('scp', '-O'), openssh('scp by SFTP'), ours('scp'), ours('sftp')],
    many: [openssh('scp -r', '-O', '-r'), openssh('scp -r by SFTP', '-r'), tree],
  };
}

async function compare(server: Server): Promise<void> {
  const large = join(local, 'large');
  const many = join(local, 'many');
  writeFileSync(large, randomBytes(size));
  for (let number = 0; number < count; number++) {
    const folder = join(many, `folder-${number % 50}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `file-${number}`), randomBytes(2000));
  }
  const all = ways(server);
  await table(`${options.size} MB in one file`, all.large, large, size);
  await table(`${count} files of 2 kB`, all.many, many, count * 2000);
}

/** Each way up and down, by turns; every round begins with nothing at the server. */
async function table(title: string, all: readonly Way[], source: string, bytes: number): Promise<void> {
  const times = all.map(() => ({ up: [] as number[], down: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, way] of all.entries()) {
      const [there, back] = [`${server.folder}/${basename(source)}-${round}-${index}`, join(local, 'back')];
      times[index]!.up.push(await timed(() => way.up(source, there)));
      times[index]!.down.push(await timed(() => way.down(there, back)));
      check(source, back);
      rmSync(back, { recursive: true });
      if (options.server === undefined) rmSync(there, { recursive: true });
    }
  }
  const best = (direction: 'up' | 'down') =>
    Math.min(...all.flatMap((way, index) => (way.isOurs ? [] : [median(times[index]![direction])])));
  console.log(
    `\n| ${title} | up | of OpenSSH's best | down | of OpenSSH's best |\n| --- | ---: | ---: | ---: | ---: |`,
  );
  for (const [index, { name }] of all.entries()) {
    const cells = (['up', 'down'] as const).flatMap((direction) => {
      const time = median(times[index]![direction]);
      const rate = bytes / time / 1000;
      return [`${(time / 1000).toFixed(2)} s, ${rate.toFixed(1)} MB/s`, (time / best(direction)).toFixed(2)];
    });
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

async function timed(action: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

function namesOf(folder: string): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return all.filter((name) => statSync(join(folder, name)).isFile());
}

/** A transfer that loses something is not fast. */
function check(source: string, copy: string): void {
  if (statSync(source).isFile()) {
    execFileSync('cmp', [source, copy]);
  } else {
    execFileSync('diff', ['-r', source, copy]);
  }
}
