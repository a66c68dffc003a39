import type { Expression } from '../hcl/ast.ts';
import { graphemeCount } from '../hcl/graphemes.ts';
import type { Pos, Range } from '../hcl/source.ts';
import type { Origin } from '../plan/build-plan.ts';

/** The texts of the files, by name: to find the exact place inside a string. */
export type SourceTexts = ReadonlyMap<string, string>;

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

/** Where the key of an entry of a map that is written out stands; otherwise the expression. */
export function keyRange(expression: Expression, key: string): Range {
  if (expression.kind === 'Parentheses') return keyRange(expression.expression, key);
  if (expression.kind !== 'Object') return expression.range;
  const item = expression.items.find((one) => literalKey(one.key.expression, one.key.literalName) === key);
  return item ? item.key.range : expression.range;
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
  const literal = expression.kind === 'Template' ? expression.parts[0] : undefined;
  const file = sources.get(expression.range.filename);
  if (text === undefined || !literal || file === undefined) return expression.range;
  const { range } = literal;
  const written = file.slice(range.start.offset, range.end.offset);
  const end = offset + length;
  if (!written.startsWith(text.slice(0, end))) return expression.range;
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
