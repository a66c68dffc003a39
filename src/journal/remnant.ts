import type { OpenEntry, Story } from './line.ts';

/** Something that a run has left. */
export interface Remnant {
  /** Such as "the unfinished image /srv/web.qcow2". */
  readonly what: string;
  /** What is done to it. */
  readonly verb: 'stop' | 'end' | 'remove';
  /** Why it may be somebody else's, in a full sentence. It is left alone then. */
  readonly doubt?: string;
  /** The command with which the user can do it. */
  readonly byHand: string;
  /** Does it. @throws Error with the reason why it could not be done */
  remove(): Promise<void>;
}

/** Looks what is still there of a thing. */
export type Examine = (entry: OpenEntry, story: Story) => Promise<readonly Remnant[]>;
