import { appendFileSync, existsSync, rmSync } from 'node:fs';
import { tryLock } from '../lib/file-lock.ts';
import { examineFile } from './files.ts';
import type { OpenEntry } from './line.ts';
import { examineProcess } from './processes.ts';
import type { Examine, Remnant } from './remnant.ts';
import { type JournaledRun, readJournals } from './runs.ts';

export interface CollectOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Only tells what would be done. */
  readonly dryRun: boolean;
  /** Also what `-on-error=abort` has left on purpose. */
  readonly kept: boolean;
  /** What the user was told to be left alone for doubts is not told again. */
  readonly forget: boolean;
  /** Looks for the machines of a run, among which nobody else's may be. `newer`: runs that began later. */
  readonly machines: (run: JournaledRun, newer: readonly JournaledRun[]) => Examine;
}

/** What came of one thing. */
export interface Finding {
  readonly what: string;
  readonly verb: Remnant['verb'];
  /** `left`: in doubt, or because it could not be done. */
  readonly outcome: 'done' | 'would-do' | 'left';
  /** For `left`: why, in a full sentence. */
  readonly reason?: string;
  readonly byHand: string;
}

/** What came of one dead run, or what is left alone of another. */
export interface CollectedRun {
  readonly state: JournaledRun['state'];
  readonly pid: number;
  readonly host: string;
  /** Paths of its templates. */
  readonly purpose: string;
  /** ISO 8601. */
  readonly began: string;
  readonly findings: readonly Finding[];
}

export interface Collection {
  readonly runs: readonly CollectedRun[];
  readonly problems: readonly string[];
}

/**
 * Finishes what runs that were killed have left: ends their machines, then their processes, then removes their files. Only what is
 * proven to be theirs is touched, and nothing of a run that lives.
 */
export async function collect(options: CollectOptions): Promise<Collection> {
  const { runs, problems: unreadable, stillborn } = await readJournals(options.env);
  const problems = [...unreadable];
  /** What is wrong with the files of one journal keeps nobody from looking at the others, or from building. */
  const handling = async (path: string, action: () => void | Promise<void>) => {
    try {
      await action();
    } catch (error) {
      problems.push(`The journal ${path} cannot be dealt with: ${sentence(error)}`);
    }
  };
  if (!options.dryRun) {
    for (const path of stillborn) await handling(path, () => rmSync(path, { force: true }));
  }
  const collected: CollectedRun[] = [];
  for (const [index, run] of runs.entries()) {
    const isWanted = run.state === 'dead' || (run.state === 'kept' && options.kept);
    await handling(run.path, async () => {
      const findings = isWanted ? await finish(run, runs.slice(index + 1), options) : [];
      if (findings !== undefined) collected.push(resultOf(run, findings));
    });
  }
  return { runs: collected, problems };
}

function resultOf({ state, story: { run } }: JournaledRun, findings: readonly Finding[]): CollectedRun {
  const { owner, purpose, began } = run;
  return { state, pid: owner.pid, host: owner.host, purpose, began, findings };
}

/** Undefined when another process is at it, or was before us. */
async function finish(
  run: JournaledRun,
  newer: readonly JournaledRun[],
  options: CollectOptions,
): Promise<readonly Finding[] | undefined> {
  if (options.dryRun) return work(run, newer, options);
  const lock = await tryLock(`${run.path}.lock`, '');
  if (!lock.taken) return undefined;
  try {
    return existsSync(run.path) ? await work(run, newer, options) : undefined;
  } finally {
    await lock.release();
  }
}

async function work(
  run: JournaledRun,
  newer: readonly JournaledRun[],
  options: CollectOptions,
): Promise<readonly Finding[]> {
  const machines = options.machines(run, newer);
  const phases: readonly Examine[] = [
    (entry, story) => (entry.thing.kind === 'machine' ? machines(entry, story) : Promise.resolve([])),
    (entry) => examineProcess(entry, `${run.name}.${entry.number}`),
    // The latest first: a file goes before the folder in which it was made.
    examineFile,
  ];
  const findings: Judged[] = [];
  const doubtful = new Set<OpenEntry>();
  const undone = new Set<OpenEntry>();
  for (const examine of phases) {
    const mayBeInUse = findings.find(({ outcome }) => outcome === 'left');
    for (const entry of [...run.story.open].reverse()) {
      const found = await examineEntry(examine, entry, run, options.dryRun, mayBeInUse);
      findings.push(...found);
      for (const { outcome, isDoubt } of found) {
        if (outcome === 'left') (isDoubt ? doubtful : undone).add(entry);
      }
    }
  }
  // What waits for a thing in doubt would no longer wait if that were forgotten.
  const isForgotten = options.forget && undone.size === 0;
  if (!options.dryRun) strike(run, isForgotten ? undone : new Set([...doubtful, ...undone]));
  return findings.map(({ isDoubt: _, ...finding }) => finding);
}

type Judged = Finding & { readonly isDoubt: boolean };

async function examineEntry(
  examine: Examine,
  entry: OpenEntry,
  run: JournaledRun,
  dryRun: boolean,
  mayBeInUse: Finding | undefined,
): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  let remnants: readonly Remnant[];
  try {
    remnants = await examine(entry, run.story);
  } catch (error) {
    const { kind } = entry.thing;
    const what = 'path' in entry.thing ? entry.thing.path : `a ${kind} of this run`;
    const reason = `It cannot be looked at: ${sentence(error)}`;
    return [{ what, verb: 'remove', outcome: 'left', reason, byHand: '', isDoubt: false }];
  }
  for (const remnant of remnants) judged.push(await deal(remnant, dryRun, mayBeInUse));
  return judged;
}

async function deal(remnant: Remnant, dryRun: boolean, mayBeInUse: Finding | undefined): Promise<Judged> {
  const { what, verb, byHand, doubt } = remnant;
  const finding = { what, verb, byHand, isDoubt: doubt !== undefined };
  const left = (reason: string): Judged => ({ ...finding, outcome: 'left', reason });
  if (doubt !== undefined) return left(doubt);
  if (mayBeInUse !== undefined && verb === 'remove') {
    return left(`It may be in use as long as ${mayBeInUse.what} is there.`);
  }
  if (dryRun) return { ...finding, outcome: 'would-do' };
  try {
    await remnant.remove();
    return { ...finding, outcome: 'done' };
  } catch (error) {
    return left(sentence(error));
  }
}

/** Forgets what is done; a journal in which nothing is open goes. */
function strike(run: JournaledRun, remaining: ReadonlySet<OpenEntry>): void {
  if (remaining.size === 0) {
    rmSync(run.path, { force: true });
    return;
  }
  const done = run.story.open.filter((entry) => !remaining.has(entry));
  const lines = done.map(({ number }) => `${JSON.stringify({ entry: number, state: 'gone' })}\n`);
  // The first line end closes one that was torn.
  if (lines.length > 0) appendFileSync(run.path, `\n${lines.join('')}`);
}

function sentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const full = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(full) ? full : `${full}.`;
}
