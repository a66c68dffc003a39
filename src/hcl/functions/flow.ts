import { isWhollyKnown } from '../value/access.ts';
import { boolValue, DYNAMIC_UNKNOWN, unknownValue } from '../value/construct.ts';
import { ConversionError, convert } from '../value/convert.ts';
import { BOOL, DYNAMIC } from '../value/type.ts';
import { hasErrors } from '../diagnostic.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { parameter } from './define.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { Evaluation, ExpressionFunction } from './spec.ts';

const NO_DIAGNOSTICS: readonly Diagnostic[] = [];

const expressionParameter = parameter('expression', DYNAMIC, 'An expression that may fail.');

const tryFunction = (): ExpressionFunction => ({
  kind: 'expressions',
  name: 'try',
  description:
    'Evaluates its arguments one after the other and returns the first that does not fail. Any failure of evaluation counts, but not a mistake in the syntax.',
  parameters: [],
  variadic: { ...expressionParameter, name: 'expressions' },
  callExpressions: (args) => {
    if (args.length === 0) throw new FunctionError('give at least one expression');
    const failures: Diagnostic[] = [];
    for (const argument of args) {
      const { value, diagnostics } = argument.evaluate();
      if (hasErrors(diagnostics)) {
        for (const diagnostic of diagnostics) failures.push(diagnostic);
        continue;
      }
      // What is unknown now may fail later, and then another argument would be the result.
      return ok(isWhollyKnown(value) ? value : DYNAMIC_UNKNOWN);
    }
    throw new FunctionError(
      `none of the expressions can be evaluated:\n${failures.map(describe).join('\n')}`,
    );
  },
});

function ok(value: Evaluation['value']): Evaluation {
  return { value, diagnostics: NO_DIAGNOSTICS };
}

function describe({ summary, detail, subject }: Diagnostic): string {
  const place =
    subject === undefined ? '' : ` (${subject.filename}:${subject.start.line},${subject.start.column})`;
  return `- ${summary}${place}: ${detail}`;
}

const can = (): ExpressionFunction => ({
  kind: 'expressions',
  name: 'can',
  description: 'Tells whether an expression can be evaluated without a failure.',
  parameters: [expressionParameter],
  resultType: BOOL,
  callExpressions: ([argument]) => {
    const { value, diagnostics } = argument!.evaluate();
    if (hasErrors(diagnostics)) return ok(boolValue(false));
    return ok(isWhollyKnown(value) ? boolValue(true) : unknownValue(BOOL));
  },
});

const convertFunction = (): ExpressionFunction => ({
  kind: 'expressions',
  name: 'convert',
  description: 'Converts a value to a type, such as `convert(["a"], set(string))`.',
  parameters: [
    parameter('value', DYNAMIC, 'Any value.', { allowNull: true, allowDynamic: true }),
    parameter('type', DYNAMIC, 'A type, as in the declaration of a variable.'),
  ],
  callExpressions: ([argument, typeArgument]) => {
    const { value, diagnostics } = argument!.evaluate();
    const constraint = typeArgument!.typeConstraint();
    const all = [...diagnostics, ...constraint.diagnostics];
    if (hasErrors(all)) return { value: DYNAMIC_UNKNOWN, diagnostics: all };
    try {
      return { value: convert(value, constraint.type), diagnostics: all };
    } catch (error) {
      if (error instanceof ConversionError) throw argumentError(0, error.describe());
      throw error;
    }
  },
});

/** Functions that decide themselves what of their arguments is evaluated. */
export const flowFunctions = (): readonly ExpressionFunction[] => [can(), convertFunction(), tryFunction()];
