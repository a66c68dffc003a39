// What `plan` prints is what `build` runs: whole builds on the strict fake of vmctl (fixtures/vmctl), compared word by word.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import type { BuildPreview } from '../../src/build/preview/preview.ts';
import type { CommandAction } from '../../src/plan/action.ts';
import { findProgram } from '../../src/lib/find-program.ts';
import { runCli } from './support/cli.ts';
import { FakeHost, SSH_PORT } from './support/fake-host.ts';
import { cliTest } from './support/machine-test.ts';
import { TEMPLATES, VMCTL_FAKE } from './support/paths.ts';
import { Workspace } from './support/workspace.ts';

/** What the placeholders of a plan stand for, in regular expressions. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  '<id>': '[0-9a-f]+',
  '<number>': '\\d+',
  '<http-port>': '\\d+',
  '<host-address>': '127\\.64\\.\\d+\\.2',
  '<guest-address>': '127\\.64\\.\\d+\\.3',
  '<temporary-folder>': '/\\S+',
};

/** A pattern of the words of a planned command line. A word of a shell's line may be quoted for its placeholder alone. */
function patternOf(words: readonly string[]): RegExp {
  const text = JSON.stringify(words)
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/ '(\S*<[a-z-]+>\S*)'/g, " '?$1'?");
  return new RegExp(`^${text.replace(/<[a-z-]+>/g, (name) => PLACEHOLDERS[name] ?? name)}$`);
}

interface Outcome {
  readonly plan: BuildPreview;
  /** The command lines of vmctl and ifconfig, and of the guest, in order. */
  readonly host: readonly (readonly string[])[];
  readonly guest: readonly (readonly string[])[];
}

/** Plans a template, sees that nothing has come of it, builds it, and tells both. */
async function planAndBuild(
  context: TestContext,
  workspace: Workspace,
  words: readonly string[],
): Promise<Outcome> {
  const host = new FakeHost(workspace);
  const options = { cwd: workspace.directory, env: { ...host.env, PACKER_LOG: '1' } };
  const flags = ['-hypervisor=vmctl', `-vm-conf=${host.vmConf}`, ...words];
  const before = workspace.list();
  const planned = await runCli(context, ['plan', '-json', ...flags], options);
  assert.equal(planned.status, 0, planned.stderr);
  assert.deepEqual(workspace.list(), before, 'planning has created something');
  const { builds } = JSON.parse(planned.stdout) as { builds: BuildPreview[] };
  assert.equal(builds.length, 1);

  const built = await runCli(context, ['build', ...flags], options);
  assert.equal(built.status, 0, `${built.stdout}\n${built.stderr}`);
  const guest = [...built.stderr.matchAll(/ guest \d+: (\[.*\])$/gm)].map(
    ([, line = '']) => JSON.parse(line) as string[],
  );
  return { plan: builds[0]!, host: host.log(), guest };
}

function commandsOf({ before, steps }: BuildPreview, where: CommandAction['where']): CommandAction[] {
  return [before, ...steps.map(({ actions }) => actions)]
    .flat()
    .filter((action) => action.type === 'command')
    .filter((action) => action.where === where);
}

/** Every command was planned, in the order of the plan, and as often as the plan says. */
function assertAsPlanned(planned: readonly CommandAction[], run: readonly (readonly string[])[]): void {
  const patterns = planned.map(({ command, times }) => ({ pattern: patternOf(command), command, times }));
  const lines = run.map((words) => JSON.stringify(words));
  for (const line of lines) {
    assert.ok(
      patterns.some(({ pattern }) => pattern.test(line)),
      `not planned: ${line}`,
    );
  }
  const once = patterns.filter(({ times }) => times === 'once');
  const ordered = lines.filter((line) => once.some(({ pattern }) => pattern.test(line)));
  assert.equal(ordered.length, once.length, `planned once:\n${ordered.join('\n')}`);
  for (const [index, { pattern }] of once.entries()) assert.match(ordered[index]!, pattern);
  for (const { pattern, command, times } of patterns) {
    if (times === 'often')
      assert.ok(
        lines.some((line) => pattern.test(line)),
        `never run: ${command.join(' ')}`,
      );
  }
}

/** The fake's log has the names of the programs only. */
function asLogged(commands: readonly CommandAction[]): CommandAction[] {
  return commands
    .filter(({ command: [program = ''] }) => program.startsWith(`${VMCTL_FAKE}/`))
    .map((action) => ({
      ...action,
      command: [action.command[0]!.slice(VMCTL_FAKE.length + 1), ...action.command.slice(1)],
    }));
}

cliTest('a build with a provisioner runs the command lines of its plan', async (context) => {
  const workspace = new Workspace(context);
  writeFileSync(workspace.path('installer.iso'), 'a CD');
  const { plan, host, guest } = await planAndBuild(context, workspace, [
    `-var=vm_name=${workspace.vmName}`,
    `-var=iso=${workspace.path('installer.iso')}`,
    `-var=ssh_port=${SSH_PORT}`,
    '-var=commands=["true", "test -n \\"$PACKER_HTTP_ADDR\\""]',
    `${TEMPLATES}/steps.pkr.hcl`,
  ]);
  const planned = asLogged(commandsOf(plan, 'host'));
  assert.equal(planned.filter(({ command }) => command[1] === 'start').length, 2);
  assertAsPlanned(planned, host);
  const inGuest = commandsOf(plan, 'guest');
  assert.equal(inGuest.length, 3, 'the script, its removal, the shutdown');
  assertAsPlanned(inGuest, guest);
  const there = workspace.list();
  for (const { path } of plan.files) {
    assert.ok(there.includes(path.slice(workspace.directory.length + 1)), `${path} was planned`);
  }
});

cliTest('a build that is stopped from outside runs the command lines of its plan', async (context) => {
  const workspace = new Workspace(context);
  writeFileSync(workspace.path('installer.iso'), 'a CD');
  const template = workspace.path('t.pkr.hcl');
  writeFileSync(
    template,
    `source "vmm" "t" {
  vm_name          = "${workspace.vmName}"
  vm_template      = "tiny-linux"
  output_directory = "out"
  log_directory    = "out"
  disk_size        = "1G"
  cdrom            = "installer.iso"
  boot_device      = "cdrom"
  http_directory   = "http"
  gen_files_pattern = "answers"
  boot_wait        = "-1s"
  boot_command     = ["install http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.txt<enter>"]
  communicator     = "none"
  shutdown_timeout = "5s"
}
build {
  sources = ["source.vmm.t"]
  provisioner "shell-local" { inline = ["true"] }
  post-processor "checksum" {}
}
`,
  );
  workspace.write('http/answers.txt.pkr.in', 'hostname = {{ .VMName }}\nfinish = poweroff\n');
  const { plan, host } = await planAndBuild(context, workspace, [template]);
  const planned = asLogged(commandsOf(plan, 'host'));
  assert.deepEqual(
    planned.flatMap(({ command, times }) => (command[1] === 'stop' ? [[times, ...command]] : [])),
    [
      ['once', 'vmctl', 'stop', '-w', workspace.vmName],
      ['perhaps', 'vmctl', 'stop', '-f', '-w', workspace.vmName],
    ],
  );
  assertAsPlanned(planned, host);
  const there = workspace.list();
  for (const { path } of plan.files) {
    assert.ok(there.includes(path.slice(workspace.directory.length + 1)), `${path} was planned`);
  }
});

cliTest(
  'a build with further disks and a CD of files runs the command lines of its plan',
  async (context) => {
    if (findProgram('xorriso') === undefined) return context.skip('xorriso is not installed');
    const workspace = new Workspace(context);
    const template = workspace.path('t.pkr.hcl');
    writeFileSync(
      template,
      `source "vmm" "t" {
  vm_name              = "${workspace.vmName}"
  vm_template          = "tiny-linux"
  output_directory     = "out"
  log_directory        = "out"
  disk_size            = "1G"
  disk_additional_size = ["512M", "2G"]
  cd_content           = { "user-data" = "x" }
  cd_label             = "cidata"
  http_content         = { "/answers.txt" = "hostname = t\\nfinish = poweroff\\n" }
  boot_wait            = "-1s"
  boot_command         = ["install http://{{ .HTTPIP }}:{{ .HTTPPort }}/answers.txt<enter>"]
  communicator         = "none"
}
build {
  sources = ["source.vmm.t"]
}
`,
    );
    const { plan, host } = await planAndBuild(context, workspace, [template]);
    const planned = asLogged(commandsOf(plan, 'host'));
    assertAsPlanned(planned, host);
    const start = host.find(([, command]) => command === 'start') ?? [];
    assert.equal(start.filter((word) => word === '-d').length, 3);
    assert.match(start[start.indexOf('-r') + 1] ?? '', /\/cd\.iso$/);
    const there = workspace.list();
    assert.deepEqual(
      plan.files
        .map(({ path }) => path.slice(workspace.directory.length + 1))
        .filter((path) => !there.includes(path)),
      [],
    );
    for (const suffix of ['', '-1', '-2']) {
      assert.ok(there.includes(`out/${workspace.vmName}${suffix}.raw`), there.join('\n'));
    }
  },
);
