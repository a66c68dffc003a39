import assert from 'node:assert/strict';
import { type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { CliRun, type RunOutcome } from '../support/cli.ts';
import { Place, type Setting } from './place.ts';

/** One cell of the matrix: a fault, and what the user sees of it. */
export interface Cell extends Setting {
  readonly name: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Changes the place before the build starts. */
  readonly arrange?: (place: Place, context: TestContext) => Promise<void> | void;
  /** Happens while the build runs. */
  readonly meanwhile?: (run: CliRun, place: Place) => Promise<void>;
  /** Default: 1. */
  readonly status?: 0 | 1 | 'any';
  /** What all output together says, besides that everything has been removed. */
  readonly says?: readonly RegExp[];
  /** Nobody hears what it says. */
  readonly isMute?: boolean;
  /** What it must not say. */
  readonly neverSays?: readonly RegExp[];
  /** The image afterwards. Default: new after a success, else none. */
  readonly image?: 'none' | 'new' | 'old';
  /** Something is meant to stay: looks whether it is that and nothing else, and removes it. */
  readonly stays?: (place: Place, run: CliRun, said: string) => Promise<void> | void;
  /** Why the cell cannot run here. */
  readonly skip?: string | undefined;
  /** The build is killed, and `vmm-hcl gc` finishes what it has left. */
  readonly isCollected?: boolean;
  /** It waits for a limit to pass for most of its time. */
  readonly isIdle?: boolean;
  /** The build is refused before it begins. */
  readonly isEarly?: boolean;
  /** Files that are meant to be there. */
  readonly ignores?: readonly string[];
  /** What else must hold. */
  readonly after?: (place: Place, outcome: RunOutcome) => Promise<void> | void;
}

/** Milliseconds: far above what any cell takes, also where everything is slow. A run that takes longer hangs. */
const HUNG = 300_000;

/** Runs the build of a cell to its end and looks at what it has said and left. */
export async function runCell(context: TestContext, cell: Cell): Promise<void> {
  const place = await Place.create(context, cell);
  try {
    await runIn(place, context, cell);
  } finally {
    place.end();
  }
}

async function runIn(place: Place, context: TestContext, cell: Cell): Promise<void> {
  await cell.arrange?.(place, context);
  const run = new CliRun(context, ['build', '-color=false', ...(cell.flags ?? []), 'build.pkr.hcl'], {
    cwd: place.path(''),
    env: { ...place.env, ...cell.env },
    watchesPorts: false,
  });
  const [outcome] = await Promise.all([endOf(run), cell.meanwhile?.(run, place)]);
  if (cell.isCollected === true) {
    assert.equal(outcome.signal, 'SIGKILL', `it ended with ${outcome.status} before it was killed`);
    const said = await collect(context, place, run, cell.env);
    assert.deepEqual(place.leftovers(cell.image ?? 'none'), [], said);
    return;
  }
  const said = `${outcome.stdout}\n${outcome.stderr}`;
  const story = `\n--- it said:\n${said}\n--- commands:\n${place.log().join('\n')}`;
  assertSaid(cell, outcome, said, story);
  if (cell.stays === undefined) await assertNothingLeft(cell, place, run, { outcome, said, story });
  else await cell.stays(place, run, said);
  await assertClosed(said);
  await cell.after?.(place, outcome);
}

function assertSaid(cell: Cell, outcome: RunOutcome, said: string, story: string): void {
  const { status = 1 } = cell;
  assert.ok(
    status === 'any' ? [0, 1].includes(outcome.status ?? -1) : outcome.status === status,
    `exit status ${outcome.status} (${outcome.signal})${story}`,
  );
  for (const pattern of cell.says ?? []) assert.match(said, pattern, `${pattern} is not said${story}`);
  const stack = /^\s+at (\S+ \(|file:|node:).*:\d+:\d+/m;
  for (const pattern of [/Internal error/, stack, ...(cell.neverSays ?? [])]) {
    assert.doesNotMatch(said, pattern, `${pattern} is said${story}`);
  }
}

async function assertNothingLeft(
  cell: Cell,
  place: Place,
  run: CliRun,
  { outcome, said, story }: { readonly outcome: RunOutcome; readonly said: string; readonly story: string },
): Promise<void> {
  const isComplete = outcome.status === 0 || /The image is complete/.test(said);
  // The status may tell of post-processors that did not come to their end, but not of an image that is not there.
  if (isComplete && outcome.status !== 0) assert.match(said, /^Complete, and kept: \S+\.qcow2/m, story);
  if (!isComplete && cell.isMute !== true && cell.isEarly !== true) {
    assert.match(said, /Everything that this build started or created has been removed/, story);
  }
  await assertNoProcess(run, /^$/, story);
  const ignored = (cell.ignores ?? []).map((name) => `${name} is left`);
  const left = place.leftovers(cell.image ?? (isComplete ? 'new' : 'none'));
  assert.deepEqual(
    left.filter((line) => !ignored.includes(line)),
    [],
    story,
  );
}

/** Milliseconds: what was killed at the last moment may need another moment to go, and a busy machine a longer one. */
const DYING = 20_000;

/** Nothing that the run has started lives, but for what is `allowed` by its command line. */
export async function assertNoProcess(run: CliRun, allowed = /^$/, story = ''): Promise<void> {
  const left = () => run.processes.filter((line) => !allowed.test(line));
  const end = performance.now() + DYING;
  while (left().length > 0 && performance.now() < end) await delay(50);
  assert.deepEqual(left(), [], `processes are left: ${left().join('\n')}${story}`);
}

/** What a killed build has left is there until `gc` comes. */
async function collect(context: TestContext, place: Place, run: CliRun, env: Cell['env']): Promise<string> {
  const options = { cwd: place.path(''), env: { ...place.env, ...env }, watchesPorts: false };
  const gc = new CliRun(context, ['gc'], options);
  const { status, stdout, stderr } = await endOf(gc);
  const said = `${stdout}\n${stderr}`;
  assert.equal(status, 0, `gc ended with ${status}\n${said}`);
  await assertNoProcess(run, /^$/, said);
  await assertNoProcess(gc, /^$/, said);
  return said;
}

async function endOf(run: CliRun): Promise<RunOutcome> {
  const timer = new AbortController();
  const late = delay(HUNG, undefined, { signal: timer.signal }).then(
    () => assert.fail(`HUNG: the build did not end in ${HUNG / 1000} s.\n${run.stdout}`),
    () => undefined as never,
  );
  try {
    return await Promise.race([run.ended, late]);
  } finally {
    timer.abort();
  }
}

/** The HTTP server, if one was told of, is gone. */
async function assertClosed(said: string): Promise<void> {
  for (const [, url] of said.matchAll(/Serving the installation files at (http:\S+)/g)) {
    await assert.rejects(fetch(url!), /fetch failed/, `${url} still answers`);
  }
}
