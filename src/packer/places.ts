import type { Expression, Template } from '../hcl/ast.ts';
import { graphemeCount } from '../hcl/graphemes.ts';
import type { Pos, Range } from '../hcl/source.ts';
import type { Origin } from '../plan/build-plan.ts';

/** The texts of the files, by name: to find the exact place inside a string. */
export type SourceTexts = ReadonlyMap<string, string>;

/** The range of an expression as a reader sees it: that of a quoted string with its opening quote. */
export function wholeRange(expression: Expression): Range {
  if (expression.kind !== 'Template' || expression.form !== 'quoted') return expression.range;
  const { filename, start, end } = expression.range;
  return { filename, start: { ...start, column: start.column - 1, offset: start.offset - 1 }, end };
}

/**
 * The expression of a part of a value: an element of a list or an entry of a map that is written out, by index or key;
 * otherwise the expression itself.
 */
export function partOf(expression: Expression, path: readonly string[]): Expression {
  const [key, ...rest] = path;
  if (key === undefined) return expression;
  if (expression.kind === 'Parentheses') return partOf(expression.expression, path);
  if (expression.kind === 'Tuple') {
    const element = expression.elements[Number(key)];
    return element ? partOf(element, rest) : expression;
  }
  if (expression.kind === 'Object') {
    const item = expression.items.find((one) => literalKey(one.key.expression, one.key.literalName) === key);
    return item ? partOf(item.value, rest) : expression;
  }
  return expression;
}

function literalKey(expression: Expression, name: string | undefined): string | undefined {
  return name ?? literalText(expression);
}

/** The text of a string that is written out without interpolation. */
export function literalText(expression: Expression): string | undefined {
  if (expression.kind !== 'Template') return undefined;
  if (expression.parts.length === 0) return '';
  const [part] = expression.parts;
  return expression.parts.length === 1 && part?.kind === 'TemplateLiteral' ? part.value : undefined;
}

/**
 * The range of a stretch of the text that a string expression evaluates to. Exact when the string is written out and
 * holds no escape sequences before the end of the stretch; otherwise the whole expression.
 */
export function rangeInText(
  expression: Expression,
  offset: number,
  length: number,
  sources: SourceTexts,
): Range {
  const text = literalText(expression);
  if (text === undefined) return wholeRange(expression);
  const { range } = expression as Template;
  const file = sources.get(range.filename);
  if (file === undefined) return wholeRange(expression);
  const written = file.slice(range.start.offset, range.end.offset);
  const end = offset + length;
  if (!written.startsWith(text.slice(0, end))) return wholeRange(expression);
  return {
    filename: range.filename,
    start: advance(range.start, written.slice(0, offset)),
    end: advance(range.start, written.slice(0, end)),
  };
}

function advance(from: Pos, over: string): Pos {
  const lines = over.split('\n');
  const last = graphemeCount(lines.at(-1) ?? '');
  return {
    line: from.line + lines.length - 1,
    column: lines.length > 1 ? last + 1 : from.column + last,
    offset: from.offset + over.length,
  };
}

/** A place for messages at run time. */
export function originOf(range: Range): Origin {
  return { file: range.filename, line: range.start.line, column: range.start.column };
}
