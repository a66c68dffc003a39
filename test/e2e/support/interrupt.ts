import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { CliRun } from './cli.ts';
import { assertNothingRuns } from './leftovers.ts';
import { buildSteps, type StepsBuild } from './steps.ts';
import { Workspace } from './workspace.ts';

/** Milliseconds that the end may take on a busy machine: far less than what the build was doing would have taken. */
const LIMIT = 100_000;

export interface Interruption {
  /** Name of the executor's step in which the build is interrupted. */
  readonly step: string;
  /** Sets the host up in the workspace before the build starts. */
  readonly build: (workspace: Workspace) => StepsBuild;
  /** Resolves when the build is in the step. */
  readonly moment: (run: CliRun, workspace: Workspace) => Promise<unknown>;
  /** What else must hold afterwards. */
  readonly after?: (workspace: Workspace) => void;
}

/**
 * Starts a build and presses Ctrl-C at a moment: it must end soon with status 1, say where it was, and leave no process, no
 * port and no file but the log of the console.
 */
export async function interruptAt(context: TestContext, interruption: Interruption): Promise<void> {
  const { step, build, moment, after } = interruption;
  const workspace = new Workspace(context);
  const options = build(workspace);
  const run = buildSteps(context, workspace, options);
  await moment(run, workspace);

  const pressed = performance.now();
  run.interrupt();
  const { status, stderr, stdout } = await run.ended;
  const took = performance.now() - pressed;
  assert.equal(status, 1, `${stdout}\n${stderr}`);
  assert.ok(took < LIMIT, `it took ${took} ms to end`);
  assert.match(stderr, new RegExp(`was cancelled in step "${step.replace(/[()]/g, '\\$&')}"`));
  assert.match(stderr, /Everything that this build started or created has been removed/);
  await assertNothingRuns(run);
  const images = workspace.list().filter((name) => name.startsWith('out/') || name.endsWith('.qcow2'));
  assert.deepEqual(images, []);
  after?.(workspace);
}
