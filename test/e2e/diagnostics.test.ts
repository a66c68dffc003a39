// The mistakes that people make first: each is one diagnostic with file, line, column, excerpt and a remedy, and nothing is made.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { runCli } from './support/cli.ts';
import { cliTest } from './support/machine-test.ts';
import { Workspace } from './support/workspace.ts';

interface Mistake {
  readonly name: string;
  /** Lines of the source block instead of those of the same attribute; an empty text takes the line away. */
  readonly change: Readonly<Record<string, string>>;
  readonly line: number;
  readonly column: number;
  readonly excerpt: string;
  readonly remedy: RegExp;
}

const GOOD: Readonly<Record<string, string>> = {
  vm_name: 'vm_name      = "wrong"',
  vm_template: 'vm_template  = "generic"',
  disk_size: 'disk_size    = "1G"',
  disk_format: 'disk_format  = "qcow2"',
  cdrom: 'cdrom        = "there.iso"',
  output_directory: 'output_directory = "out"',
  communicator: 'communicator = "none"',
};

const MISTAKES: readonly Mistake[] = [
  {
    name: 'a missing vm_name',
    change: { vm_name: '' },
    line: 1,
    column: 1,
    excerpt: 'source "vmm" "wrong" {',
    remedy: /vm_name = "/,
  },
  {
    name: 'an unknown attribute vm_nmae',
    change: { vm_name: 'vm_nmae      = "wrong"' },
    line: 2,
    column: 3,
    excerpt: 'vm_nmae      = "wrong"',
    remedy: /Did you mean "vm_name"/,
  },
  {
    name: 'disk_format = "vmdk"',
    change: { disk_format: 'disk_format  = "vmdk"' },
    line: 5,
    column: 18,
    excerpt: 'disk_format  = "vmdk"',
    remedy: /"raw" or "qcow2"/,
  },
  {
    name: 'a missing ISO',
    change: { cdrom: 'cdrom        = "missing.iso"' },
    line: 6,
    column: 18,
    excerpt: 'cdrom        = "missing.iso"',
    remedy: /[Cc]orrect the path|correct the path/,
  },
  {
    name: 'an undefined variable',
    change: { disk_size: 'disk_size    = var.size' },
    line: 4,
    column: 18,
    excerpt: 'disk_size    = var.size',
    remedy: /[Dd]eclare it: variable "size"/,
  },
];

for (const { name, change, line, column, excerpt, remedy } of MISTAKES) {
  cliTest(`${name} is one diagnostic at its place, and nothing is created`, async (context) => {
    const workspace = new Workspace(context);
    const lines = Object.values({ ...GOOD, ...change }).filter((text) => text !== '');
    const source = ['source "vmm" "wrong" {', ...lines.map((text) => `  ${text}`), '}'];
    const template = [...source, 'build {', '  sources = ["source.vmm.wrong"]', '}', ''].join('\n');
    writeFileSync(workspace.path('wrong.pkr.hcl'), template);
    writeFileSync(workspace.path('there.iso'), 'a CD');
    const before = workspace.list();

    const outcome = await runCli(context, ['build', 'wrong.pkr.hcl'], {
      cwd: workspace.directory,
      // Whichever comes first on this machine: the template is judged before it is used.
      env: { VMM_HCL_HYPERVISOR: 'qemu' },
    });
    const { status, stderr, stdout } = outcome;
    assert.equal(status, 1, stdout);
    assert.equal(stdout, '');
    assert.equal(stderr.match(/^(Error|Warning):/gm)?.length, 1, stderr);
    assert.ok(stderr.includes(`wrong.pkr.hcl:${line}:${column}`), stderr);
    assert.ok(stderr.includes(excerpt), stderr);
    assert.match(stderr.replace(/\s+/g, ' '), remedy);
    assert.deepEqual(workspace.list(), before);
  });
}
