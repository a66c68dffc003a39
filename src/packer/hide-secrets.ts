import type { Diagnostic } from '../hcl/diagnostic.ts';
import { sensitiveTexts } from './names.ts';
import type { Names } from './names.ts';

/** Shorter texts are in half of all words, and hiding them would hide nothing. */
const SHORTEST = 4;

/**
 * The last guard: whatever a message says about a value, the texts of sensitive ones are not in it. What words a message
 * knows better than a mask.
 */
export function hideSecrets(diagnostics: readonly Diagnostic[], names: Names): Diagnostic[] {
  const secrets = sensitiveTexts(names)
    .flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
    .filter((text) => text.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  if (secrets.length === 0) return [...diagnostics];
  const hide = (text: string) =>
    secrets.reduce((shown, secret) => shown.replaceAll(secret, '<sensitive>'), text);
  return diagnostics.map((one) => ({ ...one, summary: hide(one.summary), detail: hide(one.detail) }));
}
