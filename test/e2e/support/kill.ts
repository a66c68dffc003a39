import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runCli, STATE_HOME, type CliRun, type RunOutcome } from './cli.ts';
import { assertNothingRuns } from './leftovers.ts';
import { buildSteps, type StepsBuild } from './steps.ts';
import { Workspace } from './workspace.ts';

/** Names in the folder of temporary files that are those of this program. */
export function temporaryFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith('vmm-hcl-'));
}

/** Names of the journals below a state directory. */
export function journals(stateHome: string = STATE_HOME): string[] {
  const folder = join(stateHome, 'vmm-hcl', 'journal');
  return existsSync(folder) ? readdirSync(folder) : [];
}

export interface Killing {
  /** Sets the host up in the workspace before the build starts. */
  readonly build: (workspace: Workspace) => StepsBuild;
  /** Resolves when the build is in the step. */
  readonly moment: (run: CliRun, workspace: Workspace) => Promise<unknown>;
  /** What else must hold after `gc`. */
  readonly after?: (workspace: Workspace, gc: RunOutcome) => void;
}

/**
 * Starts a build and kills it with SIGKILL at a moment; then `gc` must leave no process, no port, no temporary file, no unfinished
 * image, no lock and no journal, and must not touch what is not the build's.
 */
export async function killAt(context: TestContext, { build, moment, after }: Killing): Promise<void> {
  const workspace = new Workspace(context);
  const options = build(workspace);
  // Short: a socket goes below it.
  const temporary = workspace.path('t');
  workspace.write('t/vmm-hcl-foreign/file', 'foreign');
  workspace.write('out/.other.partial-abc123.qcow2', 'foreign');
  const env = {
    ...options.env,
    TMPDIR: temporary,
    XDG_STATE_HOME: workspace.path('state'),
  };
  assert.ok(temporary.length < tmpdir().length + 40);
  const run = buildSteps(context, workspace, { ...options, env });
  await moment(run, workspace);
  run.signal('SIGKILL');
  await run.exited;
  assert.equal(journals(env.XDG_STATE_HOME).length, 1, 'a killed build has a journal');

  const dry = await runCli(context, ['gc', '-dry-run', '-json'], { cwd: workspace.directory, env });
  assert.equal(dry.status, 0, dry.stdout + dry.stderr);
  const gc = await runCli(context, ['gc'], { cwd: workspace.directory, env });
  assert.equal(gc.status, 0, gc.stdout + gc.stderr);
  assert.match(
    gc.stdout,
    /^The build of .*steps\.pkr\.hcl \(process \d+, began .*\) was killed and has left/m,
  );
  await assertNothingRuns(run);
  assert.deepEqual(temporaryFiles(temporary), ['vmm-hcl-foreign']);
  assert.equal(workspace.read('t/vmm-hcl-foreign/file'), 'foreign');
  assert.deepEqual(
    workspace.list().filter((name) => name.startsWith('out/')),
    ['out/.other.partial-abc123.qcow2'],
  );
  assert.deepEqual(journals(env.XDG_STATE_HOME), []);
  const again = await runCli(context, ['gc'], { cwd: workspace.directory, env });
  assert.equal(again.stdout, 'Nothing to clean up.\n');
  after?.(workspace, gc);
}
