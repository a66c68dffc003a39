import type { LinePattern } from '../../lib/line-pattern.ts';
import { compileLinePattern } from '../../lib/line-pattern.ts';
import type { VmmConfig } from '../../plan/vmm-config.ts';
import { BootLoop } from './boot-loop.ts';
import { fatalText } from './fatal-text.ts';

/** What ends a build: a message that names the line, and what to do. */
export interface DeadEnd {
  readonly message: string;
  readonly hint: string;
}

/** Watches the lines of one boot for the end of the guest. */
export class ConsoleWatch {
  readonly #fatal: readonly LinePattern[];
  readonly #ignore: readonly LinePattern[];
  #bootLoop = new BootLoop();
  #deadEnd: DeadEnd | undefined;
  /** The dead end is that of a line that may go on. */
  #hasGrowing = false;

  /** @throws Error for a pattern that is none */
  constructor({
    console_fatal_patterns: fatal = [],
    console_ignore_patterns: ignore = [],
  }: Pick<VmmConfig, 'console_fatal_patterns' | 'console_ignore_patterns'> = {}) {
    this.#fatal = fatal.map(compileLinePattern);
    this.#ignore = ignore.map(compileLinePattern);
  }

  /** What the guest has come to; undefined while it may go on. The first dead end stays. */
  get deadEnd(): DeadEnd | undefined {
    return this.#deadEnd;
  }

  /**
   * Takes the next line. An unfinished one is looked at too, because a prompt never gets its end; what it says holds until the
   * line has grown.
   * @param isWhole the line is complete; each is to be shown once, since some are counted
   */
  look(line: string, isWhole: boolean): void {
    if (this.#deadEnd !== undefined && !this.#hasGrowing) return;
    this.#deadEnd = this.#judge(line, isWhole);
    this.#hasGrowing = this.#deadEnd !== undefined && !isWhole;
  }

  /** Somebody has helped the guest on. */
  forget(): void {
    this.#deadEnd = undefined;
    this.#hasGrowing = false;
    this.#bootLoop = new BootLoop();
  }

  #judge(line: string, isWhole: boolean): DeadEnd | undefined {
    if (this.#ignore.some((pattern) => pattern.test(line))) return undefined;
    const own = this.#fatal.find((pattern) => pattern.test(line));
    if (own !== undefined) {
      return {
        message: `The console shows a line that ends the build, by the pattern "${own.source}" of console_fatal_patterns: "${line.trim()}".`,
        hint: 'The console log has the lines before it. If a healthy guest prints this line, narrow the pattern.',
      };
    }
    const loop = isWhole ? this.#bootLoop.look(line) : undefined;
    const found = loop ?? fatalText(line);
    return (
      found && {
        message: `${found.meaning}: "${line.trim()}".`,
        hint: `${found.hint} A line that is harmless in this guest can be named in console_ignore_patterns.`,
      }
    );
  }
}
