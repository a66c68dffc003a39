import type { ScopeTraversal } from '../hcl/ast.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { evaluate } from '../hcl/eval/evaluate.ts';
import { traversalText, variablesOf } from '../hcl/eval/variables.ts';
import type { CallContext, FunctionSpec } from '../hcl/functions/spec.ts';
import { objectValue } from '../hcl/value/construct.ts';
import { ConversionError, convert } from '../hcl/value/convert.ts';
import { isSensitive } from '../hcl/value/marks.ts';
import { BOOL } from '../hcl/value/type.ts';
import { UNKNOWN } from '../hcl/value/value.ts';
import type { Value } from '../hcl/value/value.ts';
import { stepName } from './evaluator.ts';
import { originOfValue } from './evidence.ts';
import type { NamedValue } from './names.ts';
import { problem } from './problems.ts';
import type { ValidationRule, VariableDeclaration } from './variables.ts';

/** Holds the value of a variable against its `validation` blocks. */
export function validateVariable(
  declaration: VariableDeclaration,
  named: NamedValue,
  functions: ReadonlyMap<string, FunctionSpec>,
  context: CallContext,
): Diagnostic[] {
  return declaration.validations.flatMap((rule) => {
    const misuse = checkReferences(declaration.name, rule);
    if (misuse.length > 0) return misuse;
    return judge(declaration, rule, named, functions, context);
  });
}

/** A condition must be about its variable, and about nothing else. */
function checkReferences(name: string, { condition, range }: ValidationRule): Diagnostic[] {
  const traversals = variablesOf(condition).filter((one) => !isTypeName(one));
  const others = traversals.filter((one) => one.rootName !== 'var' || stepName(one, 0) !== name);
  if (others.length > 0) {
    return others.map((other) => {
      const detail = `The condition of the variable "${name}" can refer to var.${name} only, not to ${traversalText(other)}.`;
      return problem('validation-condition-invalid', detail, other.range);
    });
  }
  if (traversals.length > 0) return [];
  const detail = `The condition must refer to var.${name}: otherwise it says nothing about the value.`;
  return [problem('validation-condition-invalid', detail, range)];
}

/** The second argument of `convert` is a type, which looks like a reference. */
function isTypeName({ rootName, steps }: ScopeTraversal): boolean {
  return steps.length === 0 && ['string', 'number', 'bool', 'any'].includes(rootName);
}

function judge(
  declaration: VariableDeclaration,
  rule: ValidationRule,
  named: NamedValue,
  functions: ReadonlyMap<string, FunctionSpec>,
  context: CallContext,
): Diagnostic[] {
  const { name } = declaration;
  const scope = {
    variables: new Map([['var', objectValue(new Map([[name, named.value]]))]]),
    functions,
    // Relative files of functions start at the current directory here, as in Packer.
    context: { ...context, baseDirectory: context.workingDirectory ?? context.baseDirectory },
  };
  const { value, diagnostics } = evaluate(rule.condition, scope);
  if (hasErrors(diagnostics)) return [...diagnostics];
  if (value.content === UNKNOWN) return [...diagnostics];
  const result = toBool(value);
  if (result === undefined) {
    const detail = `The condition of the variable "${name}" must give true or false.`;
    return [...diagnostics, problem('validation-condition-invalid', detail, rule.condition.range)];
  }
  if (result) return [...diagnostics];
  const { filename, start } = rule.range;
  const place = `${filename}:${start.line}`;
  const source = named.origin ?? 'its default';
  const values = isSensitive(named.value)
    ? undefined
    : [{ name: `var.${name}`, value: named.value, origin: originOfValue(named) }];
  const detail = values
    ? `${rule.message} The rule is at ${place}.`
    : `${rule.message} The value comes from ${source}; the rule is at ${place}.`;
  return [
    ...diagnostics,
    problem(
      'validation-failed',
      detail,
      declaration.sensitive || !named.range ? rule.condition.range : named.range,
      {
        summary: `Invalid value for variable "${name}"`,
        values,
      },
    ),
  ];
}

function toBool(value: Value): boolean | undefined {
  try {
    const converted = convert(value, BOOL);
    return typeof converted.content === 'boolean' ? converted.content : undefined;
  } catch (error) {
    if (error instanceof ConversionError) return undefined;
    throw error;
  }
}
