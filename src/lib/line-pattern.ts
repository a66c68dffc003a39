import { createRequire } from 'node:module';
import type * as Re2 from 're2js';

const require = createRequire(import.meta.url);

/** A pattern for lines of text. */
export interface LinePattern {
  /** As the user wrote it. */
  readonly source: string;
  /** Whether it matches somewhere in the line. */
  test(line: string): boolean;
}

/**
 * Compiles a pattern in RE2's syntax, that of Go's `regexp`. It is for texts of a guest: matching takes time in proportion to the
 * line whatever the pattern is. The library is loaded by the first call, and synchronously, since rules of a template are.
 * @throws Error saying what is wrong with the pattern
 */
export function compileLinePattern(source: string): LinePattern {
  const { RE2JS } = require('re2js') as typeof Re2;
  let compiled: Re2.RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(message.replace(/^error parsing regexp: /, ''), { cause: error });
  }
  return { source, test: (line) => compiled.matcher(line).find() };
}
