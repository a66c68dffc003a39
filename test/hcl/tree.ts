import type { Body, Node } from '../../src/hcl/ast.ts';
import { forEachChild } from '../../src/hcl/ast.ts';
import type { Diagnostic } from '../../src/hcl/diagnostic.ts';
import type { Range } from '../../src/hcl/source.ts';

/** A tree on one line, for tests: `(BinaryOperation + 1 (Index a b))`. Literals and names stand for themselves. */
export function show(node: Node): string {
  const children: string[] = [];
  forEachChild(node, (child) => children.push(show(child)));
  const words = (...own: (string | false | undefined)[]): string =>
    `(${[node.kind, ...own.filter((word) => word !== undefined && word !== false), ...children].join(' ')})`;
  switch (node.kind) {
    case 'NumberLiteral':
      return node.text;
    case 'BoolLiteral':
      return String(node.value);
    case 'NullLiteral':
      return 'null';
    case 'TemplateLiteral':
      return JSON.stringify(node.value);
    case 'Template':
      // A string without sequences is put in parentheses only.
      return node.form === 'quoted' && node.parts.length === 1 && node.parts[0]?.kind === 'TemplateLiteral'
        ? `(${children[0]})`
        : words(node.form);
    case 'ScopeTraversal':
      return node.rootName + children.join('');
    case 'RelativeTraversal':
      return `(RelativeTraversal ${children[0]} ${children.slice(1).join('')})`;
    case 'AttributeStep':
      return `.${node.name}`;
    case 'IndexStep':
      return `[${node.keyType === 'string' ? JSON.stringify(node.key) : node.key}]`;
    case 'SplatItem':
      return '@';
    case 'Splat':
      return words(node.full ? '[*]' : '.*');
    case 'FunctionCall':
      return words(node.name, node.expandFinal && '...');
    case 'UnaryOperation':
    case 'BinaryOperation':
      return words(node.operator);
    case 'ForTuple':
    case 'ForObject':
    case 'TemplateFor':
      return words(node.keyName, node.valueName, node.kind === 'ForObject' && node.group && 'group');
    case 'ObjectKey':
      return node.forceNonLiteral ? words('forced') : (node.literalName ?? words());
    case 'Attribute':
      return words(node.name);
    case 'Block':
      return words(node.type);
    case 'BlockLabel':
      return node.quoted ? JSON.stringify(node.value) : node.value;
    default:
      return words();
  }
}

/** The items of a body, each on its line. */
export function showBody(body: Body): string[] {
  return body.items.map(show);
}

/** `1:2-3:4` */
export function showRange({ start, end }: Range): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}

/** `1:2 Summary` for each diagnostic. */
export function showDiagnostics(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ summary, subject }) => {
    const place = subject ? `${subject.start.line}:${subject.start.column}` : '-';
    return `${place} ${summary}`;
  });
}
