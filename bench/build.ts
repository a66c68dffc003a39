// A whole build (disk, installation, second boot, SSH, one shell provisioner, shutdown) against `packer build` with its qemu
// builder and against what the guest itself needs: `npm run bench:build [-- ROUNDS]`. All three use the same CD, disk size and
// virtual hardware, and run by turns so that they see the same machine. Needs QEMU, packer 1.6.6 or later (Debian package
// packer) and the CD of Tiny Linux (fixtures/guest/build.sh).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildByHand } from './bare-build.ts';

const PASSWORD = 'tiny-secret';
const COMMAND = 'echo provisioned > /root/provisioned';
/** Aims: at most this part of packer's time, and at most so many seconds more than the guest needs. */
const RATIO = 0.7;
const OVERHEAD = 3;

const path = (relative: string): string => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const cli = path('dist/vmm-hcl.js');
const iso = path('.cache/guest/tiny-linux.iso');
for (const [file, remedy] of [
  [cli, 'npm run build'],
  [iso, 'fixtures/guest/build.sh'],
] as const) {
  if (!existsSync(file)) throw new Error(`${file} is missing: ${remedy}`);
}

const rounds = Number(process.argv[2] ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-bench-'));
const answers = (finish: string): string =>
  `hostname = bench\nroot password = ${PASSWORD}\nfinish = ${finish}\n`;

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const result = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    // A key that was lost on a busy machine would keep the CD waiting for ever.
    timeout: 300_000,
  });
  if (result.status !== 0) {
    throw new Error(
      `${command} ended with ${result.status ?? result.error}\n${result.stdout}${result.stderr}`,
    );
  }
  return result.stdout;
}

/** Packer's template: tuned as far as it goes. Its qemu builder keeps one QEMU, so the installer reboots. */
function writePackerTemplate(): void {
  mkdirSync(join(folder, 'http'));
  writeFileSync(join(folder, 'http', 'answers.txt'), answers('reboot'));
  const builder = {
    type: 'qemu',
    vm_name: 'bench.qcow2',
    output_directory: 'packer-out',
    iso_url: iso,
    iso_checksum: 'none',
    disk_size: '1024M',
    format: 'qcow2',
    skip_compaction: true,
    accelerator: 'tcg',
    headless: true,
    memory: 256,
    http_directory: 'http',
    boot_wait: '1ms',
    boot_key_interval: '10ms',
    boot_command: ['install autoinstall=http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.txt<enter>'],
    ssh_username: 'root',
    ssh_password: PASSWORD,
    ssh_timeout: '5m',
    shutdown_command: 'poweroff',
    // Our driver's processor and source of random numbers.
    qemuargs: [
      ['-cpu', 'max'],
      ['-device', 'virtio-net,netdev=user.0'],
      ['-device', 'virtio-rng-pci'],
    ],
  };
  const provisioner = { type: 'shell', inline: [COMMAND] };
  writeFileSync(
    join(folder, 'packer.json'),
    JSON.stringify({ builders: [builder], provisioners: [provisioner] }),
  );
}

function packerBuild(): void {
  run('packer', ['build', '-color=false', '-force', 'packer.json'], {
    CHECKPOINT_DISABLE: '1',
    PACKER_CACHE_DIR: join(folder, 'packer-cache'),
  });
}

let phases = '';

function ourBuild(): void {
  const report = run(process.execPath, [
    ...[cli, 'build', '-color=false', '-force', '-hypervisor=qemu'],
    `-vm-conf=${path('examples/tiny-linux/vm.conf')}`,
    ...[`-var=iso=${iso}`, '-var=vm_name=bench', '-var=boot_wait=500ms', `-var=commands=["${COMMAND}"]`],
    path('test/e2e/templates/steps.pkr.hcl'),
  ]);
  phases = report.slice(report.indexOf('    how long it took')).split('    boot it with')[0]!;
}

const bare = (): Promise<void> =>
  buildByHand({ folder, iso, answers: answers('poweroff'), password: PASSWORD, command: COMMAND });

const subjects: readonly { readonly name: string; readonly build: () => void | Promise<void> }[] = [
  { name: 'packer build', build: packerBuild },
  { name: 'vmm-hcl build', build: ourBuild },
  { name: 'the guest alone', build: bare },
];

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

try {
  writePackerTemplate();
  const times = subjects.map(() => [] as number[]);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { name, build }] of subjects.entries()) {
      const start = performance.now();
      await build();
      const seconds = (performance.now() - start) / 1000;
      times[index]!.push(seconds);
      console.error(`round ${round + 1}: ${name} ${seconds.toFixed(1)} s`);
    }
  }
  const [packer, ours, guest] = times.map(median) as [number, number, number];
  const processor =
    /model name\s*:\s*(.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? 'unknown processor';
  console.log(`${run('packer', ['version']).split('\n')[0]}, ${processor}, ${rounds} rounds\n`);
  console.log('| what | median | all |\n| --- | ---: | --- |');
  for (const [index, { name }] of subjects.entries()) {
    const all = times[index]!.map((seconds) => seconds.toFixed(1)).join(' ');
    console.log(`| ${name} | ${median(times[index]!).toFixed(1)} s | ${all} |`);
  }
  const ratio = ours / packer;
  const overhead = ours - guest;
  const verdict = (good: boolean): string => (good ? 'reached' : 'MISSED');
  console.log(`\nvmm-hcl / packer: ${ratio.toFixed(2)} (aim ${RATIO}: ${verdict(ratio <= RATIO)})`);
  console.log(
    `vmm-hcl - guest: ${overhead.toFixed(1)} s (aim ${OVERHEAD} s: ${verdict(overhead <= OVERHEAD)})\n`,
  );
  console.log(`Last round of vmm-hcl:\n${phases}`);
  process.exitCode = ratio <= RATIO && overhead <= OVERHEAD ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
