import type { Expression, ObjectItem, TemplateLiteral } from '../ast.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { parseExpressionText, parseTemplateText } from '../syntax/parse.ts';
import { EmbeddedText, type SourceText } from '../syntax/source-text.ts';
import type { JsonNode, JsonObject, JsonString } from './node.ts';
import { JSON_PROBLEMS } from './problems.ts';

/** What strings are: templates, or just their text (in variable files). */
export type StringMode = 'template' | 'literal';

/** The strings that expressions have been made of, for `staticExpression`. */
const originals = new WeakMap<Expression, { readonly source: SourceText; readonly string: JsonString }>();

/**
 * Makes expressions of the native syntax tree of JSON values, so that one evaluator serves both syntaxes. Strings and
 * the names of properties are templates; their diagnostics have the right places in the JSON text.
 */
export class JsonExpressions {
  readonly diagnostics: Diagnostic[] = [];
  private readonly source: SourceText;
  private readonly mode: StringMode;

  constructor(source: SourceText, mode: StringMode) {
    this.source = source;
    this.mode = mode;
  }

  expression(node: JsonNode): Expression {
    const { range } = node;
    switch (node.kind) {
      case 'string':
        return this.string(node);
      case 'number':
        return this.number(node.text, node);
      case 'bool':
        return { kind: 'BoolLiteral', value: node.value, range };
      case 'null':
        return { kind: 'NullLiteral', range };
      case 'array':
        return {
          kind: 'Tuple',
          elements: node.elements.map((element) => this.expression(element)),
          range,
          openRange: node.openRange,
        };
      case 'object':
        return { kind: 'Object', items: this.items(node), range, openRange: node.openRange };
      case 'invalid':
        return { kind: 'InvalidExpression', range };
    }
  }

  private number(text: string, { range }: JsonNode): Expression {
    if (!text.startsWith('-')) return { kind: 'NumberLiteral', text, range };
    const operand: Expression = { kind: 'NumberLiteral', text: text.slice(1), range };
    return { kind: 'UnaryOperation', operator: '-', operand, range, operatorRange: range };
  }

  private string(node: JsonString): Expression {
    const expression = this.mode === 'literal' ? literal(node) : this.template(node);
    originals.set(expression, { source: this.source, string: node });
    return expression;
  }

  private template(node: JsonString): Expression {
    if (!/[$%]\{/.test(node.value)) return literal(node);
    const text = new EmbeddedText(this.source, node.value, node.offsetOf);
    const { expression, diagnostics } = parseTemplateText(text);
    for (const diagnostic of diagnostics) this.diagnostics.push(diagnostic);
    return expression;
  }

  /** Two properties of one name are an error here, though not where they are blocks. */
  private items(object: JsonObject): ObjectItem[] {
    const seen = new Map<string, JsonString>();
    const items: ObjectItem[] = [];
    for (const { name, value } of object.properties) {
      const first = seen.get(name.value);
      const item = this.item(name, value);
      if (first === undefined) {
        seen.set(name.value, name);
        items.push(item);
        continue;
      }
      const { filename, start } = first.range;
      this.diagnostics.push({
        severity: 'error',
        code: 'json-duplicate-key',
        summary: JSON_PROBLEMS['json-duplicate-key'],
        detail: `The name ${JSON.stringify(name.value)} is used at ${filename}:${start.line}:${start.column} already.`,
        subject: name.range,
      });
    }
    return items;
  }

  private item(name: JsonString, value: JsonNode): ObjectItem {
    const expression = this.string(name);
    return {
      kind: 'ObjectItem',
      key: {
        kind: 'ObjectKey',
        expression,
        forceNonLiteral: true,
        literalName: undefined,
        range: name.range,
      },
      value: this.expression(value),
      range: this.source.between(name.range, value.range),
    };
  }
}

function literal({ value, range }: JsonString): Expression {
  const part: TemplateLiteral = { kind: 'TemplateLiteral', value, range };
  return { kind: 'Template', form: 'bare', parts: [part], range };
}

/**
 * Where the dialect wants an expression that is not evaluated, such as a type or the name of an iterator, JSON has a
 * string with the expression in the native syntax. Gives that expression, or undefined if the string is none; any other
 * expression is returned as it is.
 */
export function staticExpression(expression: Expression): Expression | undefined {
  const original = originals.get(expression);
  if (original === undefined) return expression;
  const { source, string } = original;
  const parsed = parseExpressionText(new EmbeddedText(source, string.value, string.offsetOf));
  return parsed.diagnostics.length > 0 ? undefined : parsed.expression;
}
