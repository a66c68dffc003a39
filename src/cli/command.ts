import type { Arguments } from './arguments.ts';
import type { Io } from './io.ts';

/**
 * One command of the program. The parser, `help`, vmm-hcl(1) and the shell completions are all made from these
 * declarations (`commands.ts`), so that none of them can tell a different story.
 */
export interface Command {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  /** Paragraphs of full sentences. */
  readonly description: readonly string[];
  readonly operand?: Operand;
  readonly flags: readonly Flag[];
  /** What the exit statuses mean, beyond "0: success, 1: anything else". */
  readonly exit: readonly ExitStatus[];
  readonly examples: readonly string[];
  /** Imports the implementation: only the command that runs is loaded. */
  load(): Promise<Run>;
}

/** Runs a command and resolves with its exit status. Throws only for bugs. */
export type Run = (args: Arguments, io: Io) => Promise<number>;

export interface Operand {
  readonly name: string;
  /** How many are allowed. */
  readonly min: 0 | 1;
  readonly max: 1 | 'any';
  /** What the shell completes. */
  readonly completes: 'template' | 'command' | 'shell' | 'file' | 'block' | 'build';
  /** Stands in the message when one is missing. */
  readonly help: string;
}

export interface ExitStatus {
  readonly status: number;
  readonly meaning: string;
}

export interface Flag {
  readonly name: string;
  /**
   * `switch`: `-f` or `-f=false`. `text`, `number` and `choice`: one value, the last one given counts.
   * `list`: may be repeated. `names`: may be repeated, and each value is split at commas.
   */
  readonly kind: 'switch' | 'text' | 'number' | 'choice' | 'list' | 'names';
  /** What stands for the value in help texts, such as `KEY=VALUE`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** Text of the value that holds when the flag is not given; for a switch "true" or "false". */
  readonly default?: string;
  /** What the shell completes for the value. */
  readonly completes?: 'file' | 'directory';
  readonly help: string;
  /** Set for flags that Packer has and that have nothing to do here: the reason, printed when one is used. */
  readonly noEffect?: string;
}
