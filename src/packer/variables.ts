import type { Expression } from '../hcl/ast.ts';
import type { ContentAttribute, ContentBlock } from '../hcl/schema.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { evaluate, evaluateTypeConstraint } from '../hcl/eval/evaluate.ts';
import { staticExpression } from '../hcl/json/expression.ts';
import type { CallContext, FunctionSpec } from '../hcl/functions/spec.ts';
import type { Range } from '../hcl/source.ts';
import { ConversionError, convert } from '../hcl/value/convert.ts';
import { DYNAMIC, isCollection } from '../hcl/value/type.ts';
import type { Type } from '../hcl/value/type.ts';
import type { Value } from '../hcl/value/value.ts';
import { contentOf } from './bodies.ts';
import { literalText } from './places.ts';
import { problem, warning } from './problems.ts';

/** A `variable` block, or an entry of `variables`. */
export interface VariableDeclaration {
  readonly name: string;
  /** The type that values are converted to: as declared, or that of the default. */
  readonly type: Type;
  /** Undefined: there is none, and a value must come from elsewhere. */
  readonly default: Value | undefined;
  readonly description: string;
  readonly sensitive: boolean;
  readonly validations: readonly ValidationRule[];
  /** Where messages about the variable as a whole belong. */
  readonly range: Range;
  readonly nameRange: Range;
  /** Where the default is written. */
  readonly defaultRange: Range | undefined;
  /** The declaration has errors: no value is asked for and none is judged. */
  readonly broken: boolean;
}

export interface ValidationRule {
  readonly condition: Expression;
  readonly message: string;
  readonly range: Range;
}

/** What default expressions may use: functions (only `env` exists for them) and no variables. */
export interface DefaultScope {
  readonly functions: ReadonlyMap<string, FunctionSpec>;
  readonly context: CallContext;
}

/** Reads the `variable` and `variables` blocks of all files. */
export function declareVariables(
  blocks: readonly ContentBlock[],
  scope: DefaultScope,
): { declarations: Map<string, VariableDeclaration>; diagnostics: Diagnostic[] } {
  const declarations = new Map<string, VariableDeclaration>();
  const diagnostics: Diagnostic[] = [];
  const add = (declaration: VariableDeclaration) => {
    const earlier = declarations.get(declaration.name);
    if (!earlier) {
      declarations.set(declaration.name, declaration);
      return;
    }
    const { filename, start } = earlier.range;
    const detail = `The variable "${declaration.name}" is already declared at ${filename}:${start.line}. Remove one of the two, or rename it.`;
    diagnostics.push(problem('variable-duplicate', detail, declaration.range));
  };
  for (const block of blocks) {
    if (block.type === 'variables') {
      const content = contentOf(block.body, { attributes: 'any', blocks: {} });
      diagnostics.push(...content.diagnostics);
      for (const attribute of content.attributes.values()) add(declareShort(attribute, scope, diagnostics));
    } else if (block.type === 'variable') {
      add(declareLong(block, scope, diagnostics));
    }
  }
  return { declarations, diagnostics };
}

/** An entry of a `variables` block: a name and its default. */
function declareShort(
  attribute: ContentAttribute,
  scope: DefaultScope,
  diagnostics: Diagnostic[],
): VariableDeclaration {
  const { name, nameRange, range, expression } = attribute;
  const found: Diagnostic[] = [];
  const value = evaluateDefault(expression, undefined, name, scope, found);
  diagnostics.push(...found);
  return {
    name,
    type: impliedType(value),
    default: value,
    description: '',
    sensitive: false,
    validations: [],
    range,
    nameRange,
    defaultRange: expression.range,
    broken: hasErrors(found),
  };
}

function declareLong(
  block: ContentBlock,
  scope: DefaultScope,
  diagnostics: Diagnostic[],
): VariableDeclaration {
  const found: Diagnostic[] = [];
  const name = block.labels[0] ?? '';
  const nameRange = block.labelRanges[0] ?? block.headerRange;
  if (!isName(name)) {
    const detail = `"${name}" is no name for a variable: names start with a letter and hold letters, digits, _ and -.`;
    found.push(problem('variable-name-invalid', detail, nameRange));
  }
  const content = contentOf(block.body, {
    attributes: ['type', 'default', 'description', 'sensitive'],
    blocks: { validation: [] },
  });
  found.push(...content.diagnostics);
  const typeAttribute = content.attributes.get('type');
  let declared: Type | undefined;
  // Of an expression with a syntax error nothing more is said.
  if (typeAttribute && typeAttribute.expression.kind !== 'InvalidExpression') {
    const parsed = evaluateTypeConstraint(
      staticExpression(typeAttribute.expression) ?? typeAttribute.expression,
    );
    found.push(...parsed.diagnostics);
    // Nothing fits what could not be read.
    declared = hasErrors(parsed.diagnostics) ? undefined : parsed.type;
  }
  const defaultAttribute = content.attributes.get('default');
  const isSensitive = readSensitive(content.attributes.get('sensitive'), found);
  const ofDefault: Diagnostic[] = [];
  const value =
    defaultAttribute && evaluateDefault(defaultAttribute.expression, declared, name, scope, ofDefault);
  // The excerpt of a sensitive default would show it, and so would that of what is around it.
  const hide = (one: Diagnostic) => ({ ...one, subject: block.headerRange, context: undefined });
  found.push(...(isSensitive ? ofDefault.map(hide) : ofDefault));
  const declaration: VariableDeclaration = {
    name,
    type: declared ?? impliedType(value),
    default: value,
    description: readText(content.attributes.get('description'), found),
    sensitive: isSensitive,
    validations: content.blocks.flatMap((one) => readValidation(one, found)),
    range: block.headerRange,
    nameRange,
    defaultRange: defaultAttribute && defaultAttribute.expression.range,
    broken: hasErrors(found),
  };
  diagnostics.push(...found);
  return declaration;
}

function evaluateDefault(
  expression: Expression,
  type: Type | undefined,
  name: string,
  scope: DefaultScope,
  diagnostics: Diagnostic[],
): Value | undefined {
  warnOfTemplateCall(expression, name, diagnostics);
  const { value, diagnostics: found } = evaluate(expression, scope);
  diagnostics.push(...found.map((one) => explainRestriction(one, name)));
  if (hasErrors(found)) return undefined;
  if (!type) return value;
  try {
    return convert(value, type);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const detail = `The default does not fit the type of the variable "${name}": ${error.describe()}.`;
    diagnostics.push(problem('variable-default-invalid', detail, expression.range));
    return undefined;
  }
}

/** Why a default may not be computed from other things. */
function explainRestriction(diagnostic: Diagnostic, name: string): Diagnostic {
  if (diagnostic.code === 'variables-not-allowed') {
    const detail = `The default of the variable "${name}" must be a value of its own: it cannot refer to anything. To compute a value from others use a local value (locals { ${name} = … }).`;
    return { ...diagnostic, detail };
  }
  if (diagnostic.code === 'unknown-function') {
    const detail = `${diagnostic.detail} The default of a variable may only call env(). To compute a value use a local value (locals { ${name} = … }).`;
    return { ...diagnostic, detail };
  }
  return diagnostic;
}

const TEMPLATE_CALL = /\{\{-?\s*(?:env|user)\s+[`"]([^`"]*)[`"]\s*-?\}\}/;

/** `{{ env "HOME" }}` is of the old JSON templates: in HCL it stays text, and fails where it is used. */
function warnOfTemplateCall(expression: Expression, name: string, diagnostics: Diagnostic[]): void {
  const call = TEMPLATE_CALL.exec(literalText(expression) ?? '');
  if (!call) return;
  const isEnv = call[0].includes('env');
  const advice = isEnv
    ? `Write default = env("${call[1]}").`
    : `Compute it in locals { ${name} = var.${call[1]} }.`;
  const detail = `${call[0]} belongs to legacy JSON templates and is plain text here. ${advice}`;
  diagnostics.push(warning('variable-template-call', detail, expression.range));
}

/** A variable without a type has exactly the type of its default; an empty collection, or null, leaves it open. */
function impliedType(value: Value | undefined): Type {
  if (!value || value.content === null) return DYNAMIC;
  const { type, content } = value;
  const isEmpty = Array.isArray(content)
    ? content.length === 0
    : content instanceof Map && content.size === 0;
  const hasNoElementType = type.kind === 'tuple' || type.kind === 'object' || isCollection(type);
  return isEmpty && hasNoElementType ? DYNAMIC : type;
}

function readText(attribute: ContentAttribute | undefined, diagnostics: Diagnostic[]): string {
  if (!attribute) return '';
  const text = literalText(attribute.expression);
  if (text === undefined && attribute.expression.kind !== 'InvalidExpression') {
    const detail = `${attribute.name} must be a text in quotes without references.`;
    diagnostics.push(problem('literal-required', detail, attribute.expression.range));
  }
  return text ?? '';
}

export function readSensitive(attribute: ContentAttribute | undefined, diagnostics: Diagnostic[]): boolean {
  if (!attribute) return false;
  const { expression } = attribute;
  const text = literalText(expression);
  if (expression.kind === 'BoolLiteral') return expression.value;
  if (expression.kind === 'InvalidExpression') return true;
  if (text === 'true' || text === 'false') return text === 'true';
  const detail = 'sensitive must be true or false, written out.';
  diagnostics.push(problem('sensitive-invalid', detail, expression.range));
  // When in doubt the value is hidden.
  return true;
}

function readValidation(block: ContentBlock, diagnostics: Diagnostic[]): ValidationRule[] {
  const content = contentOf(block.body, {
    attributes: ['condition', 'error_message'],
    required: ['condition', 'error_message'],
    blocks: {},
    missingRange: block.headerRange,
  });
  diagnostics.push(...content.diagnostics);
  const condition = content.attributes.get('condition');
  const message = content.attributes.get('error_message');
  if (!condition || !message) return [];
  const text = literalText(message.expression);
  const fault =
    text === undefined
      ? 'It must be a text in quotes without references.'
      : text === ''
        ? 'It is empty.'
        : !/^\p{Lu}/u.test(text) || !/[.?!]$/.test(text)
          ? 'It must be a full sentence: it starts with a capital letter and ends with a full stop, a question mark or an exclamation mark.'
          : undefined;
  if (fault !== undefined) {
    const detail = `This is shown to the user when the condition is false. ${fault}`;
    diagnostics.push(problem('validation-message-invalid', detail, message.expression.range));
  }
  return [{ condition: condition.expression, message: text ?? '', range: condition.range }];
}

/** An identifier of HCL. */
export function isName(text: string): boolean {
  // Patterns with Unicode's classes cost half a millisecond to make, and hardly any name needs them.
  return /^[A-Za-z_][\w-]*$/.test(text) || /^[\p{ID_Start}_][\p{ID_Continue}-]*$/u.test(text);
}
