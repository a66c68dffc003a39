// Start-up time of the built program against bare `node -e 0`, run by turns so that both see the same machine:
// `npm run bench:startup [-- ROUNDS]`. Prints medians and the ratio; the aim is 1.5.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rounds = Number(process.argv[2] ?? 40);
const program = new URL('../dist/vmm-hcl.js', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-bench-'));
const template = join(folder, 'fifty.pkr.hcl');
writeFileSync(template, fiftyLines());

const subjects: readonly { name: string; words: readonly string[] }[] = [
  { name: 'node -e 0', words: ['-e', '0'] },
  { name: 'vmm-hcl version', words: [program, 'version'] },
  { name: 'vmm-hcl validate (50 lines)', words: [program, 'validate', template] },
];
const times = subjects.map(() => [] as number[]);
for (let round = 0; round < rounds; round++) {
  for (const [index, { name, words }] of subjects.entries()) {
    const start = process.hrtime.bigint();
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    times[index]!.push(Number(process.hrtime.bigint() - start) / 1e6);
    if (status !== 0) throw new Error(`${name}: exit status ${status}\n${stdout}${stderr}`);
  }
}
rmSync(folder, { recursive: true });
const medians = times.map((list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)]!);
console.log(`| what | median of ${rounds} | ratio |\n| --- | ---: | ---: |`);
for (const [index, { name }] of subjects.entries()) {
  console.log(
    `| \`${name}\` | ${medians[index]!.toFixed(1)} ms | ${(medians[index]! / medians[0]!).toFixed(2)} |`,
  );
}

function fiftyLines(): string {
  return `packer {
  required_version = ">= 1.7"
}

variable "version" {
  type        = string
  default     = "7.9"
  description = "OpenBSD release"
}

variable "password" {
  type      = string
  sensitive = true
  default   = "correct horse"
}

locals {
  short = replace(var.version, ".", "")
  name  = "openbsd-\${local.short}"
}

source "vmm" "openbsd" {
  vm_name          = local.name
  vm_template      = "hcl-template"
  boot_device      = "disk"
  disk_format      = "qcow2"
  disk_size        = "20G"
  memory           = "1G"
  log_directory    = "log"
  output_directory = "output"
  boot_wait        = "5s"
  boot_command     = ["A<enter>", "<wait5s>http://{{ .HTTPIP }}:{{ .HTTPPort }}/install.conf<enter>"]
  http_content     = { "/install.conf" = "hostname = \${local.name}\\n" }
  ssh_username     = "root"
  ssh_password     = var.password
  ssh_timeout      = "20m"
  shutdown_command = "halt -p"
}

build {
  name    = "release"
  sources = ["source.vmm.openbsd"]

  provisioner "shell" {
    inline = ["uname -a > /etc/built", "pkg_add curl"]
  }

  post-processor "checksum" {
    checksum_types = ["sha256"]
  }
}
`;
}
