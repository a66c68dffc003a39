import type { Diagnostic } from '../diagnostic.ts';
import type { Range } from '../source.ts';
import type { Type } from '../value/type.ts';
import type { Value } from '../value/value.ts';

/** What a function wants at one place of its argument list; the flags are those of cty's function.Parameter. */
export interface Parameter {
  readonly name: string;
  readonly description: string;
  /** The caller converts the argument to this type; `dynamic` takes any type as it is. */
  readonly type: Type;
  /** Without it a null argument is an error that the caller reports. */
  readonly allowNull?: boolean;
  /** Without it an unknown argument (itself, not only a part of it) makes the result unknown without a call. */
  readonly allowUnknown?: boolean;
  /** Without it an argument whose type is not known makes the result a dynamic unknown, and `returnType` is not asked. */
  readonly allowDynamic?: boolean;
  /** Without it marks are taken off the argument, at every depth, and put on the result. */
  readonly allowMarked?: boolean;
}

/** What the surroundings give to a function. */
export interface CallContext {
  /** Relative paths of `file`, `templatefile` and the like start here: the directory of the template. */
  readonly baseDirectory: string;
  /** Relative paths of `abspath` and `filebase64` start here; the directory of the process unless given. */
  readonly workingDirectory?: string;
  /** The environment of `env`; that of the process unless given. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** The clock of `timestamp`; the system's unless given. */
  readonly now?: () => Date;
  /** The moment that `legacy_isotime` and `legacy_strftime` print; the start of the process unless given. */
  readonly startedAt?: Date;
  /** Told of texts from a store of secrets, which no output may show wherever they end up. */
  readonly onSecret?: (text: string) => void;
  /**
   * Parses `text` as a bare template and evaluates it with these variables alone and with the functions in scope except
   * `without`. Set by the caller of every function.
   */
  readonly renderTemplate?: (
    text: string,
    filename: string,
    variables: ReadonlyMap<string, Value>,
    without: readonly string[],
  ) => Evaluation;
}

/** A value with what went wrong on the way to it. */
export interface Evaluation {
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
}

interface Signature {
  readonly name: string;
  /** One or more full sentences for the function reference. */
  readonly description: string;
  readonly parameters: readonly Parameter[];
  /** Describes every argument after `parameters`; without it surplus arguments are an error. */
  readonly variadic?: Parameter;
  /** The type of every result, for functions whose results are all of one; for the function reference. */
  readonly resultType?: Type;
}

/**
 * A function of values. The caller (eval/call.ts) has already checked the number of arguments, converted them, and dealt
 * with null, unknown and marks as the parameters say.
 */
export interface ValueFunction extends Signature {
  readonly kind?: 'values';
  /**
   * The type of the result. Arguments may be unknown here, in whole or in part.
   * @throws FunctionError
   */
  returnType(args: readonly Value[]): Type;
  /**
   * The result, of type `returnType`. Arguments are known unless their parameter allows unknown ones; parts of
   * collections may always be unknown.
   * @throws FunctionError
   */
  call(args: readonly Value[], returnType: Type, context: CallContext): Value;
}

/** An argument that has not been evaluated: what `try`, `can` and the type of `convert` are given. */
export interface ArgumentExpression {
  readonly range: Range;
  /** Evaluates the expression in the scope of the call, as often as it is called. */
  evaluate(): Evaluation;
  /**
   * Reads the expression as a type constraint such as `list(string)`.
   * With errors in `diagnostics` the type is `dynamic`.
   */
  typeConstraint(): { readonly type: Type; readonly diagnostics: readonly Diagnostic[] };
}

/** A function that decides itself which of its arguments are evaluated: `try`, `can`, `convert`. */
export interface ExpressionFunction extends Signature {
  readonly kind: 'expressions';
  /**
   * Diagnostics of the result are reported as they are, at their own places.
   * @throws FunctionError
   */
  callExpressions(args: readonly ArgumentExpression[], context: CallContext): Evaluation;
}

/** One function of the language: what the reference documents and what a call runs. */
export type FunctionSpec = ValueFunction | ExpressionFunction;

/** A failure that a function reports; the caller turns it into a diagnostic with a place. */
export class FunctionError extends Error {
  /** Index of the argument at fault, from 0; absent when the call as a whole is at fault. */
  readonly argument: number | undefined;

  constructor(message: string, argument?: number) {
    super(message);
    this.name = 'FunctionError';
    this.argument = argument;
  }
}

/** Fails because of the argument with this index: "Invalid function argument" at that argument. */
export function argumentError(argument: number, message: string): FunctionError {
  return new FunctionError(message, argument);
}
