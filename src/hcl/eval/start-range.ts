import type { Expression } from '../ast.ts';
import { rangeBetween } from '../source.ts';
import type { Range } from '../source.ts';

/**
 * The stretch that a message about an expression points at where the whole might be long: its first token or operand,
 * its opening bracket, or what makes it what it is. The choice is that of the reference (StartRange of hclsyntax).
 */
export function startRange(expression: Expression): Range {
  switch (expression.kind) {
    case 'Parentheses':
      return startRange(expression.expression);
    case 'BinaryOperation': {
      // A long chain such as a + b + c + … leans to the left, and must not exhaust the stack.
      let first: Expression = expression;
      while (first.kind === 'BinaryOperation') first = first.left;
      return startRange(first);
    }
    case 'UnaryOperation':
      return expression.operatorRange;
    case 'Conditional':
      return startRange(expression.condition);
    case 'Index':
    case 'Tuple':
    case 'Object':
    case 'ForTuple':
    case 'ForObject':
      return expression.openRange;
    case 'Splat':
      return expression.markerRange;
    case 'FunctionCall':
      return rangeBetween(expression.nameRange, expression.openParenRange);
    case 'Template': {
      const [first] = expression.parts;
      // The reference has an empty literal in an empty template, and that is behind it.
      if (first === undefined) return endOf(expression.range);
      if (first.kind === 'TemplateIf') return startRange(first.condition);
      if (first.kind === 'TemplateFor') return first.openRange;
      return first.kind === 'TemplateLiteral' ? first.range : startRange(first);
    }
    default:
      return expression.range;
  }
}

function endOf({ filename, end }: Range): Range {
  return { filename, start: end, end };
}
