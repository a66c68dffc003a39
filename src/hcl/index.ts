/*
 * The language as a library: text to tree to values. It knows nothing of Packer, of files, or of machines.
 */
export type * from './ast.ts';
export { forEachChild } from './ast.ts';
export type { Diagnostic, Severity } from './diagnostic.ts';
export { hasErrors } from './diagnostic.ts';
export type { Pos, Range, Source } from './source.ts';
export { rangeBetween, startOf } from './source.ts';
export { parseConfig, parseConfig as parse, parseExpression, parseTemplate } from './syntax/parse.ts';
export { content, justAttributes, partialContent, type ContentOptions } from './content.ts';
export type {
  AnyBody,
  AttributeSchema,
  BlockSchema,
  BodySchema,
  BodyContent,
  ContentAttribute,
  ContentBlock,
  ContentResult,
  PartialContentResult,
} from './schema.ts';
export { parseJsonConfig, type JsonBody } from './json/body.ts';
export { staticExpression } from './json/expression.ts';
export { decodeSource, encodeSource } from './encoding.ts';
export { format } from './format/format.ts';
export {
  diagnosticToJson,
  renderDiagnostics,
  type JsonDiagnostic,
  type RenderOptions,
} from './render-diagnostics.ts';
export { didYouMean, nearest } from './suggestion.ts';
export { isIdentifier } from './syntax/characters.ts';
export { evaluate, evaluateTypeConstraint } from './eval/evaluate.ts';
export type { TypeReading } from './eval/type-constraint.ts';
export type { Scope } from './eval/scope.ts';
export { traversalText, variablesOf } from './eval/variables.ts';
export {
  functionGroups,
  packerFunctions as functions,
  variableDefaultFunctions,
  type FunctionGroup,
} from './functions/index.ts';
export { FunctionError } from './functions/spec.ts';
export type {
  ArgumentExpression,
  CallContext,
  Evaluation,
  ExpressionFunction,
  FunctionSpec,
  Parameter,
  ValueFunction,
} from './functions/spec.ts';
export * from './value/access.ts';
export { BigFloat } from './value/big-float.ts';
export { formatDouble, formatNumber, numberText, parseNumber } from './value/big-float-text.ts';
export * from './value/construct.ts';
export { ConversionError, convert, isConvertible, unify } from './value/convert.ts';
export { sameValue, valuesEqual } from './value/equal.ts';
export {
  typedValueToJson,
  valueFromJson,
  valueOfPlain,
  valueToJson,
  valueToPlain,
  type ExactJson,
  type PlainJson,
} from './value/json.ts';
export { describeValue, valueText } from './value/show.ts';
export * from './value/type.ts';
export * from './value/type-ops.ts';
export { UNKNOWN, type Content as ValueContent, type Value } from './value/value.ts';
