import { ConversionError, convert } from '../value/convert.ts';
import { DYNAMIC_UNKNOWN, FALSE, TRUE, unknownValue } from '../value/construct.ts';
import { BOOL, DYNAMIC } from '../value/type.ts';
import { isWhollyKnown } from '../value/access.ts';
import { argumentError, FunctionError } from './spec.ts';
import type { ArgumentExpression, Evaluation, ExpressionFunction } from './spec.ts';

const NO_PROBLEMS: Evaluation['diagnostics'] = [];

/** The functions that are given their arguments as expressions: `try`, `can`, `convert`. */
export const expressionFunctions: readonly ExpressionFunction[] = [
  {
    kind: 'expressions',
    name: 'try',
    description:
      'Evaluates its arguments one after the other and returns the first that succeeds. Catches errors of evaluation, such as a missing attribute, but not of syntax.',
    parameters: [],
    variadic: {
      name: 'expressions',
      description: 'The expressions to try, in order.',
      type: DYNAMIC,
      allowNull: true,
    },
    callExpressions: (expressions) => tryEach(expressions),
  },
  {
    kind: 'expressions',
    name: 'can',
    description: 'Tells whether its argument can be evaluated without an error.',
    parameters: [
      { name: 'expression', description: 'The expression to try.', type: DYNAMIC, allowNull: true },
    ],
    callExpressions: ([expression]) => {
      if (expression!.dependsOnUnknowns()) return { value: unknownValue(BOOL), diagnostics: NO_PROBLEMS };
      const { value, diagnostics } = expression!.evaluate();
      if (diagnostics.length > 0) return { value: FALSE, diagnostics: NO_PROBLEMS };
      return { value: isWhollyKnown(value) ? TRUE : unknownValue(BOOL), diagnostics: NO_PROBLEMS };
    },
  },
  {
    kind: 'expressions',
    name: 'convert',
    description: 'Converts a value to a type.',
    parameters: [
      {
        name: 'value',
        description: 'The value to convert.',
        type: DYNAMIC,
        allowNull: true,
        allowDynamic: true,
      },
      {
        name: 'type',
        description: 'The type, written as for a variable: string, list(number), object({ a = string }).',
        type: DYNAMIC,
      },
    ],
    callExpressions: ([value, type]) => convertExpression(value!, type!),
  },
];

function tryEach(expressions: readonly ArgumentExpression[]): Evaluation {
  if (expressions.length === 0) throw new FunctionError('it needs at least one expression to try');
  const reasons: string[] = [];
  for (const expression of expressions) {
    if (expression.dependsOnUnknowns()) return { value: DYNAMIC_UNKNOWN, diagnostics: NO_PROBLEMS };
    const { value, diagnostics } = expression.evaluate();
    const [first] = diagnostics;
    if (first === undefined) return { value, diagnostics: NO_PROBLEMS };
    const { start } = first.subject ?? expression.range;
    reasons.push(`${first.summary} at line ${start.line}, column ${start.column}: ${first.detail}`);
  }
  throw new FunctionError(`none of its expressions could be evaluated:\n${reasons.join('\n')}`);
}

function convertExpression(value: ArgumentExpression, type: ArgumentExpression): Evaluation {
  const given = value.evaluate();
  const wanted = type.typeConstraint();
  const diagnostics = [...given.diagnostics, ...wanted.diagnostics];
  if (diagnostics.length > 0) return { value: DYNAMIC_UNKNOWN, diagnostics };
  try {
    return { value: convert(given.value, wanted.type), diagnostics };
  } catch (error) {
    if (error instanceof ConversionError) throw argumentError(0, error.describe());
    throw error;
  }
}
