import type { JsonObject } from './json.ts';

/**
 * Something that a build will do, told before it is done: what `vmm-hcl plan` shows. Whoever does the work in the build also
 * describes it, with the same code for command lines and paths. What is only known while the build runs stands there as a
 * placeholder in angle brackets, such as `<http-port>`.
 */
export type Action =
  | CommandAction
  /** A sentence. */
  | { readonly type: 'note'; readonly text: string }
  /** Something that the build checks here, and that is right at this moment. */
  | { readonly type: 'check'; readonly text: string }
  /** Why the build would fail here as things are at this moment, in full sentences. */
  | { readonly type: 'problem'; readonly text: string; readonly hint?: string }
  /** A path of this machine that appears. */
  | {
      readonly type: 'path';
      readonly path: string;
      readonly what: string;
      /** What is written there, where that is worth seeing. */
      readonly content?: string;
      /** Whether it is still there when the build has succeeded. */
      readonly stays: boolean;
    }
  /** A file for the guest that is made from a template. */
  | {
      readonly type: 'generated-file';
      /** Path below the server's root. */
      readonly name: string;
      /** Absolute path of the template. */
      readonly source: string;
      /** Contents of the template, and of the file. */
      readonly before: string;
      readonly after: string;
    }
  /** What a server of ours gives to the guest, or what is read from elsewhere. */
  | { readonly type: 'fetch'; readonly url: string; readonly what: string }
  /** Time that passes in any case. Milliseconds. */
  | { readonly type: 'wait'; readonly milliseconds: number; readonly text: string }
  | {
      readonly type: 'keys';
      readonly keys: readonly KeyAction[];
      /** Milliseconds that typing takes, waits included: an estimate. */
      readonly milliseconds: number;
    }
  | {
      readonly type: 'upload';
      /** Absolute path; absent when `content` is uploaded. */
      readonly from?: string;
      readonly content?: string;
      readonly to: string;
      /** Permission bits in octal, such as "755"; absent: those of the files. */
      readonly mode?: string;
    }
  | { readonly type: 'download'; readonly from: string; readonly to: string }
  /** An evaluated block whose work is not described in more detail. */
  | { readonly type: 'config'; readonly config: JsonObject };

/** A program with its arguments, or a command line of the guest's shell as the only element. */
export interface CommandAction {
  readonly type: 'command';
  readonly where: 'host' | 'guest';
  readonly command: readonly string[];
  /** `often`: at least once; `perhaps`: only in the case that `when` tells. */
  readonly times: 'once' | 'often' | 'perhaps';
  /** When it is run, in a few words, where that is not simply after the one before. */
  readonly when?: string;
}

/** A part of a boot command. */
export type KeyAction =
  /** Plain characters, typed one by one. */
  | { readonly type: 'text'; readonly text: string }
  /** A key, as it is written in a boot command: `<enter>`, `<leftCtrlOn>`. */
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'wait'; readonly milliseconds: number };

/** A command of this machine. */
export function hostCommand(
  command: readonly string[],
  times: CommandAction['times'] = 'once',
  when?: string,
): CommandAction {
  return { type: 'command', where: 'host', command, times, when };
}

/** A command line for the guest's shell. */
export function guestCommand(
  line: string,
  times: CommandAction['times'] = 'once',
  when?: string,
): CommandAction {
  return { type: 'command', where: 'guest', command: [line], times, when };
}
