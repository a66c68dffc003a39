/*
 * What a run makes outside of itself: machines, processes, files. Whoever makes such a thing says so here before it exists, when it
 * does, and when it is gone. A run that keeps a journal (src/journal) has what is said written down, so that it can be finished
 * after the run was killed; elsewhere nothing happens. There is one recorder because a process has one journal.
 */

import type { JointName } from './joint-names.ts';

/** A thing that outlives the run unless it is ended or removed. Paths are absolute. */
export type Belonging =
  /** A child process. `program`: the program alone, since arguments may hold what nobody else should read. */
  | { readonly kind: 'process'; readonly program: string; readonly ownGroup: boolean }
  /** A file. Its name must hold something that nobody could guess, unless `exists` is called after its creation. */
  | { readonly kind: 'file'; readonly path: string; readonly what: string }
  /** A folder that goes with all that is in it. The same holds for its name. */
  | { readonly kind: 'folder'; readonly path: string; readonly what: string }
  /** Folders from `first` down to `path` that are removed when they are empty. */
  | { readonly kind: 'empty-folders'; readonly path: string; readonly first: string; readonly what: string }
  /** The final name of one of several files: see joint-names.ts. `path`: the name. */
  | ({ readonly kind: 'joint-name'; readonly what: string } & JointName)
  /** A lock file of file-lock.ts, and the file from which it is made. */
  | { readonly kind: 'lock'; readonly path: string; readonly draft: string }
  /** A virtual machine of vmd(8). `program`: path of vmctl(8). */
  | { readonly kind: 'machine'; readonly name: string; readonly program: string };

/** What tells the thing from others like it, once it exists. */
export interface Traces {
  /** Of a process, or of the process that runs a machine. */
  readonly pid?: number;
  /** See process/identity.ts. */
  readonly started?: string;
  /** vmd's number of a machine. */
  readonly id?: number;
  readonly owner?: string;
}

/** One thing in the record. What is written is written when a call returns; the promise also waits for the disk. */
export interface Entry {
  /** A word for the environment of a process, VMM_HCL_ENTRY, by which it is known even when it was never said to exist. */
  readonly mark?: string;
  /** The thing exists. May be called again when its traces have changed. */
  exists(traces?: Traces): Promise<void>;
  /** The thing is gone, was never made, or has become something that stays. */
  gone(): Promise<void>;
}

export interface Recorder {
  intend(belonging: Belonging): Promise<Entry>;
}

let recorder: Recorder | undefined;

/** From now on, everything is told to `next`; undefined: to nobody. */
export function recordTo(next: Recorder | undefined): void {
  recorder = next;
}

const NOT_RECORDED: Entry = { exists: () => Promise.resolve(), gone: () => Promise.resolve() };

/** Says that a thing is about to be made. Resolves when it may be: never rejects, since no build is lost for want of a record. */
export function intend(belonging: Belonging): Promise<Entry> {
  return recorder?.intend(belonging) ?? Promise.resolve(NOT_RECORDED);
}
