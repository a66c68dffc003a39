import { forEachChild } from '../ast.ts';
import type { Expression, Node, ScopeTraversal } from '../ast.ts';

/**
 * The variables that an expression reads, in source order, with what is taken from them. Names that the expression
 * itself introduces (with `for`) are not among them, nor are bare names as keys of objects.
 */
export function variablesOf(expression: Expression): readonly ScopeTraversal[] {
  const found: ScopeTraversal[] = [];
  // A stack of its own: deep nesting must not exhaust that of the program.
  const pending: { node: Node; bound: ReadonlySet<string> }[] = [{ node: expression, bound: new Set() }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, bound } = next;
    if (node.kind === 'ScopeTraversal') {
      if (!bound.has(node.rootName)) found.push(node);
      continue;
    }
    if (node.kind === 'ObjectKey' && node.literalName !== undefined && !node.forceNonLiteral) continue;
    const children: { node: Node; bound: ReadonlySet<string> }[] = [];
    const inner = namesOf(node);
    forEachChild(node, (child) => {
      const isInside = inner.length > 0 && child !== (node as { collection?: Node }).collection;
      children.push({ node: child, bound: isInside ? new Set([...bound, ...inner]) : bound });
    });
    // One by one: a call takes only so many arguments, and a collection may have more elements.
    for (const child of children.reverse()) pending.push(child);
  }
  return found;
}

/** The names that a node gives a meaning to in its children, apart from its collection. */
function namesOf(node: Node): readonly string[] {
  if (node.kind !== 'ForTuple' && node.kind !== 'ForObject' && node.kind !== 'TemplateFor') return [];
  return node.keyName === undefined ? [node.valueName] : [node.keyName, node.valueName];
}

/** A traversal as it is written, in a normal form: `var.list[0].name`. */
export function traversalText(traversal: ScopeTraversal): string {
  const steps = traversal.steps.map((step) => {
    if (step.kind === 'AttributeStep') return `.${step.name}`;
    return step.keyType === 'string' ? `[${JSON.stringify(step.key)}]` : `[${step.key}]`;
  });
  return traversal.rootName + steps.join('');
}
