// The installation file server against nginx on the loopback interface: `npm run bench:http [-- SECONDS]`. Both serve the same
// folder from one process, with a log of the requests; wrk asks, on the other core. Needs nginx and wrk (Debian packages
// nginx-light and wrk); prints the name of what is missing and ends.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startHttpServer } from '../src/http/server.ts';

const HOST = '127.0.0.1';
const LARGE = 100 * 2 ** 20;
// Where Debian has servers, which is not in everybody's PATH.
const PATH = `${process.env['PATH']}:/usr/sbin`;

interface Load {
  readonly name: string;
  readonly file: string;
  readonly connections: number;
  /** A connection for each request, as wget and ftp(1) of installers make. */
  readonly close?: boolean;
}

const loads: readonly Load[] = [
  { name: 'an answer file of 2 kB, 1 connection each', file: 'small', connections: 1, close: true },
  { name: 'the same, 16 clients', file: 'small', connections: 16, close: true },
  { name: 'the same, 1 client that keeps its connection', file: 'small', connections: 1 },
  { name: 'the same, 16 clients', file: 'small', connections: 16 },
  { name: 'a set of 100 MB, 1 client', file: 'large', connections: 1 },
  { name: 'the same, 4 clients', file: 'large', connections: 4 },
  { name: 'the same, 16 clients', file: 'large', connections: 16 },
];

if (process.argv[2] === 'serve') await serve(process.argv[3]!, process.argv[4]!);
else await compare(Number(process.argv[2] ?? 5));

/** Our server in a process of its own. Its parent reads the port. */
async function serve(folder: string, log: string): Promise<void> {
  const lines = createWriteStream(log);
  const server = await startHttpServer({
    ...{ bind: HOST, portMin: 20_000, portMax: 30_000, clients: [HOST] },
    onRequest: ({ client, method, url, status, bytes }) =>
      void lines.write(`${client} ${new Date().toISOString()} ${method} ${url} ${status} ${bytes}\n`),
  });
  server.serve({ kind: 'folders', roots: [folder] });
  console.log(server.port);
}

async function compare(seconds: number): Promise<void> {
  const missing = ['nginx', 'wrk'].filter((program) => !there(program));
  if (missing.length > 0) {
    console.log(`Skipped: ${missing.join(' and ')} not found (apt-get install nginx-light wrk).`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-bench-'));
  const files = join(folder, 'files');
  mkdirSync(files);
  writeFileSync(join(files, 'small'), randomBytes(1024).toString('hex'));
  writeFileSync(join(files, 'large'), randomBytes(LARGE));
  const servers: Server[] = [];
  try {
    servers.push(await startNginx(folder, files), await startOurs(folder, files));
    console.log('| what | nginx | vmm-hcl | of nginx |\n| --- | ---: | ---: | ---: |');
    for (const load of loads) {
      const rates = servers.map(({ port }) => measure(port, load, seconds));
      const [nginx = 0, ours = 0] = rates;
      const [left, right] = rates.map((rate) => shown(rate, load));
      console.log(`| ${load.name} | ${left} | ${right} | ${(ours / nginx).toFixed(2)} |`);
    }
  } finally {
    for (const { child } of servers) await end(child);
    rmSync(folder, { recursive: true });
  }
}

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

/** One worker, as our server is one process too; everything below `folder`. */
async function startNginx(folder: string, files: string): Promise<Server> {
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  // Without master_process the server itself is our child, and has our user.
  const configuration = `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/nginx-error.log;
events { worker_connections 256; }
http {
  access_log ${folder}/nginx.log;
  sendfile on;
  tcp_nopush on;
  ${temporary.join('\n  ')}
  server { listen ${HOST}:${port}; root ${files}; }
}
`;
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, configuration);
  const child = spawn('nginx', ['-e', `${folder}/nginx-error.log`, '-c', file], {
    env: { ...process.env, PATH },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}.`);
    await delay(20);
  }
  return { child, port };
}

async function startOurs(folder: string, files: string): Promise<Server> {
  const script = fileURLToPath(import.meta.url);
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, 'serve', files, join(folder, 'ours.log')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, port: Number(line.toString()) };
}

/** Requests per second. */
function measure(port: number, { file, connections, close }: Load, seconds: number): number {
  const header = close === true ? ['-H', 'Connection: close'] : [];
  const { status, stdout, stderr } = spawnSync(
    'wrk',
    [
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--timeout',
      '60s',
      ...header,
      `http://${HOST}:${port}/${file}`,
    ],
    { encoding: 'utf8' },
  );
  // Answers that are cut or refused would be fast.
  if (status !== 0 || /Non-2xx|connect [1-9]|read [1-9]/.test(stdout))
    throw new Error(`wrk: ${stdout}${stderr}`);
  const bytes = /Transfer\/sec:\s+([\d.]+)([KMG])B/.exec(stdout);
  const requests = /Requests\/sec:\s+([\d.]+)/.exec(stdout);
  if (bytes === null || requests === null) throw new Error(`wrk says something new: ${stdout}`);
  // Of the large file few are complete when the time is up; bytes say more.
  const factor = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[bytes[2] as 'K' | 'M' | 'G'];
  return file === 'large' ? (Number(bytes[1]) * factor) / LARGE : Number(requests[1]);
}

function shown(rate: number, { file }: Load): string {
  return file === 'large' ? `${Math.round((rate * LARGE) / 1e6)} MB/s` : `${Math.round(rate)}/s`;
}

function there(program: string): boolean {
  return spawnSync(program, ['-v'], { env: { ...process.env, PATH }, stdio: 'ignore' }).error === undefined;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}
