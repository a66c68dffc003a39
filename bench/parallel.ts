// What vmm-hcl itself takes for one build, for 20 at once, and for 60 of which 20 run at once, in memory and processor time:
// `npm run bench:parallel [-- ROUNDS]`. vmd is played by the strict fake of fixtures/vmctl and the guests' sshd by this
// program, so that only the one process of vmm-hcl is measured: disk, installation with an answer file over HTTP, second boot,
// SSH, a provisioner, shutdown. What 60 builds keep that 20 did not would be a leak. Needs Linux, for its loopback addresses.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSshServer } from '../test/communicator/ssh-server.ts';

const AT_ONCE = 20;
const COUNTS = [1, AT_ONCE, 3 * AT_ONCE];
const PASSWORD = 'tiny-secret';
const VM_CONF = `local prefix 127.64.0.0/16
vm "small" {
	disable
	memory 256M
	disk "/dev/null"
	local interface
	allow instance { boot, cdrom, disk, memory, owner builder }
}
`;
/** Runs in vmm-hcl: leaves what the process took, and what its heap holds at the end. */
const WITNESS = `import { writeFileSync } from 'node:fs';
process.on('exit', () => {
  gc();
  const usage = { ...process.resourceUsage(), heap: process.memoryUsage().heapUsed };
  writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage));
});`;

interface Usage {
  /** In kB. */
  readonly maxRSS: number;
  /** In microseconds. */
  readonly userCPUTime: number;
  readonly systemCPUTime: number;
  /** Bytes that are in use at the end. */
  readonly heap: number;
}

const path = (relative: string): string => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const cli = path('dist/vmm-hcl.js');
if (process.platform !== 'linux') console.log('Skipped: the addresses 127.64.x.y are there on Linux only.');
else if (!existsSync(cli)) throw new Error(`${cli} is missing: npm run build`);
else await compare(Number(process.argv[2] ?? 3));

async function compare(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-bench-'));
  const sshd = await startGuests(folder);
  try {
    const seen = COUNTS.map(() => [] as (Usage & { readonly seconds: number })[]);
    for (let round = 0; round < rounds; round++) {
      for (const [index, count] of COUNTS.entries()) seen[index]!.push(await build(folder, count, sshd.port));
    }
    const rows = seen.map((runs) => ({
      rss: median(runs.map(({ maxRSS }) => maxRSS / 1024)),
      cpu: median(runs.map(({ userCPUTime, systemCPUTime }) => (userCPUTime + systemCPUTime) / 1e6)),
      heap: median(runs.map(({ heap }) => heap / 2 ** 20)),
      seconds: median(runs.map(({ seconds }) => seconds)),
    }));
    const [one] = rows;
    console.log(
      '| builds | time | memory at its highest | ratio | processor time | ratio | heap at the end |',
    );
    console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |');
    for (const [index, { rss, cpu, heap, seconds }] of rows.entries()) {
      const count = COUNTS[index]!;
      const name = count > AT_ONCE ? `${count}, ${AT_ONCE} at once` : count > 1 ? `${count} at once` : '1';
      console.log(
        `| ${name} | ${seconds.toFixed(1)} s | ${rss.toFixed(0)} MB | ${(rss / one!.rss).toFixed(2)} | ` +
          `${cpu.toFixed(2)} s | ${(cpu / one!.cpu).toFixed(1)} | ${heap.toFixed(1)} MB |`,
      );
    }
  } finally {
    sshd.close();
    rmSync(folder, { recursive: true });
  }
}

/** One SSH server for all guests. A guest of the fake runs a shell that waits, on a pipe of its name, to be powered off. */
async function startGuests(folder: string): Promise<{ readonly port: number; readonly close: () => void }> {
  const ends: (() => void)[] = [];
  const inner = await startSshServer(
    { after: (end: () => void) => ends.push(end) } as unknown as Parameters<typeof startSshServer>[0],
    {
      password: PASSWORD,
      rewrite: (command) => (command.startsWith('poweroff ') ? 'exit 0' : command),
      onExec: (command) => {
        const [, name] = /^poweroff (\w+)$/.exec(command) ?? [];
        if (name !== undefined) void open(join(folder, name), 'w').then((pipe) => pipe.close());
      },
    },
  );
  // The guests' addresses are many, and all of the loopback interface.
  const front = createServer((socket) => {
    const guest = connect(inner.port, '127.0.0.1');
    socket.on('error', () => {}).on('close', () => guest.destroy());
    guest.on('error', () => {}).on('close', () => socket.destroy());
    socket.pipe(guest).pipe(socket);
  }).listen(0, '0.0.0.0');
  await once(front, 'listening');
  ends.push(() => front.close());
  return { port: (front.address() as AddressInfo).port, close: () => ends.forEach((end) => end()) };
}

async function build(
  folder: string,
  count: number,
  sshPort: number,
): Promise<Usage & { readonly seconds: number }> {
  const work = mkdtempSync(join(folder, 'run-'));
  const state = join(work, 'vmd');
  mkdirSync(state);
  writeFileSync(join(state, 'vm.conf'), VM_CONF);
  const wait =
    'mkfifo "$0/$FAKE_VM_NAME" && read line <"$0/$FAKE_VM_NAME"; rm "$0/$FAKE_VM_NAME"; echo poweroff';
  writeFileSync(
    join(state, 'scenario.json'),
    JSON.stringify({ guest: { onBoot: ['sh', '-c', wait, folder] } }),
  );
  writeFileSync(join(work, 'cd.iso'), 'a CD');
  const template = join(work, 'many.pkr.hcl');
  writeFileSync(template, manySources(count, sshPort));
  const usage = join(work, 'usage.json');
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(WITNESS)}`, cli],
      ...['build', '-color=false', '-hypervisor=vmctl', `-vm-conf=${join(state, 'vm.conf')}`],
      ...[`-parallel-builds=${AT_ONCE}`, template],
    ],
    {
      cwd: work,
      env: {
        ...process.env,
        PATH: `${path('fixtures/vmctl')}:${process.env['PATH']}`,
        VMM_FAKE_STATE: state,
        BENCH_USAGE: usage,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`vmm-hcl build ended with ${status}\n${output}`);
  const seconds = (performance.now() - start) / 1000;
  return { ...(JSON.parse(readFileSync(usage, 'utf8')) as Usage), seconds };
}

function manySources(count: number, sshPort: number): string {
  const names = Array.from({ length: count }, (_, index) => `m${index}`);
  const sources = names.map(
    (name) => `source "vmm" "${name}" {
  vm_name          = "${name}"
  vm_template      = "small"
  output_directory = "out"
  log_directory    = "log"
  disk_format      = "qcow2"
  disk_size        = "1G"
  cdrom            = "cd.iso"
  boot_device      = "cdrom"
  http_content     = { "/answers.txt" = "finish = poweroff\\n" }
  boot_wait        = "-1s"
  boot_command     = ["install autoinstall=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.txt<enter>"]
  ssh_port         = ${sshPort}
  ssh_username     = "root"
  ssh_password     = "${PASSWORD}"
  shutdown_command = "poweroff ${name}"
}
`,
  );
  const list = names.map((name) => `"source.vmm.${name}"`).join(', ');
  return `${sources.join('\n')}
build {
  sources = [${list}]

  provisioner "shell" {
    inline = ["echo provisioned"]
  }
}
`;
}

function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}
