import type { Expression, FunctionCall, ObjectConstructor } from '../ast.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Evaluation } from '../functions/spec.ts';
import { rangeBetween } from '../source.ts';
import type { Range } from '../source.ts';
import { didYouMean } from '../suggestion.ts';
import { ConversionError, convert } from '../value/convert.ts';
import {
  BOOL,
  DYNAMIC,
  listType,
  mapType,
  NUMBER,
  objectType,
  setType,
  STRING,
  tupleType,
} from '../value/type.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';
import { EVALUATION_PROBLEMS } from './problems.ts';
import type { EvaluationProblem } from './problems.ts';

/** A type read from an expression; with errors among the diagnostics, what could not be read is `dynamic`. */
export interface TypeReading {
  readonly type: Type;
  readonly diagnostics: readonly Diagnostic[];
}

const PRIMITIVES: ReadonlyMap<string, Type> = new Map([
  ['string', STRING],
  ['number', NUMBER],
  ['bool', BOOL],
  ['any', DYNAMIC],
]);

const CONSTRUCTORS: ReadonlyMap<string, string> = new Map([
  ['list', 'the type of its elements, as in list(string)'],
  ['set', 'the type of its elements, as in set(string)'],
  ['map', 'the type of its elements, as in map(string)'],
  ['tuple', 'a list of the types of its elements, as in tuple([string, number])'],
  ['object', 'the types of its attributes, as in object({ name = string, size = number })'],
]);

/** What people who know other languages write. */
const FOREIGN_TYPES: ReadonlyMap<string, string> = new Map([
  ...['int', 'integer', 'float', 'double'].map((word) => [word, 'number'] as const),
  ...['boolean', 'Boolean'].map((word) => [word, 'bool'] as const),
  ...['str', 'text', 'String'].map((word) => [word, 'string'] as const),
  ...['array', 'vector'].map((word) => [word, 'list(…)'] as const),
  ...['dict', 'hash'].map((word) => [word, 'map(…)'] as const),
]);

function typeHint(word: string, names: Iterable<string>): string {
  const meant = FOREIGN_TYPES.get(word);
  return meant === undefined ? didYouMean(word, names) : ` It is called ${meant} here.`;
}

/**
 * Reads a type constraint: `string`, `number`, `bool`, `any`, `list(T)`, `set(T)`, `map(T)`, `tuple([T, …])`,
 * `object({ name = T, other = optional(T, default) })`.
 * @param evaluateDefault evaluates the default of an optional attribute, in which no variables are allowed; without it,
 *   `optional` takes no default
 */
export function readTypeConstraint(
  expression: Expression,
  evaluateDefault?: (expression: Expression) => Evaluation,
): TypeReading {
  const reader = new TypeReader(evaluateDefault);
  const type = reader.read(expression);
  return { type, diagnostics: reader.diagnostics };
}

class TypeReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #evaluateDefault: ((expression: Expression) => Evaluation) | undefined;

  constructor(evaluateDefault: ((expression: Expression) => Evaluation) | undefined) {
    this.#evaluateDefault = evaluateDefault;
  }

  read(expression: Expression): Type {
    const keyword = keywordOf(expression);
    if (keyword !== undefined) return this.#readKeyword(keyword, expression.range);
    if (expression.kind !== 'FunctionCall') {
      return this.#fail(
        'A type is written as string, number, bool, any, list(…), set(…), map(…), tuple([…]) or object({…}), without quotes.',
        expression.range,
      );
    }
    return this.#readCall(expression);
  }

  #readKeyword(keyword: string, range: Range): Type {
    const primitive = PRIMITIVES.get(keyword);
    if (primitive !== undefined) return primitive;
    const wanted = CONSTRUCTORS.get(keyword);
    if (wanted !== undefined) return this.#fail(`The type ${keyword} needs ${wanted}.`, range);
    const suggestion = typeHint(keyword, [...PRIMITIVES.keys(), ...CONSTRUCTORS.keys()]);
    return this.#fail(`There is no type "${keyword}".${suggestion}`, range);
  }

  #readCall(call: FunctionCall): Type {
    const argumentsRange = rangeBetween(call.openParenRange, call.closeParenRange);
    if (PRIMITIVES.has(call.name)) {
      return this.#fail(`The type ${call.name} takes nothing in parentheses.`, argumentsRange);
    }
    if (call.name === 'optional') {
      return this.#fail(
        'optional(…) can only be the type of an attribute inside object({…}).',
        call.nameRange,
      );
    }
    const wanted = CONSTRUCTORS.get(call.name);
    if (wanted === undefined) {
      const suggestion = typeHint(call.name, [...CONSTRUCTORS.keys(), 'optional']);
      return this.#fail(`There is no type "${call.name}(…)".${suggestion}`, call.range);
    }
    const [argument, surplus] = call.arguments;
    if (argument === undefined || surplus !== undefined) {
      const subject =
        surplus === undefined ? argumentsRange : rangeBetween(surplus.range, call.arguments.at(-1)!.range);
      return this.#fail(`The type ${call.name} takes one argument: ${wanted}.`, subject, argumentsRange);
    }
    return this.#construct(call, argument, wanted);
  }

  #construct(call: FunctionCall, argument: Expression, wanted: string): Type {
    switch (call.name) {
      case 'list':
        return listType(this.read(argument));
      case 'set':
        return setType(this.read(argument));
      case 'map':
        return mapType(this.read(argument));
      case 'tuple':
        if (argument.kind === 'Tuple') {
          return tupleType(argument.elements.map((element) => this.read(element)));
        }
        break;
      default:
        if (argument.kind === 'Object') return this.#readObject(argument, call.range);
    }
    return this.#fail(`The type ${call.name} needs ${wanted}.`, argument.range, call.range);
  }

  #readObject(constructor: ObjectConstructor, context: Range): Type {
    const attributes = new Map<string, Type>();
    const optional = new Map<string, Value | undefined>();
    for (const { key, value } of constructor.items) {
      const name = key.forceNonLiteral ? undefined : key.literalName;
      if (name === undefined) {
        this.#fail(
          'Before each "=" in object({…}) stands the plain name of an attribute.',
          key.range,
          context,
        );
      } else if (attributes.has(name)) {
        this.#fail(`The attribute "${name}" has a type already, a few lines above.`, key.range, context);
      } else if (value.kind === 'FunctionCall' && value.name === 'optional') {
        const [type, fallback] = this.#readOptional(value);
        attributes.set(name, type);
        optional.set(name, fallback);
      } else {
        attributes.set(name, this.read(value));
      }
    }
    return objectType(attributes, optional);
  }

  #readOptional(call: FunctionCall): [Type, Value | undefined] {
    const range = rangeBetween(call.openParenRange, call.closeParenRange);
    const [typeExpression, defaultExpression, surplus] = call.arguments;
    const evaluateDefault = this.#evaluateDefault;
    if (typeExpression === undefined) {
      return [
        this.#fail('optional(…) needs the type of the attribute, as in optional(string).', range),
        undefined,
      ];
    }
    const type = this.read(typeExpression);
    if (defaultExpression === undefined) return [type, undefined];
    if (surplus !== undefined || evaluateDefault === undefined) {
      const what = evaluateDefault === undefined ? 'only a type here' : 'a type and a default, no more';
      return [this.#fail(`optional(…) takes ${what}.`, range), undefined];
    }
    const { value, diagnostics } = evaluateDefault(defaultExpression);
    this.diagnostics.push(...diagnostics);
    if (diagnostics.length > 0) return [type, undefined];
    try {
      return [type, convert(value, type)];
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      const detail = `The default does not have the type of its attribute: ${error.describe()}.`;
      this.#report('invalid-attribute-default', detail, defaultExpression.range);
      return [type, undefined];
    }
  }

  #fail(detail: string, subject: Range, context?: Range): Type {
    this.#report('invalid-type-specification', detail, subject, context);
    return DYNAMIC;
  }

  #report(code: EvaluationProblem, detail: string, subject: Range, context?: Range): void {
    const summary = EVALUATION_PROBLEMS[code];
    this.diagnostics.push({ severity: 'error', code, summary, detail, subject, ...(context && { context }) });
  }
}

/** The word that an expression consists of, if it is one. */
function keywordOf(expression: Expression): string | undefined {
  if (expression.kind === 'ScopeTraversal' && expression.steps.length === 0) return expression.rootName;
  if (expression.kind === 'NullLiteral') return 'null';
  return expression.kind === 'BoolLiteral' ? String(expression.value) : undefined;
}
