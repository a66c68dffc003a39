import type { Diagnostic, Severity } from '../hcl/diagnostic.ts';
import type { Range } from '../hcl/source.ts';
import type { PackerProblem } from './problem-summaries.ts';
import { PACKER_PROBLEMS } from './problem-summaries.ts';
import type { Stretch } from './syntax-mistakes.ts';

export interface ProblemOptions {
  readonly severity?: Severity;
  readonly summary?: string;
  readonly context?: Range;
  readonly values?: Diagnostic['values'];
}

/** A diagnostic of the dialect. Without `subject` it concerns no file: a flag of the command line. */
export function problem(
  code: PackerProblem,
  detail: string,
  subject?: Range,
  options: ProblemOptions = {},
): Diagnostic {
  return {
    severity: options.severity ?? 'error',
    code,
    summary: options.summary ?? PACKER_PROBLEMS[code],
    detail,
    subject,
    context: options.context,
    values: options.values,
  };
}

export function warning(code: PackerProblem, detail: string, subject?: Range): Diagnostic {
  return problem(code, detail, subject, { severity: 'warning' });
}

/** What may only seem to be missing when a part of a file could not be understood. */
const ABSENCES: readonly string[] = [
  'missing-required-argument',
  'ssh-user-missing',
  'ssh-authentication-missing',
  'sources-missing',
  'source-unknown',
  'build-nothing',
  'undefined-variable',
  'undefined-local',
  'undefined-data-source',
  'variable-undeclared',
  'variable-unset',
  'filter-unknown',
];

/** What could not be understood: whole files, or stretches of them. */
export interface Gaps {
  /** Files could not be read or parsed as a whole: what seems to be missing may be in the rest. */
  readonly incomplete: boolean;
  /** By file: where syntax errors are, and what they make of the text behind them. */
  readonly damage: ReadonlyMap<string, readonly Stretch[]>;
}

/** Leaves out what a syntax error explains: one mistake is one problem. */
export function withoutConsequences(
  diagnostics: readonly Diagnostic[],
  { incomplete, damage }: Gaps,
): Diagnostic[] {
  if (!incomplete) return [...diagnostics];
  return diagnostics.filter(({ code, subject }) => {
    if (ABSENCES.includes(code)) return false;
    const stretches = (subject && damage.get(subject.filename)) ?? [];
    const at = subject?.start.offset ?? 0;
    return !stretches.some(({ from, to }) => from <= at && at < to);
  });
}

/**
 * Sorts by file (in the order given, then by name) and place; problems without a place come first. What is reported
 * twice with the same words at the same place, because two builds share it, stays once.
 */
export function sortDiagnostics(
  diagnostics: readonly Diagnostic[],
  files: readonly string[] = [],
): Diagnostic[] {
  const rank = new Map(files.map((name, at) => [name, at]));
  const fileOf = ({ subject }: Diagnostic) => (subject ? (rank.get(subject.filename) ?? rank.size) : -1);
  const key = ({ code, detail, subject }: Diagnostic) =>
    JSON.stringify([code, detail, subject?.filename, subject?.start.offset, subject?.end.offset]);
  const unique = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics)
    if (!unique.has(key(diagnostic))) unique.set(key(diagnostic), diagnostic);
  return [...unique.values()].sort(
    (a, b) =>
      fileOf(a) - fileOf(b) ||
      (a.subject?.filename ?? '').localeCompare(b.subject?.filename ?? '') ||
      (a.subject?.start.offset ?? 0) - (b.subject?.start.offset ?? 0),
  );
}
