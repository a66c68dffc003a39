import type { Expression } from '../hcl/ast.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { DecodedBlock } from './decode.ts';
import { namedValue } from './evidence.ts';
import type { Names } from './names.ts';
import { literalText } from './places.ts';
import { warning } from './problems.ts';

const REFERENCE = /^(?:\$|\{\{ *)?((?:var|local)\.[\w-]+)(?: *\}\})?$/;

/** Texts that are nothing but the name of a variable or a local value: whoever writes them means its value. */
export function quotedReferences({ given }: DecodedBlock, names: Names): Diagnostic[] {
  return [...given.values()].flatMap(({ attribute }) =>
    textsOf(attribute.expression).flatMap((part) => {
      const text = literalText(part) ?? '';
      const name = REFERENCE.exec(text)?.[1];
      if (name === undefined || !namedValue(name, names)) return [];
      const detail = `"${text}" is a text and stays as it is. For the value of ${name} write it without quotation marks; inside of a longer text it is "\${${name}}".`;
      return [warning('reference-quoted', detail, part.range)];
    }),
  );
}

/** The texts that are written out as a value, or as an element of one. */
function textsOf(expression: Expression): Expression[] {
  switch (expression.kind) {
    case 'Template':
      return [expression];
    case 'Parentheses':
      return textsOf(expression.expression);
    case 'Tuple':
      return expression.elements.flatMap(textsOf);
    case 'Object':
      return expression.items.flatMap(({ value }) => textsOf(value));
    default:
      return [];
  }
}
