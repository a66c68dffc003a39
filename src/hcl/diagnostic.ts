import type { Range } from './source.ts';
import type { Value } from './value/value.ts';

export type Severity = 'error' | 'warning';

/**
 * One problem, as a value: what (`summary`), why and what to do (`detail`), and where.
 * The fields follow hcl.Diagnostic of HashiCorp's library.
 */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable kebab-case name, documented in docs/diagnostics.md. */
  readonly code: string;
  /** One terse line without a full stop, in HashiCorp's wording where theirs exists. */
  readonly summary: string;
  /** Full sentences: the reason and the remedy. */
  readonly detail: string;
  /** The place of the problem itself. Absent only for problems that no file holds (a command-line flag). */
  readonly subject?: Range;
  /** A wider stretch that helps to understand the subject, such as the whole expression. */
  readonly context?: Range;
  /** Variables of the failing expression with their values, for display; sensitive ones are shown masked. */
  readonly values?: readonly ShownValue[];
}

/** A value that a problem is made of. */
export interface ShownValue {
  readonly name: string;
  readonly value: Value;
  /** Where it came from, in words that follow "from": `-var-file prod.pkrvars.hcl:3`. */
  readonly origin?: string;
}

/** True if one of the diagnostics is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
