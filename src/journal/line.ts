import type { Belonging, Traces } from '../lib/belongings.ts';
import { parseOwner, type ProcessOwner } from '../lib/process/owner.ts';

/*
 * A journal is a file of JSON lines: first the run, then what happens to each thing that it makes. Another process reads it after
 * the run was killed, perhaps in the middle of a line, so what cannot be understood is skipped.
 */

/** Version of the format. A journal of another version is left alone. */
export const FORMAT = 1;

export interface FileTraces {
  /** Number of the file in its file system; a text, since it may need more than 53 bits. */
  readonly inode?: string;
}

export type AllTraces = Traces & FileTraces;

/** The first line. */
export interface RunLine {
  readonly format: number;
  readonly owner: ProcessOwner;
  /** What the run was started for: paths of its templates. */
  readonly purpose: string;
  /** ISO 8601. */
  readonly began: string;
}

export type StateLine =
  | { readonly entry: number; readonly state: 'intended'; readonly time: number; readonly thing: Belonging }
  | { readonly entry: number; readonly state: 'exists'; readonly time: number; readonly traces: AllTraces }
  | { readonly entry: number; readonly state: 'gone' };

/** The last line of a run whose work was left on purpose (`-on-error=abort`). */
export interface KeptLine {
  readonly kept: true;
}

/** A thing of which the run has not said that it is gone. */
export interface OpenEntry {
  readonly number: number;
  readonly thing: Belonging;
  /** Milliseconds since the epoch at which it was about to be made. */
  readonly intended: number;
  /** Undefined: it was never said to exist. */
  readonly traces?: AllTraces;
}

export interface Story {
  readonly run: RunLine;
  readonly kept: boolean;
  /** In the order in which they were intended. */
  readonly open: readonly OpenEntry[];
}

/** Reads a journal. @returns the story, or why there is none */
export function readStory(text: string): Story | { readonly problem: string } {
  const [first, ...rest] = text.split('\n').map(parseLine);
  const run = first === undefined ? undefined : parseRun(first);
  if (run === undefined) return { problem: 'it does not begin with the line of a run' };
  if (run.format !== FORMAT) return { problem: `it has the format ${run.format} of another version` };
  const open = new Map<number, OpenEntry>();
  let kept = false;
  for (const line of rest) {
    if (line === undefined) continue;
    if (line['kept'] === true) kept = true;
    take(open, line);
  }
  return { run, kept, open: [...open.values()] };
}

type Line = Readonly<Record<string, unknown>>;

function parseLine(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}

function parseRun({ format, owner, purpose, began }: Line): RunLine | undefined {
  const process = parseOwner(owner);
  if (typeof format !== 'number' || process === undefined) return undefined;
  return { format, owner: process, purpose: String(purpose ?? ''), began: String(began ?? '') };
}

function take(open: Map<number, OpenEntry>, line: Line): void {
  const { entry: number, state } = line;
  if (typeof number !== 'number') return;
  const known = open.get(number);
  if (state === 'intended') {
    const thing = parseThing(line['thing']);
    if (thing !== undefined) open.set(number, { number, thing, intended: Number(line['time']) });
  } else if (state === 'exists' && known !== undefined) {
    open.set(number, { ...known, traces: parseTraces(line['traces']) });
  } else if (state === 'gone') open.delete(number);
}

/** The texts that each kind of thing has. */
const TEXTS: { readonly [Kind in Belonging['kind']]: readonly string[] } = {
  process: ['program'],
  file: ['path', 'what'],
  folder: ['path', 'what'],
  'empty-folders': ['path', 'first', 'what'],
  'joint-name': ['path', 'partial', 'old', 'first', 'what'],
  lock: ['path', 'draft'],
  machine: ['name', 'program'],
};

function parseThing(value: unknown): Belonging | undefined {
  const thing = value as (Line & { readonly kind?: unknown }) | null;
  if (typeof thing !== 'object' || thing === null) return undefined;
  const { kind } = thing;
  if (typeof kind !== 'string' || !Object.hasOwn(TEXTS, kind)) return undefined;
  const texts = TEXTS[kind as Belonging['kind']];
  if (!texts.every((name) => typeof thing[name] === 'string')) return undefined;
  if (kind === 'process' && typeof thing['ownGroup'] !== 'boolean') return undefined;
  return thing as unknown as Belonging;
}

function parseTraces(value: unknown): AllTraces {
  const traces = (typeof value === 'object' && value !== null ? value : {}) as Line;
  const number = (name: string) => (typeof traces[name] === 'number' ? traces[name] : undefined);
  const text = (name: string) => (typeof traces[name] === 'string' ? traces[name] : undefined);
  return {
    pid: number('pid'),
    id: number('id'),
    started: text('started'),
    owner: text('owner'),
    inode: text('inode'),
  };
}
