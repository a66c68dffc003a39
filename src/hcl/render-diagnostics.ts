import type { Diagnostic } from './diagnostic.ts';
import { displayWidth, printable, wrap } from './render/display.ts';
import { EnclosingBlocks } from './render/enclosing-blocks.ts';
import { excerpt, SourceLines } from './render/excerpt.ts';
import type { Range } from './source.ts';
import { describeValue } from './value/show.ts';

export interface RenderOptions {
  /** The number of cells in a line of the terminal. */
  readonly width: number;
  /** Whether to use ANSI colours. */
  readonly color: boolean;
  /** Whether to use characters beyond ASCII of our own; default yes. Those of the source are shown in any case. */
  readonly unicode?: boolean;
}

/**
 * Diagnostics as text for people, each followed by an empty line:
 *
 *     Error: Unsupported argument
 *       at vm.pkr.hcl:3:3, in source "vmm" "x":
 *       3 │   memroy = "512M"
 *         │   ^^^^^^
 *     There is no argument "memroy" here. Did you mean "memory"?
 *
 * `sources` has the texts of files by the names that ranges have; without its text, only the place is shown. Values are
 * shown but for sensitive ones. Nothing that is shown can control the terminal.
 */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, string>,
  options: RenderOptions,
): string {
  const blocks = new EnclosingBlocks();
  const cut = new Map<string, SourceLines>();
  const linesOf = (filename: string, text: string): SourceLines => {
    const lines = cut.get(filename) ?? new SourceLines(text);
    cut.set(filename, lines);
    return lines;
  };
  return diagnostics
    .map((diagnostic) => renderOne(diagnostic, sources, options, { blocks, linesOf }))
    .join('');
}

/** What is found out about the sources only once. */
interface Sources {
  readonly blocks: EnclosingBlocks;
  readonly linesOf: (filename: string, text: string) => SourceLines;
}

function renderOne(
  diagnostic: Diagnostic,
  sources: ReadonlyMap<string, string>,
  options: RenderOptions,
  { blocks, linesOf }: Sources,
): string {
  const { severity, subject } = diagnostic;
  const isError = severity === 'error';
  const paint =
    (codes: string) =>
    (text: string): string =>
      options.color ? `\u001b[${codes}m${text}\u001b[0m` : text;
  const mark = paint(isError ? '1;31' : '1;33');
  const strong = paint('1');
  const lines = [`${mark(isError ? 'Error:' : 'Warning:')} ${strong(printable(diagnostic.summary))}`];

  if (subject) {
    const text = sources.get(subject.filename);
    const place = `${printable(subject.filename)}:${subject.start.line}:${subject.start.column}`;
    const block = text === undefined ? undefined : blocks.find(subject.filename, text, subject.start.offset);
    const where = block === undefined ? '' : `, in ${printable(block)}`;
    lines.push(`  at ${strong(place)}${where}${text === undefined ? '' : ':'}`);
    if (text !== undefined) {
      const style = { width: options.width, unicode: options.unicode ?? true, dim: paint('2'), mark };
      lines.push(...excerpt(linesOf(subject.filename, text), subject, diagnostic.context, style));
    }
  }
  lines.push(...valueLines(diagnostic, options));
  if (diagnostic.detail !== '') lines.push(wrap(printable(diagnostic.detail), Math.max(20, options.width)));
  return `${lines.join('\n')}\n\n`;
}

/** What the variables of the failing expression are. */
function valueLines({ values = [] }: Diagnostic, options: RenderOptions): string[] {
  return values.map(({ name, value, origin }) => {
    const start = `  ${printable(name)} is `;
    const from = origin === undefined ? '' : `, from ${printable(origin)}`;
    const room = Math.max(20, options.width - displayWidth(start) - displayWidth(from));
    return `${start}${printable(describeValue(value, room))}${from}`;
  });
}

/** A diagnostic as JSON; lines and columns are counted from 1, offsets from 0 in UTF-16 code units. */
export interface JsonDiagnostic {
  readonly severity: string;
  readonly code: string;
  readonly summary: string;
  readonly detail: string;
  readonly range?: Range;
  readonly context?: Range;
  /** The values as texts, in the form of expressions of the language; "(sensitive)" stands for a sensitive one. */
  readonly values?: readonly { readonly name: string; readonly value: string; readonly origin?: string }[];
}

export function diagnosticToJson(diagnostic: Diagnostic): JsonDiagnostic {
  const { severity, code, summary, detail, subject, context, values } = diagnostic;
  return {
    severity,
    code,
    summary,
    detail,
    ...(subject && { range: plainRange(subject) }),
    ...(context && { context: plainRange(context) }),
    ...(values && {
      values: values.map(({ name, value, origin }) => ({
        name,
        value: describeValue(value),
        ...(origin !== undefined && { origin }),
      })),
    }),
  };
}

function plainRange({ filename, start, end }: Range): Range {
  return { filename, start, end };
}
