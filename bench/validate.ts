// `vmm-hcl validate` against `packer validate` (1.6.6, Debian's package `packer`), by turns so that both see the same
// machine: `npm run bench:validate [-- ROUNDS]`. Prints medians and the ratio; the aim is 0.45. Then a directory with a
// thousand sources; the aim is 2 s. Without packer only our own times are printed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rounds = Number(process.argv[2] ?? 40);
const program = new URL('../dist/vmm-hcl.js', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-bench-'));
const many = join(folder, 'many');
mkdirSync(many);
for (let file = 0; file < 10; file++) writeFileSync(join(many, `${file}.pkr.hcl`), hundredSources(file));
const ours = join(folder, 'vmm.pkr.hcl');
writeFileSync(ours, template('vmm', vmmSource()));
const theirs = join(folder, 'qemu.pkr.hcl');
writeFileSync(theirs, template('qemu', qemuSource()));

interface Subject {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
}

try {
  const validate: Subject = {
    name: 'vmm-hcl validate (50 lines)',
    argv: [process.execPath, program, 'validate', ours],
  };
  const hasPacker = spawnSync('packer', ['version']).status === 0;
  const packer: Subject = { name: 'packer validate (50 lines)', argv: ['packer', 'validate', theirs] };
  const bare: Subject = { name: 'node -e 0', argv: [process.execPath, '-e', '0'] };
  const [fifty, floor, reference] = medians(hasPacker ? [validate, bare, packer] : [validate, bare], rounds);
  const thousand: Subject = {
    name: 'vmm-hcl validate (1,000 sources)',
    argv: [process.execPath, program, 'validate', many],
  };
  const [large] = medians([thousand], Math.ceil(rounds / 8));
  console.log('| what | median | ratio |\n| --- | ---: | ---: |');
  if (reference !== undefined) console.log(row(packer.name, reference, '1.00'));
  console.log(row(validate.name, fifty!, reference === undefined ? '' : (fifty! / reference).toFixed(2)));
  console.log(row(bare.name, floor!, reference === undefined ? '' : (floor! / reference).toFixed(2)));
  console.log(row(thousand.name, large!, ''));
} finally {
  rmSync(folder, { recursive: true });
}

function row(name: string, milliseconds: number, ratio: string): string {
  return `| \`${name}\` | ${milliseconds.toFixed(0)} ms | ${ratio} |`;
}

/** The median of the wall time of each, in milliseconds. */
function medians(subjects: readonly Subject[], count: number): number[] {
  const times = subjects.map(() => [] as number[]);
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', PACKER_CONFIG_DIR: folder };
  for (let round = 0; round < count; round++) {
    for (const [index, { name, argv }] of subjects.entries()) {
      const [file, ...words] = argv;
      const start = process.hrtime.bigint();
      // In a folder of its own: packer refuses an output_directory that exists.
      const { status, stdout, stderr } = spawnSync(file, words, { encoding: 'utf8', env, cwd: folder });
      times[index]!.push(Number(process.hrtime.bigint() - start) / 1e6);
      if (status !== 0) throw new Error(`${name}: exit status ${status}\n${stdout}${stderr}`);
    }
  }
  return times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!);
}

function vmmSource(): string {
  return `  vm_name          = local.name
  vm_template      = "hcl-template"
  boot_device      = "disk"
  disk_format      = "qcow2"
  memory           = "1G"
  log_directory    = "log"`;
}

/** As many arguments, of the builder that Packer has for it. */
function qemuSource(): string {
  return `  vm_name          = local.name
  iso_url          = "http://localhost/install.iso"
  iso_checksum     = "none"
  format           = "qcow2"
  memory           = 1024
  accelerator      = "none"`;
}

/** A template that differs only in its source. */
function template(type: string, source: string): string {
  return `variable "version" {
  type        = string
  default     = "7.9"
  description = "OpenBSD release"
}

variable "password" {
  type      = string
  sensitive = true
  default   = "correct horse"
}

variable "packages" {
  type    = list(string)
  default = ["curl", "git"]
}

locals {
  short = replace(var.version, ".", "")
  name  = "openbsd-\${local.short}"
}

source "${type}" "openbsd" {
${source}
  disk_size        = "20G"
  output_directory = "output"
  boot_wait        = "5s"
  boot_command     = ["A<enter>", "<wait5s>http://{{ .HTTPIP }}:{{ .HTTPPort }}/install.conf<enter>"]
  ssh_username     = "root"
  ssh_password     = var.password
  ssh_timeout      = "20m"
  shutdown_command = "halt -p"
}

build {
  sources = ["source.${type}.openbsd"]

  provisioner "shell" {
    inline = ["uname -a > /etc/built", "pkg_add \${join(" ", var.packages)}"]
  }

  post-processor "checksum" {
    checksum_types = ["sha256"]
    output         = "\${local.name}.{{.ChecksumType}}"
  }
}
`;
}

function hundredSources(file: number): string {
  const names = Array.from({ length: 100 }, (_, index) => `machine-${file}-${index}`);
  const sources = names.map(
    (name) => `source "vmm" "${name}" {
  vm_name      = "${name}"
  vm_template  = "generic"
  disk_size    = "\${${file} + 10}G"
  ssh_username = "root"
  ssh_password = "secret"
}
`,
  );
  const list = names.map((name) => `"source.vmm.${name}"`).join(', ');
  const build = `build {\n  sources = [${list}]\n  provisioner "shell" {\n    inline = ["true"]\n  }\n}\n`;
  return [...sources, build].join('\n');
}
