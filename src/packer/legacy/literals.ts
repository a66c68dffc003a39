import type { Expression } from '../../hcl/ast.ts';
import type { ContentAttribute } from '../../hcl/schema.ts';
import type { Range } from '../../hcl/source.ts';
import type { Json } from '../../plan/json.ts';
import { literalText } from '../places.ts';

/** The plain data that an expression made of JSON stands for; undefined for what could not be parsed. */
export function jsonOf(expression: Expression): Json | undefined {
  switch (expression.kind) {
    case 'Template':
      return literalText(expression);
    case 'NumberLiteral':
      return Number(expression.text);
    case 'UnaryOperation': {
      const operand = jsonOf(expression.operand);
      return typeof operand === 'number' ? -operand : undefined;
    }
    case 'BoolLiteral':
      return expression.value;
    case 'NullLiteral':
      return null;
    case 'Tuple':
      return expression.elements.map((element) => jsonOf(element) ?? null);
    case 'Object':
      return Object.fromEntries(
        membersOf(expression).map((member) => [member.name, jsonOf(member.expression) ?? null]),
      );
    default:
      return undefined;
  }
}

/** The members of a JSON object; none of anything else. */
export function membersOf(expression: Expression): ContentAttribute[] {
  if (expression.kind !== 'Object') return [];
  return expression.items.map(({ key, value, range }) => ({
    name: literalText(key.expression) ?? '',
    nameRange: key.range,
    expression: value,
    range,
  }));
}

/** A text of a JSON value, and where it stands. */
export interface Leaf {
  readonly text: string;
  readonly range: Range;
}

/** Every text in a JSON value, names of members included. */
export function leavesOf(expression: Expression): Leaf[] {
  const text = literalText(expression);
  if (text !== undefined) return [{ text, range: expression.range }];
  if (expression.kind === 'Tuple') return expression.elements.flatMap(leavesOf);
  if (expression.kind !== 'Object') return [];
  return expression.items.flatMap(({ key, value }) => [...leavesOf(key.expression), ...leavesOf(value)]);
}

/** Where a message about a whole value points: at its opening bracket, not at all of its lines. */
export function startRangeOf(expression: Expression): Range {
  const isNested = expression.kind === 'Tuple' || expression.kind === 'Object';
  return isNested ? expression.openRange : expression.range;
}
