import { CliRun } from './cli.ts';
import { EXAMPLE, GUEST_ISO, TEMPLATES } from './paths.ts';
import type { TestContext } from 'node:test';
import type { Workspace } from './workspace.ts';

export interface StepsBuild {
  readonly hypervisor: 'qemu' | 'vmctl';
  readonly env?: Readonly<Record<string, string>>;
  readonly prefix?: readonly string[];
  readonly program?: string;
  readonly bootCommand?: readonly string[];
  /** Commands of the shell provisioner. */
  readonly commands?: readonly string[];
  /** Default: that of the example. */
  readonly vmConf?: string;
  readonly sshPort?: number;
  /** Default: the CD of Tiny Linux. */
  readonly iso?: string;
  readonly flags?: readonly string[];
}

/** Starts a build of templates/steps.pkr.hcl: the image goes to out/, the console's log to log/. */
export function buildSteps(context: TestContext, workspace: Workspace, build: StepsBuild): CliRun {
  const variables: Record<string, unknown> = {
    vm_name: workspace.vmName,
    iso: build.iso ?? GUEST_ISO,
    ...(build.bootCommand && { boot_command: build.bootCommand }),
    ...(build.commands && { commands: build.commands }),
    ...(build.sshPort && { ssh_port: build.sshPort }),
  };
  const flags = Object.entries(variables).map(
    ([name, value]) => `-var=${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return new CliRun(
    context,
    [
      'build',
      `-hypervisor=${build.hypervisor}`,
      `-vm-conf=${build.vmConf ?? `${EXAMPLE}/vm.conf`}`,
      ...flags,
      ...(build.flags ?? []),
      `${TEMPLATES}/steps.pkr.hcl`,
    ],
    { cwd: workspace.directory, env: build.env, prefix: build.prefix, program: build.program },
  );
}

/** What the machine's console has printed so far, without what the firmware's cursor movements put in between. */
export function consoleText(workspace: Workspace, vmName = workspace.vmName): string {
  return workspace.read('log', `${vmName}.log`).replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '');
}
