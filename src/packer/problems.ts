import type { Diagnostic, Severity } from '../hcl/diagnostic.ts';
import type { Range } from '../hcl/source.ts';
import type { Stretch } from './syntax-mistakes.ts';

/** The problems that the dialect reports, besides those of the language: code and summary (in HashiCorp's wording where theirs exists). */
export const PACKER_PROBLEMS = {
  // Files.
  'template-not-found': 'Template not found',
  'template-missing': 'Could not find any config file',
  'template-unreadable': 'Template cannot be read',
  'template-legacy': 'Invalid legacy JSON template',
  'legacy-key-unknown': 'Unknown key in a legacy JSON template',
  'var-file-not-found': 'Variable file not found',
  'var-file-unreadable': 'Variable file cannot be read',
  'var-file-extension': 'Could not guess format of variable file',
  'var-file-declaration': 'Variable declaration in a variable file',
  // The packer block.
  'packer-version-invalid': 'Invalid version constraint',
  'packer-version-unsupported': 'Unsupported Packer Core version',
  'plugin-requirement-invalid': 'Invalid plugin requirement',
  // Variables.
  'variable-name-invalid': 'Invalid variable name',
  'variable-duplicate': 'Duplicate variable',
  'variable-default-invalid': 'Invalid default value for variable',
  'variable-value-invalid': 'Invalid value for variable',
  'variable-unset': 'Unset variable',
  'variable-undeclared': 'Undeclared variable',
  'variable-template-call': 'Template call in a variable',
  'validation-condition-invalid': 'Invalid variable validation condition',
  'validation-message-invalid': 'Invalid validation error message',
  'validation-failed': 'Invalid value for variable',
  'sensitive-invalid': 'Invalid value for sensitive',
  'literal-required': 'Literal value required',
  // Names that expressions use.
  'undefined-variable': 'Undefined variable',
  'undefined-local': 'Undefined local value',
  'undefined-data-source': 'Undefined data source',
  'undefined-build-value': 'Undefined build value',
  'build-value-unavailable': 'Build value not available here',
  'undefined-reference': 'Undefined reference',
  'bare-word': 'Text without quotes',
  'reference-quoted': 'Reference in quotes',
  // Locals and data sources.
  'local-duplicate': 'Duplicate local definition',
  'local-name-invalid': 'Invalid local name',
  'reference-cycle': 'Cycle between locals and data sources',
  'data-duplicate': 'Duplicate data block',
  'data-unsupported': 'Unsupported data source type',
  'data-failed': 'Data source failed',
  // Sources and builds.
  'source-name-invalid': 'Invalid source name',
  'source-duplicate': 'Duplicate source block',
  'source-unknown': 'Unknown source',
  'source-reference-invalid': 'Invalid source reference',
  'source-not-built': 'Source of another builder',
  'sources-missing': 'Missing sources',
  'build-nothing': 'Nothing to build',
  'image-duplicate': 'Two builds of the same image',
  'provisioner-unreachable': 'Provisioner without a communicator',
  'build-name-duplicate': 'Two builds with the same name',
  'argument-duplicate': 'Duplicate argument',
  'filter-conflict': 'Both only and except',
  'filter-unknown': 'Unknown source in a filter',
  'pattern-invalid': 'Invalid pattern',
  'pattern-unmatched': 'Pattern without a match',
  'error-cleanup-duplicate': 'Duplicate error-cleanup-provisioner',
  'provisioner-unsupported': 'Unsupported provisioner type',
  'post-processor-unsupported': 'Unsupported post-processor type',
  'override-invalid': 'Invalid override',
  // Dynamic blocks.
  'dynamic-invalid': 'Invalid dynamic block',
  'dynamic-for-each-invalid': 'Invalid dynamic for_each value',
  // Attributes of sources, provisioners and post-processors.
  'attribute-unsupported': 'Argument not supported here',
  'attribute-ignored': 'Argument without effect',
  'attribute-deprecated': 'Deprecated argument',
  'attribute-conflict': 'Conflicting arguments',
  'sensitive-visible': 'Sensitive value in plain sight',
  'value-wrong-type': 'Incorrect attribute value type',
  'value-null': 'Null value',
  'value-not-allowed': 'Invalid value',
  'value-out-of-range': 'Value out of range',
  'duration-invalid': 'Invalid duration',
  'size-invalid': 'Invalid size',
  'size-without-unit': 'Size without a unit',
  'file-missing': 'File not found',
  'directory-missing': 'Directory not found',
  'iso-truncated': 'Incomplete ISO image',
  'vm-name-invalid': 'Invalid VM name',
  'vm-name-taken': 'Name of the template as the name of the machine',
  'boot-device-needs-kernel': 'Network boot without a kernel',
  'cd-drives': 'Two CDs',
  'base-image-format': 'Base image needs qcow2',
  'ssh-user-missing': 'Missing SSH user',
  'ssh-authentication-missing': 'No way to log in',
  'ssh-agent-missing': 'No ssh-agent',
  'ssh-key-invalid': 'Unusable private key',
  'ssh-target-unset': 'No address for the bastion or the proxy',
  'communicator-unsupported': 'Unsupported communicator',
  'http-conflict': 'Two ways of serving files',
  'port-range-invalid': 'Invalid port range',
  'template-call-invalid': 'Invalid {{ }} template',
  'template-value-missing': 'Template without a value',
  'boot-key-unknown': 'Unknown key in boot_command',
  'boot-command-invalid': 'Invalid boot_command',
} as const;

export type PackerProblem = keyof typeof PACKER_PROBLEMS;

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
