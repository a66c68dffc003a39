import type { Expression } from '../../hcl/ast.ts';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { Range } from '../../hcl/source.ts';
import { didYouMean } from '../../hcl/suggestion.ts';
import { problem } from '../problems.ts';
import { jsonOf, membersOf, startRangeOf } from './literals.ts';
import { namesOf } from './meta.ts';
import type { LegacyBlock, LegacyTemplate } from './structure.ts';

/** `only`, `except` and `override` name builders, which must exist. */
export function checkReferences(template: LegacyTemplate, builders: readonly string[]): Diagnostic[] {
  const { provisioners, errorCleanupProvisioner, postProcessors } = template;
  const cleanup = errorCleanupProvisioner ? [errorCleanupProvisioner] : [];
  return [...provisioners, ...cleanup, ...postProcessors.flat()].flatMap((block) =>
    checkBlock(block, builders),
  );
}

function checkBlock({ members }: LegacyBlock, builders: readonly string[]): Diagnostic[] {
  const find = (wanted: string) => members.find(({ name }) => name === wanted);
  const diagnostics: Diagnostic[] = [];
  const only = find('only');
  const except = find('except');
  if (only && except && namesOf(only.expression).length > 0 && namesOf(except.expression).length > 0) {
    const detail = 'only and except exclude each other: keep the one that says what you mean.';
    diagnostics.push(problem('filter-conflict', detail, except.nameRange));
  }
  for (const { name, expression } of [only, except].filter((one) => one !== undefined)) {
    diagnostics.push(...checkList(name, expression, builders));
  }
  const override = find('override');
  if (override) diagnostics.push(...checkOverride(override.expression, builders));
  return diagnostics;
}

function checkList(name: string, expression: Expression, builders: readonly string[]): Diagnostic[] {
  const elements = expression.kind === 'Tuple' ? expression.elements : [expression];
  const json = jsonOf(expression);
  const isList = json === null || typeof json === 'string' || expression.kind === 'Tuple';
  if (
    !isList ||
    elements.some((element) => expression.kind === 'Tuple' && typeof jsonOf(element) !== 'string')
  ) {
    const detail = `"${name}" takes names of builders: "${name}": ["NAME"].`;
    return [problem('value-wrong-type', detail, startRangeOf(expression))];
  }
  return elements.flatMap((element) =>
    namesOf(expression.kind === 'Tuple' ? textTuple(element) : element).flatMap((wanted) =>
      builders.includes(wanted) ? [] : [unknownBuilder(name, wanted, builders, element.range)],
    ),
  );
}

/** An element of a list is one name, whatever commas it has. */
function textTuple(element: Expression): Expression {
  return { kind: 'Tuple', elements: [element], range: element.range, openRange: element.range };
}

function checkOverride(expression: Expression, builders: readonly string[]): Diagnostic[] {
  const form = '"override": { "NAME": { "OPTION": "VALUE" } }';
  if (expression.kind === 'NullLiteral') return [];
  if (expression.kind !== 'Object') {
    const detail = `override maps names of builders to options: ${form}.`;
    return [problem('override-invalid', detail, startRangeOf(expression))];
  }
  return membersOf(expression).flatMap(({ name, nameRange, expression: options }) => {
    if (!builders.includes(name)) return [unknownBuilder('override', name, builders, nameRange)];
    if (options.kind === 'Object') return [];
    const detail = `The options for the builder "${name}" must be an object: ${form}.`;
    return [problem('override-invalid', detail, startRangeOf(options))];
  });
}

function unknownBuilder(member: string, name: string, builders: readonly string[], range: Range): Diagnostic {
  const hint = didYouMean(name, builders) || ` The builders are ${builders.join(', ')}.`;
  const detail = `"${member}" names the builder "${name}", and there is none of that name (the name of a builder is its "name", or else its "type").${hint}`;
  return problem('filter-unknown', detail, range, { summary: 'Unknown builder' });
}
