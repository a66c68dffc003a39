import { KeyEncoder } from './encode.ts';
import type { BootExpression } from './expression.ts';
import { SILENT_INTERVAL, type TypingOptions } from './type-command.ts';

/**
 * Milliseconds that typing takes: the waits in full, and for each key its interval, or without one the time that a guest
 * without an echo is given. With an echo it may be shorter, at a slow firmware twice as long.
 */
export function estimateTyping(
  expressions: readonly BootExpression[],
  { keyInterval = SILENT_INTERVAL, groupInterval = 0 }: Pick<TypingOptions, 'keyInterval' | 'groupInterval'>,
): number {
  const encoder = new KeyEncoder();
  let total = 0;
  for (const [index, expression] of expressions.entries()) {
    if (expression.type === 'wait') {
      total += expression.milliseconds;
      continue;
    }
    // Modifier keys send nothing by themselves.
    if (encoder.encode(expression).length > 0) total += keyInterval;
    const next = expressions[index + 1];
    if (next === undefined || next.type === 'wait') total += groupInterval;
  }
  return total;
}
