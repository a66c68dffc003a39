import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { BuildPreview } from '../../src/build/preview/preview.ts';
import { main } from '../../src/cli/main.ts';
import { fakeIo } from './fake-io.ts';
import { assertGolden } from './golden.ts';

const ROOT = new URL('../..', import.meta.url).pathname.replace(/\/$/, '');
const FAKE = `${ROOT}/fixtures/vmctl`;

/** Values that make the plans of the examples the same on every machine. */
const EXAMPLES: Readonly<Record<string, (folder: string) => readonly string[]>> = {
  'tiny-linux': (folder) => [`-var=iso=${folder}/cd.iso`, `-var=output_directory=${folder}/out`],
  'debian-serial': (folder) => [`-var=iso=${folder}/cd.iso`, `-var=output_directory=${folder}/out`],
  'debian-preseed': (folder) => [
    ...[`-var=iso_url=${folder}/cd.iso`, '-var=iso_checksum=none', `-var=image_directory=${folder}/vm`],
  ],
  'openbsd-base': (folder) => [`-var=kernel=${folder}/bsd.rd`, `-var=image_directory=${folder}/vm`],
  'openbsd-dev': (folder) => [`-var=base_image=${folder}/base.qcow2`, `-var=image_directory=${folder}/vm`],
  'centos-base': (folder) => [`-var=iso=${folder}/cd.iso`, `-var=image_directory=${folder}/vm`],
};

describe('plan', () => {
  let folder: string;
  const here = process.cwd();
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-plan-'));
    process.chdir(ROOT);
    for (const name of ['cd.iso', 'bsd.rd', 'base.qcow2']) writeFileSync(join(folder, name), 'x');
  });
  after(() => {
    process.chdir(here);
    rmSync(folder, { recursive: true });
  });

  async function plan(words: readonly string[], env: Record<string, string> = {}) {
    const io = fakeIo({
      env: { PATH: FAKE, HOME: '/home/builder', SSH_AUTH_SOCK: '/tmp/agent', ...env },
    });
    const status = await main(['plan', ...words], io);
    return { status, ...io.written };
  }

  /** Without the paths of this machine, and the permission bits that a checkout gives. */
  const portable = (text: string) =>
    text
      .replaceAll(folder, '<work>')
      .replaceAll(ROOT, '<repo>')
      .replace(/(files\/hello => .*, mode) \d+/, '$1 755');

  async function planJson(words: readonly string[], env: Record<string, string> = {}): Promise<BuildPreview> {
    const { status, out, err } = await plan(['-json', ...words], env);
    assert.equal(status, 0, err);
    const [build, ...others] = (JSON.parse(out) as { builds: BuildPreview[] }).builds;
    assert.deepEqual(others, []);
    return build!;
  }

  /** A template in the folder, and its path. */
  function template(name: string, source: string, build = '', more = ''): string {
    const text = `${more}
source "vmm" "t" {
  vm_name          = "t"
  vm_template      = "small"
  output_directory = "${folder}/${name}-out"
  log_directory    = "${folder}/${name}-log"
${source}
}
build {
  sources = ["source.vmm.t"]
${build}
}
`;
    const path = join(folder, `${name}.pkr.hcl`);
    writeFileSync(path, text);
    return path;
  }

  const NO_WAY_IN = 'communicator = "none"\nboot_wait = "-1s"\n';
  const step = ({ steps }: BuildPreview, name: string) => steps.find((one) => one.step === name)!;
  const problems = ({ before, steps }: BuildPreview) =>
    [before, ...steps.map(({ actions }) => actions)]
      .flat()
      .flatMap((action) => (action.type === 'problem' ? [action.text] : []));

  test('every example has a plan here', () => {
    assert.deepEqual(Object.keys(EXAMPLES).sort(), readdirSync(join(ROOT, 'examples')).sort());
  });

  for (const [name, flags] of Object.entries(EXAMPLES)) {
    test(`the plan of the example ${name}`, async () => {
      const before = readdirSync(folder, { recursive: true });
      const { status, out, err } = await plan(['-hypervisor=vmctl', ...flags(folder), `examples/${name}`]);
      assert.equal(err, '');
      assert.equal(status, 0);
      assertGolden(`plan-${name}.txt`, portable(out));
      assert.doesNotMatch(out, /!!/);
      assert.deepEqual(readdirSync(folder, { recursive: true }), before, 'planning has created something');
    });
  }

  test('steps that are left out have a reason and do nothing', async () => {
    const preview = await planJson(['-hypervisor=vmctl', template('bare', `disk_size = "1G"\n${NO_WAY_IN}`)]);
    const skipped = preview.steps.filter((one) => one.skipped !== undefined);
    assert.deepEqual(
      skipped.map((one) => one.step),
      [
        ...['cd image', 'iso image', 'temporary key', 'http server', 'generated files', 'boot command'],
        ...['start (provision)', 'connect', 'provision', 'clear keys', 'shutdown', 'post-processors'],
      ],
    );
    for (const { actions } of skipped) assert.deepEqual(actions, []);
    assert.match(skipped[3]!.skipped!, /neither http_directory nor http_content/);
    assert.match(skipped[6]!.skipped!, /communicator is "none"/);
  });

  test('an image that is there already stops the build, but not with -force', async () => {
    const path = template('existing', `disk_size = "1G"\n${NO_WAY_IN}`);
    mkdirSync(join(folder, 'existing-out'));
    writeFileSync(join(folder, 'existing-out', 't.raw'), 'old');
    writeFileSync(join(folder, 'existing-out', 't.qcow2'), 'old');
    const refused = await plan(['-hypervisor=vmctl', path]);
    assert.equal(refused.status, 0);
    assert.match(refused.out, /!! The image .* exists already\.\n {7}Move it away/);
    assert.match(refused.out, /the build would fail: see the line with "!!"/);
    assert.match(refused.out, /vmctl create -s 1G/, 'the rest of the step is missing');
    const forced = await planJson(['-hypervisor=vmctl', '-force', path]);
    assert.deepEqual(problems(forced), []);
    assert.match(JSON.stringify(step(forced, 'disk')), /stays until the new image is complete/);
  });

  test('what is missing here is a warning, and the plan is made nevertheless', async () => {
    const path = template(
      'missing',
      'disk_size = "1G"\ncdrom = "/nowhere/cd.iso"\nssh_username = "root"\nssh_password = "secret word"',
      'provisioner "shell" { script = "/nowhere/script.sh" }',
    );
    const { status, out, err } = await plan(['-hypervisor=vmctl', path]);
    assert.equal(status, 0);
    assert.match(err, /Warning: File not found[\s\S]*Warning: File not found/);
    assert.match(out, /!! The ISO image \/nowhere\/cd\.iso does not exist\./);
    assert.match(out, /-r \/nowhere\/cd\.iso t$/m);
    assert.match(out, /!! The script cannot be read: .*\/nowhere\/script\.sh/);
  });

  test('no sensitive value is shown, as text or as JSON', async () => {
    const path = template(
      'secret',
      `disk_size    = "1G"
  ssh_username = "root"
  ssh_password = "correct horse"
  http_content = { "/a" = var.token }
  boot_command = ["token=\${var.token} <enter>"]
  shutdown_command = "halt -p \${var.token}"`,
      `  provisioner "shell" {
    inline           = ["echo \${var.token}"]
    environment_vars = ["TOKEN=\${var.token}", "PASSWORD=\${build.Password}"]
  }
  provisioner "file" {
    content     = var.token
    destination = "/tmp/token"
  }
  provisioner "shell-local" { inline = ["echo \${var.token} \${build.Host}"] }`,
      'variable "token" {\n  default = "it\'s a tokén"\n  sensitive = true\n}\n',
    );
    for (const flags of [[], ['-json']]) {
      const { status, out, err } = await plan(['-hypervisor=vmctl', ...flags, path]);
      assert.equal(status, 0, err);
      assert.doesNotMatch(out, /it's a|tokén|correct horse/);
      assert.ok(out.split('<sensitive>').length > 7, out);
      assert.match(out, /echo <sensitive> <guest-address>/);
    }
  });

  test('the boot command is told key by key, with placeholders as one text', async () => {
    const path = template(
      'keys',
      `disk_size = "1G"
  communicator = "none"
  http_content = { "/a" = "b" }
  http_port_min = 8123
  http_port_max = 8123
  boot_wait = "2s"
  boot_key_interval = "100ms"
  boot_keygroup_interval = "1s"
  boot_command = ["ab<wait3>", "<leftCtrlOn>c<leftCtrlOff>", "{{ .HTTPIP }}:{{ .HTTPPort }}<enter>"]`,
    );
    const { actions } = step(await planJson(['-hypervisor=vmctl', path]), 'boot command');
    assert.deepEqual(actions, [
      { type: 'wait', milliseconds: 2000, text: 'boot_wait' },
      {
        type: 'keys',
        keys: [
          { type: 'text', text: 'ab' },
          { type: 'wait', milliseconds: 3000 },
          { type: 'key', key: '<leftCtrlOn>' },
          { type: 'text', text: 'c' },
          { type: 'key', key: '<leftCtrlOff>' },
          { type: 'text', text: '<host-address>:8123' },
          { type: 'key', key: '<enter>' },
        ],
        // a, b; the wait; c, an address of 10 characters, the port with its colon, Enter; two groups.
        milliseconds: 2 * 100 + 3000 + (1 + 10 + 5 + 1) * 100 + 2 * 1000,
      },
    ]);
  });

  test('a plan for QEMU needs no QEMU, and says what is not known', async () => {
    writeFileSync(join(folder, 'vm.conf'), 'vm "small" {\n\tmemory 64M\n\tlocal interface\n}\n');
    const path = template(
      'qemu',
      `disk_size = "1G"\ndisk_format = "qcow2"\nssh_username = "root"\nssh_password = "secret word"`,
    );
    const preview = await planJson(['-hypervisor=qemu', `-vm-conf=${folder}/vm.conf`, path], {
      PATH: '/nowhere',
    });
    assert.deepEqual(problems(preview), []);
    const [create] = step(preview, 'disk').actions.flatMap((action) =>
      action.type === 'command' ? [action.command] : [],
    );
    const partial = `${folder}/qemu-out/.t.partial-<id>.qcow2`;
    assert.deepEqual(create, ['qemu-img', 'create', '-q', '-f', 'qcow2', partial, String(2 ** 30)]);
    const [start] = step(preview, 'start (provision)').actions.flatMap((action) =>
      action.type === 'command' ? [action.command] : [],
    );
    assert.equal(start?.[0], 'qemu-system-x86_64');
    assert.ok(
      start?.some((word) => word.endsWith('hostfwd=tcp:127.0.0.1:<forwarded-port>-:22')),
      start?.join(' '),
    );
    assert.match(JSON.stringify(step(preview, 'connect')), /127\.0\.0\.1:<forwarded-port> as root/);

    const without = await planJson(['-hypervisor=qemu', '-vm-conf=/nowhere/vm.conf', path]);
    assert.match(problems(without)[0]!, /vm\.conf/);
  });

  test('data sources are read only when that is asked for', async () => {
    const path = template(
      'data',
      `disk_size = "1G"\n${NO_WAY_IN}`,
      '',
      'data "null" "x" { input = "v" }\nlocals { x = data.null.x.output }',
    );
    const { out } = await plan(['-hypervisor=vmctl', path]);
    assert.match(out, /^Not read: data\.null\.x\./);
    assert.doesNotMatch((await plan(['-hypervisor=vmctl', '-evaluate-datasources', path])).out, /Not read/);
  });

  test('without a build there is no plan', async () => {
    const path = template('none', `disk_size = "1G"\n${NO_WAY_IN}`);
    const { status, out, err } = await plan(['-only=other.*', path]);
    assert.equal(status, 1);
    assert.equal(out, '');
    assert.match(err, /No build is left to run/);
  });
});
