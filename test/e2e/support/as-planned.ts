// Builds on the strict fake of vmctl (fixtures/vmctl), compared word by word with what `plan` has printed.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { BuildPreview } from '../../../src/build/preview/preview.ts';
import type { CommandAction } from '../../../src/plan/action.ts';
import { runCli } from './cli.ts';
import { FakeHost } from './fake-host.ts';
import { VMCTL_FAKE } from './paths.ts';
import type { Workspace } from './workspace.ts';

/** What the placeholders of a plan stand for, in regular expressions. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  '<id>': '[0-9a-f]+',
  '<number>': '\\d+',
  '<http-port>': '\\d+',
  '<host-address>': '127\\.\\d+\\.\\d+\\.2',
  '<guest-address>': '127\\.\\d+\\.\\d+\\.3',
  '<public-key>': '[A-Za-z0-9+/=]+',
  '<temporary-folder>': '/\\S+',
};

/** A pattern of the words of a planned command line. A word of a shell's line may be quoted for its placeholder alone. */
function patternOf(words: readonly string[]): RegExp {
  const text = JSON.stringify(words)
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replace(/ '(\S*<[a-z-]+>\S*)'/g, " '?$1'?");
  return new RegExp(`^${text.replace(/<[a-z-]+>/g, (name) => PLACEHOLDERS[name] ?? name)}$`);
}

export interface Outcome {
  readonly plan: BuildPreview;
  /** The command lines of vmctl and ifconfig, and of the guest, in order. */
  readonly host: readonly (readonly string[])[];
  readonly guest: readonly (readonly string[])[];
}

/**
 * Plans a template, sees that nothing has come of it, builds it, and tells both.
 * @param env what the program's environment has besides
 */
export async function planAndBuild(
  context: TestContext,
  workspace: Workspace,
  words: readonly string[],
  host: FakeHost = new FakeHost(workspace),
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const options = { cwd: workspace.directory, env: { ...host.env, PACKER_LOG: '1', ...env } };
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

/** The command lines of a plan, in its order. */
export function commandsOf({ before, steps }: BuildPreview, where: CommandAction['where']): CommandAction[] {
  return [before, ...steps.map(({ actions }) => actions)]
    .flat()
    .filter((action) => action.type === 'command')
    .filter((action) => action.where === where);
}

/** Every command was planned, in the order of the plan, and as often as the plan says. */
export function assertAsPlanned(
  planned: readonly CommandAction[],
  run: readonly (readonly string[])[],
): void {
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

/** Every file that was planned to appear in the workspace is there. */
export function assertFilesAppeared({ files }: BuildPreview, workspace: Workspace): void {
  const there = workspace.list();
  for (const { path } of files) {
    assert.ok(there.includes(path.slice(workspace.directory.length + 1)), `${path} was planned`);
  }
}

/** The fake's log has the names of the programs only. */
export function asLogged(commands: readonly CommandAction[]): CommandAction[] {
  return commands
    .filter(({ command: [program = ''] }) => program.startsWith(`${VMCTL_FAKE}/`))
    .map((action) => ({
      ...action,
      command: [action.command[0]!.slice(VMCTL_FAKE.length + 1), ...action.command.slice(1)],
    }));
}
