// What `plan` prints is what `build` runs: whole builds on the strict fake of vmctl (fixtures/vmctl), compared word by word.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { findProgram } from '../../src/lib/process/find-program.ts';
import {
  asLogged,
  assertAsPlanned,
  assertFilesAppeared,
  commandsOf,
  planAndBuild,
} from './support/as-planned.ts';
import { SSH_PORT } from './support/fake-host.ts';
import { cliTest } from './support/machine-test.ts';
import { TEMPLATES } from './support/paths.ts';
import { Workspace } from './support/workspace.ts';

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
  assertFilesAppeared(plan, workspace);
});

cliTest('a build that is stopped from outside runs the command lines of its plan', async (context) => {
  const workspace = new Workspace(context);
  writeFileSync(workspace.path('installer.iso'), 'a CD');
  const template = workspace.path('t.pkr.hcl');
  writeFileSync(
    template,
    `source "vmm" "t" {
  vm_name          = "${workspace.vmName}"
  vm_template      = "generic"
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
  assertFilesAppeared(plan, workspace);
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
  vm_template          = "generic"
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
