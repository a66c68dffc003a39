import { shellCommand } from './shell-words.ts';

/** The one error of programs that we run. The message names the program, how it ended, and the last thing it said. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly program: string;
  /** The command line, quoted so that it can be pasted into a shell. */
  readonly commandLine: string;
  readonly exitCode?: number;
  /** Name of the signal that ended the program. */
  readonly signal?: string;
  /** It took longer than it may, and was stopped for that. */
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;

  /** `reason` continues a sentence that starts with the program's name, such as "failed with exit status 1". */
  constructor(
    argv: readonly string[],
    reason: string,
    result: {
      readonly exitCode?: number;
      readonly signal?: string;
      readonly timedOut?: boolean;
      readonly stdout?: string;
      readonly stderr?: string;
    } = {},
    options?: ErrorOptions,
  ) {
    const commandLine = shellCommand(argv);
    const said = lastLines(result.stderr ?? '', 5);
    super(
      `${argv[0] ?? ''} ${reason}${said === '' ? '' : `: ${said}`}\nThe command was: ${commandLine}`,
      options,
    );
    this.program = argv[0] ?? '';
    this.commandLine = commandLine;
    this.exitCode = result.exitCode;
    this.signal = result.signal;
    this.timedOut = result.timedOut ?? false;
    this.stdout = result.stdout ?? '';
    this.stderr = result.stderr ?? '';
  }
}

/** The last `count` lines of `text` that are not empty, each without spaces at its end. */
export function lastLines(text: string, count: number): string {
  const lines = text.split(/\r\n|[\r\n]/).map((line) => line.trimEnd());
  return lines
    .filter((line) => line !== '')
    .slice(-count)
    .join('\n');
}
