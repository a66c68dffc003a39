import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { fakeIo } from './fake-io.ts';
import { assertGolden } from './golden.ts';

const TEMPLATE = `variable "name" {
  type        = string
  default     = "tiny"
  description = "Name of the machine"
}
variable "password" {
  sensitive = true
  default   = "correct horse"
}
locals { list = [var.name, 1] }
source "vmm" "tiny" {
  vm_name          = var.name
  vm_template      = "generic"
  disk_size        = "1G"
  output_directory = "out"
  log_directory    = "log"
  boot_wait        = "-1s"
  communicator     = "none"
}
build {
  name        = "release"
  description = "A small machine"
  sources     = ["source.vmm.tiny"]
  provisioner "shell-local" { inline = ["true"] }
  post-processors {
    post-processor "checksum" {
      name           = "cs-\${var.name}"
      checksum_types = ["sha256"]
    }
    post-processor "manifest" {}
  }
}
`;

describe('commands on a template', () => {
  let folder: string;
  const here = process.cwd();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-cli-'));
    process.chdir(folder);
    mkdirSync('good');
    writeFileSync('good/t.pkr.hcl', TEMPLATE);
    mkdirSync('bad');
    writeFileSync('bad/t.pkr.hcl', TEMPLATE.replace('vm_name ', 'vm_nmae ').replace('"1G"', 'var.size'));
    mkdirSync('unreadable');
    writeFileSync('unreadable/t.pkr.hcl', 'variable "x" {\n');
  });
  after(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true });
  });

  async function run(words: string[], env: Record<string, string> = {}) {
    const io = fakeIo({ env: { PATH: process.env['PATH'], ...env } });
    const status = await main(words, io);
    return { status, ...io.written };
  }

  test('validate', async () => {
    assert.deepEqual(await run(['validate', 'good']), {
      status: 0,
      out: 'The configuration is valid.\n',
      err: '',
    });
    const { status, out, err } = await run(['validate', 'bad']);
    assert.equal(status, 1);
    assert.equal(out, '');
    assertGolden('validate-bad.txt', err);
  });

  test('validate -json', async () => {
    const { status, out } = await run(['validate', '-json', 'bad']);
    assert.equal(status, 1);
    const report = JSON.parse(out) as { valid: boolean; diagnostics: { code: string; range: object }[] };
    assert.equal(report.valid, false);
    assert.deepEqual(
      report.diagnostics.map(({ code }) => code),
      ['unsupported-argument', 'undefined-variable'],
    );
    assert.equal(JSON.parse((await run(['validate', '-json', 'good'])).out).valid, true);
  });

  test('validate -json tells where values came from, but nothing of sensitive ones', async () => {
    mkdirSync('values');
    const text = TEMPLATE.replace('"1G"', '"${var.name}B"').replace('"log"', '"${var.password}{{ nope }}"');
    writeFileSync('values/t.pkr.hcl', text);
    const { out } = await run([
      'validate',
      '-json',
      '-var',
      'name=20G',
      '-var',
      'password=hunter2',
      'values',
    ]);
    rmSync('values', { recursive: true });
    const { diagnostics } = JSON.parse(out) as { diagnostics: { code: string; values?: unknown[] }[] };
    assert.deepEqual(
      diagnostics.map(({ code, values }) => [code, values]),
      [
        ['size-invalid', [{ name: 'var.name', value: '"20G"', origin: '-var on the command line' }]],
        ['template-call-invalid', undefined],
      ],
    );
    assert.doesNotMatch(out, /hunter2|correct horse/);
  });

  test('validate also looks into the files that a build generates', async () => {
    mkdirSync('served/http', { recursive: true });
    writeFileSync('served/http/tiny.pkr.in', 'one {{ .VMName }}\ntwo {{ .HTTPort }}\n');
    writeFileSync(
      'served/t.pkr.hcl',
      TEMPLATE.replace('= "-1s"', '= "-1s"\n  http_directory = "served/http"'),
    );
    const checked = await run(['validate', 'served']);
    writeFileSync('served/http/tiny.pkr.in', '{{ if .VMName }}\n');
    const broken = await run(['validate', '-json', 'served']);
    rmSync('served', { recursive: true });
    assert.equal(checked.status, 0);
    assert.equal(
      checked.err,
      [
        'Warning: Template without a value',
        '  at served/http/tiny.pkr.in:2:8:',
        '  2 │ two {{ .HTTPort }}',
        '    │        ^^^^^^^^',
        '{{ .HTTPort }} has no value here and becomes "<no value>". Did you mean {{',
        '.HTTPPort }}?',
        '',
        '',
      ].join('\n'),
    );
    assert.equal(broken.status, 1);
    const [diagnostic] = (JSON.parse(broken.out) as { diagnostics: { detail: string; code: string }[] })
      .diagnostics;
    assert.equal(diagnostic?.code, 'template-call-invalid');
    assert.match(
      diagnostic.detail,
      /cannot be generated: The \{\{if\}\} that starts here has no \{\{end\}\}/,
    );
  });

  test('validate -machine-readable: one line for each problem', async () => {
    const { status, out, err } = await run(['validate', '-machine-readable', 'bad']);
    assert.equal(status, 1);
    assert.equal(err, '');
    const lines = out.trimEnd().split('\n');
    assert.equal(lines.length, 3);
    for (const line of lines) assert.match(line, /^\d+,,ui,error,[^,]*$/);
  });

  test('validate -warnings-as-errors', async () => {
    const words = ['validate', '-only=nothing', 'good'];
    assert.equal((await run(words)).status, 0);
    assert.match((await run(words)).err, /^Warning: /);
    assert.equal((await run(['validate', '-warnings-as-errors', '-only=nothing', 'good'])).status, 1);
  });

  test('a -var without a value is a mistake', async () => {
    const { status, err } = await run(['validate', '-var', 'name', 'good']);
    assert.equal(status, 1);
    assert.equal(err, 'Error: -var takes NAME=VALUE, not "name".\n');
  });

  test('inspect', async () => {
    const { status, out, err } = await run(['inspect', '-var', 'name=other', 'good']);
    assert.equal(status, 0);
    assert.equal(err, '');
    assertGolden('inspect.txt', out);
    const machine = (await run(['inspect', '-machine-readable', 'good'])).out.trimEnd().split('\n');
    assert.equal(machine.length, 3);
    assert.doesNotMatch(machine.join('\n'), /correct horse/);
  });

  test('inspect fails on what cannot be parsed, and not on what is wrong later', async () => {
    assert.equal((await run(['inspect', 'unreadable'])).status, 1);
    assert.equal((await run(['inspect', 'bad'])).status, 0);
  });

  test('inspect -json', async () => {
    const { out } = await run(['inspect', '-json', 'good']);
    const content = JSON.parse(out) as { variables: { name: string; value?: unknown; state: string }[] };
    assert.deepEqual(
      content.variables.map(({ name, value, state }) => [name, value, state]),
      [
        ['name', 'tiny', 'known'],
        ['password', undefined, 'sensitive'],
      ],
    );
  });

  test('build: template errors end it before anything is created', async () => {
    const { status, out, err } = await run(['build', 'bad']);
    assert.equal(status, 1);
    assert.equal(out, '');
    assert.match(err, /Did you mean "vm_name"/);
    assert.deepEqual(readdirSync('.').sort(), ['bad', 'good', 'unreadable']);
  });

  test('build and plan tell all problems in one run, those of variables and of sources, each once', async () => {
    const unset = TEMPLATE.replace('default     = "tiny"', '').replace('"1G"', '"1 GB"');
    mkdirSync('several');
    writeFileSync('several/t.pkr.hcl', unset);
    const expected = (await run(['validate', 'several'])).err.replace(
      /Error: The configuration is not .*\n/,
      '',
    );
    assert.deepEqual(
      [...expected.matchAll(/^Error: (.*)$/gm)].map(([, summary]) => summary),
      ['Unset variable', 'Invalid size'],
    );
    for (const command of ['build', 'plan']) {
      assert.deepEqual(await run([command, 'several']), { status: 1, out: '', err: expected }, command);
    }
    rmSync('several', { recursive: true });
  });

  test('build: nothing selected is a failure', async () => {
    const { status, err } = await run(['build', '-only=nothing', 'good']);
    assert.equal(status, 1);
    assert.match(err, /Error: No build is left to run/);
  });

  test('build: -on-error=ask and -debug need a terminal', async () => {
    assert.match((await run(['build', '-on-error=ask', 'good'])).err, /^-on-error=ask needs a terminal/);
    const debug = await run(['build', '-debug', 'good']);
    assert.equal(debug.status, 1);
    assert.match(debug.err, /^-debug waits for Enter/);
  });

  test('build: an unknown hypervisor in the environment', async () => {
    const { status, err } = await run(['build', 'good'], { VMM_HCL_HYPERVISOR: 'bhyve' });
    assert.equal(status, 1);
    assert.match(err, /^Error: There is no hypervisor "bhyve"\.\nSet -hypervisor or VMM_HCL_HYPERVISOR/);
  });

  test('build: a failure is told with its reason, on standard error, and nothing is left', async () => {
    const words = ['build', '-hypervisor=vmctl', 'good'];
    const env = { VMM_HCL_VMCTL: join(folder, 'no-such-vmctl') };
    const { status, out, err } = await run(words, env);
    assert.equal(status, 1);
    assert.match(out, /^Build 'release\.vmm\.tiny' errored after /m);
    assert.match(
      out,
      /^==> Some builds didn't complete successfully and had errors:\n--> release\.vmm\.tiny: /m,
    );
    assert.match(out, /^==> Builds finished but no artifacts were created\.$/m);
    assert.match(err, /^Build 'release\.vmm\.tiny' failed/m);
    assert.match(err, /no-such-vmctl/);
    assert.equal(existsSync('out'), false);
    const machine = await run([...words.slice(0, 1), '-machine-readable', ...words.slice(1)], env);
    assert.match(machine.out, /^\d+,,error-count,1$/m);
    assert.match(machine.out, /^\d+,release\.vmm\.tiny,error,/m);
    assert.equal(machine.err, '');
  });

  test('build: a terminal gets a status line, and a dumb one nothing that would have to be erased', async () => {
    for (const [TERM, isRedrawn] of [
      ['vt220', true],
      ['dumb', false],
    ] as const) {
      const env = { TERM, NO_COLOR: '1', VMM_HCL_VMCTL: 'true' };
      const io = fakeIo({ env: { PATH: process.env['PATH'], ...env }, terminal: true });
      assert.equal(await main(['build', '-hypervisor=vmctl', 'good'], io), 1);
      assert.equal(/[\u001b\r]/.test(io.written.out), isRedrawn, JSON.stringify(io.written.out));
    }
  });

  test('build: the first signal cancels, the second says so, and one at the very end changes nothing; status 1', async () => {
    // A vmctl that never answers, and tells by a file that it has been started.
    writeFileSync('hanging-vmctl', '#!/bin/sh\ntrap "" INT\n: > started\nexec sleep 60\n', { mode: 0o755 });
    const env = { PATH: process.env['PATH'], VMM_HCL_VMCTL: join(folder, 'hanging-vmctl') };
    const io = fakeIo({ env });
    const started = new Promise<void>((resolve) => {
      const watcher = watch('.', () => {
        if (!existsSync('started')) return;
        watcher.close();
        resolve();
      });
    });
    const ended = main(['build', '-hypervisor=vmctl', 'good'], io);
    await started;
    io.signal('SIGTERM');
    io.signal('SIGINT');
    assert.equal(await ended, 1);
    const { out } = io.written;
    assert.match(out, /^SIGTERM: cancelling; what was started is ended and removed\.$/m);
    assert.match(out, /^SIGINT: still cleaning up; please wait\.$/m);
    assert.match(out, /^==> Cancelled: all builds have ended\.$/m);
    assert.doesNotMatch(out, /artifacts/);
    assert.ok(io.signal('SIGINT'), 'the signal would have become the exit status');
    assert.equal(io.written.out, out);

    const late = fakeIo({ env });
    assert.equal(await main(['build', '-hypervisor=vmctl', 'nowhere'], late), 1);
    assert.ok(late.signal('SIGTERM'), 'the signal would have become the exit status');
  });

  test('translate', async () => {
    const { status, out } = await run(['translate', 'good/t.pkr.hcl']);
    assert.equal(status, 0);
    const json = JSON.parse(out) as { source: { vmm: { tiny: { vm_name: string }[] } } };
    assert.equal(json.source.vmm.tiny[0]?.vm_name, '${var.name}');
    const bad = await run(['translate', 'unreadable/t.pkr.hcl']);
    assert.equal(bad.status, 1);
    assert.match(bad.err, /^unreadable\/t\.pkr\.hcl: HashiCorp's parser refuses it:\n/);
    assert.match((await run(['translate', 'nowhere'])).err, /^Cannot read nowhere/);
  });
});
