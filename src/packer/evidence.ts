import type { Expression, ScopeTraversal } from '../hcl/ast.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { variablesOf } from '../hcl/eval/variables.ts';
import { isSensitive } from '../hcl/value/marks.ts';
import type { NamedValue, Names } from './names.ts';

type Evidence = NonNullable<Diagnostic['values']>;

/**
 * The variables and locals that an expression is made of, with their values and where each came from; after a local also
 * what that one is made of, so that a value can be followed to the file or flag that gave it.
 */
export function evidenceFor(expression: Expression, names: Names): Evidence {
  const found = new Map<string, Evidence[number]>();
  const add = (part: Expression, deeper: boolean): void => {
    for (const traversal of variablesOf(part)) {
      const name = memberName(traversal);
      const named = name === undefined ? undefined : namedValue(name, names);
      if (name === undefined || !named || found.has(name)) continue;
      found.set(name, { name, value: named.value, origin: originOfValue(named) });
      if (deeper && named.expression) add(named.expression, false);
    }
  };
  add(expression, true);
  return [...found.values()];
}

/** The value of `var.NAME` or `local.NAME`; what follows the name does not matter. */
export function namedValue(text: string, names: Names): NamedValue | undefined {
  const [root, member = ''] = text.split(/[.[]/);
  if (root === 'var') return names.variables.get(member);
  return root === 'local' ? names.locals.get(member) : undefined;
}

/** Where a value came from, in words that follow "from". Of a sensitive one nothing is told. */
export function originOfValue({ value, origin, range, expression }: NamedValue): string | undefined {
  if (isSensitive(value)) return undefined;
  if (origin === '-var') return '-var on the command line';
  if (origin?.startsWith('PKR_VAR_')) return `${origin} in the environment`;
  if (origin !== undefined || !range) return origin;
  const place = `${range.filename}:${range.start.line}`;
  return expression ? place : `its default at ${place}`;
}

function memberName({ rootName, steps }: ScopeTraversal): string | undefined {
  const [step] = steps;
  if (step?.kind === 'AttributeStep') return `${rootName}.${step.name}`;
  return step?.keyType === 'string' ? `${rootName}.${step.key}` : undefined;
}
