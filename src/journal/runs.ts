import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateOf } from '../lib/process/owner.ts';
import { DRAFT_SUFFIX, journalDirectory, SUFFIX } from './journal.ts';
import { readStory, type Story } from './line.ts';
import { distrustOf } from './trust.ts';

/** A run that has a journal. */
export interface JournaledRun {
  /** Of its journal. */
  readonly path: string;
  /** See `Entry.mark`: what stands before the point. */
  readonly name: string;
  readonly story: Story;
  /** `elsewhere`: on another machine or in another container, with the same home directory. `kept`: dead, and its work was left on purpose. */
  readonly state: 'alive' | 'dead' | 'elsewhere' | 'kept';
}

export interface Journals {
  readonly runs: readonly JournaledRun[];
  /** What cannot be read or believed, in full sentences. */
  readonly problems: readonly string[];
  /** Paths of journals whose run was killed before it had written the first line. */
  readonly stillborn: readonly string[];
}

/** Milliseconds that the first line of a journal may take, by far. */
const FIRST_LINE = 3_600_000;

/** Reads the journals of this user, the oldest first. */
export async function readJournals(env?: Readonly<Record<string, string | undefined>>): Promise<Journals> {
  const folder = journalDirectory(env);
  const problems: string[] = [];
  const runs: JournaledRun[] = [];
  const stillborn: string[] = [];
  for (const name of namesIn(folder, problems)) {
    const path = join(folder, name);
    if (name.endsWith(SUFFIX + DRAFT_SUFFIX)) {
      if (isOld(path)) stillborn.push(path);
      continue;
    }
    if (!name.endsWith(SUFFIX)) continue;
    const story = storyAt(path);
    if (story === undefined) continue;
    if ('problem' in story) problems.push(`The journal ${path} is left alone: ${story.problem}.`);
    else
      runs.push({
        path,
        name: name.slice(name.indexOf('-') + 1, -SUFFIX.length),
        story,
        state: await stateIn(story),
      });
  }
  runs.sort((a, b) => (a.story.run.began < b.story.run.began ? -1 : 1));
  return { runs, problems, stillborn };
}

function namesIn(folder: string, problems: string[]): string[] {
  try {
    const distrust = distrustOf(lstatSync(folder), 'directory');
    if (distrust === undefined) return readdirSync(folder);
    problems.push(`The journals in ${folder} are left alone: it ${distrust}.`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') problems.push(`The journals cannot be read: ${message}.`);
  }
  return [];
}

/** Undefined when the run has ended in the meantime. */
function storyAt(path: string): Story | { readonly problem: string } | undefined {
  try {
    const distrust = distrustOf(lstatSync(path), 'file');
    if (distrust !== undefined) return { problem: `it ${distrust}` };
    return readStory(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : { problem: `it cannot be read (${message})` };
  }
}

async function stateIn({ run, kept }: Story): Promise<JournaledRun['state']> {
  const state = await stateOf(run.owner);
  return state === 'dead' && kept ? 'kept' : state;
}

function isOld(path: string): boolean {
  const info = lstatSync(path, { throwIfNoEntry: false });
  return info !== undefined && Date.now() - info.mtimeMs > FIRST_LINE;
}
