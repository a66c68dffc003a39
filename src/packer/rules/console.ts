import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { compileLinePattern } from '../../lib/line-pattern.ts';
import { at, known } from './context.ts';
import type { RuleContext } from './context.ts';

const SYNTAX = 'The syntax is RE2, that of the function regex, without the slashes around it.';

/** The patterns for lines of the console: each must be one, and a fatal one must leave lines that are not. */
export function checkConsolePatterns(context: RuleContext): Diagnostic[] {
  return ['console_fatal_patterns', 'console_ignore_patterns'].flatMap((name) => {
    const patterns = known(context, name);
    if (!Array.isArray(patterns)) return [];
    return patterns.flatMap((pattern, index) => {
      const fault = typeof pattern === 'string' ? faultOf(name, pattern) : undefined;
      if (fault === undefined) return [];
      const isSensitive = context.block.given.get(name)?.sensitive === true;
      const subject = isSensitive ? 'a sensitive value' : `"${String(pattern)}"`;
      // The reason quotes the pattern.
      const why = isSensitive ? fault.kind : `${fault.kind}${fault.reason}`;
      const range = context.block.rangeOf(name, String(index));
      return [
        at(context, name, 'pattern-invalid', `${name} holds ${subject}, which ${why}. ${fault.fix}`, {
          range,
        }),
      ];
    });
  });
}

interface Fault {
  readonly kind: string;
  readonly reason: string;
  readonly fix: string;
}

function faultOf(name: string, pattern: string): Fault | undefined {
  try {
    const { test } = compileLinePattern(pattern);
    if (name !== 'console_fatal_patterns' || !test('')) return undefined;
    return {
      kind: 'also matches an empty line: every build would end at once',
      reason: '',
      fix: 'Write what only a guest that will not go on prints, such as "^install\\\\.site failed".',
    };
  } catch (error) {
    return { kind: 'is no pattern', reason: `: ${(error as Error).message}`, fix: SYNTAX };
  }
}
