import type { Range } from './source.ts';

/*
 * The syntax tree: read-only data, each node tagged by `kind`, with a range on everything a message may want to
 * point at. Names follow HCL's native syntax specification and, where that is silent, HashiCorp's hclsyntax package.
 * Evaluation, printing and checking live elsewhere.
 */

/** A configuration file's body, or that of a block. */
export interface Body {
  readonly kind: 'Body';
  /** Attributes and blocks in source order. Of an attribute defined twice only the first is here. */
  readonly items: readonly (Attribute | Block)[];
  readonly range: Range;
  /** Where a message about something missing belongs: the end of the body. */
  readonly endRange: Range;
}

/** `name = expression` in a body. */
export interface Attribute {
  readonly kind: 'Attribute';
  readonly name: string;
  readonly expression: Expression;
  readonly range: Range;
  readonly nameRange: Range;
  readonly equalsRange: Range;
}

/** `type "label" … { body }`. */
export interface Block {
  readonly kind: 'Block';
  readonly type: string;
  readonly labels: readonly BlockLabel[];
  readonly body: Body;
  /** From the type to the opening brace: what a message about the block as a whole points at. */
  readonly headerRange: Range;
  /** The whole block, closing brace included. */
  readonly range: Range;
  readonly typeRange: Range;
  readonly openBraceRange: Range;
  readonly closeBraceRange: Range;
}

/** A label of a block: an identifier or a quoted string without interpolation (escapes are already cooked). */
export interface BlockLabel {
  readonly kind: 'BlockLabel';
  readonly value: string;
  readonly quoted: boolean;
  /** The quotes included. */
  readonly range: Range;
}

/** A number as written in the source, such as `1.5e3`. The evaluator makes the 512-bit number of it. */
export interface NumberLiteral {
  readonly kind: 'NumberLiteral';
  readonly text: string;
  readonly range: Range;
}

export interface BoolLiteral {
  readonly kind: 'BoolLiteral';
  readonly value: boolean;
  readonly range: Range;
}

export interface NullLiteral {
  readonly kind: 'NullLiteral';
  readonly range: Range;
}

/**
 * A quoted string, a heredoc, a bare template, or the inside of a directive; its value is always a string.
 * Consecutive literals are one literal; strip markers and flush indentation have been applied.
 */
export interface Template {
  readonly kind: 'Template';
  readonly parts: readonly TemplatePart[];
  /** How it was written; `content` is the inside of an `if` or `for` directive. */
  readonly form: 'quoted' | 'heredoc' | 'bare' | 'content';
  /** Of a quoted string this starts after the opening quote and ends with the closing one, as in the reference. */
  readonly range: Range;
}

/** A template that is one lone interpolation: `"${expression}"` has the value and the type of its expression. */
export interface TemplateWrap {
  readonly kind: 'TemplateWrap';
  readonly expression: Expression;
  readonly range: Range;
}

export type TemplatePart = TemplateLiteral | TemplateIf | TemplateFor | Expression;

/** Literal text of a template, with escapes cooked; not yet normalised to NFC. */
export interface TemplateLiteral {
  readonly kind: 'TemplateLiteral';
  readonly value: string;
  readonly range: Range;
}

/** `%{ if condition }…%{ else }…%{ endif }`; without an else branch, `otherwise` is an empty template. */
export interface TemplateIf {
  readonly kind: 'TemplateIf';
  readonly condition: Expression;
  readonly then: Template;
  readonly otherwise: Template;
  readonly range: Range;
}

/** `%{ for key, value in collection }…%{ endfor }`. */
export interface TemplateFor {
  readonly kind: 'TemplateFor';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  readonly content: Template;
  readonly range: Range;
  /** The `%{ for … }` and the `%{ endfor }`. */
  readonly openRange: Range;
  readonly closeRange: Range;
}

/** A variable and what is taken from it with literal keys: `root.name["key"][0]`. */
export interface ScopeTraversal {
  readonly kind: 'ScopeTraversal';
  readonly rootName: string;
  readonly rootRange: Range;
  readonly steps: readonly TraversalStep[];
  readonly range: Range;
}

/** The same from any other expression: `f(x).name[0]`. */
export interface RelativeTraversal {
  readonly kind: 'RelativeTraversal';
  readonly source: Expression;
  readonly steps: readonly TraversalStep[];
  readonly range: Range;
}

export type TraversalStep = AttributeStep | IndexStep;

/** `.name`; the range includes the dot. */
export interface AttributeStep {
  readonly kind: 'AttributeStep';
  readonly name: string;
  readonly range: Range;
}

/** `["key"]`, `[0]`, or the legacy form `.0`. Number keys are kept as written. */
export interface IndexStep {
  readonly kind: 'IndexStep';
  readonly keyType: 'string' | 'number' | 'bool' | 'null';
  readonly key: string;
  readonly range: Range;
}

/** `collection[key]` where the key is not a literal, or the collection is no traversal. */
export interface Index {
  readonly kind: 'Index';
  readonly collection: Expression;
  readonly key: Expression;
  readonly range: Range;
  readonly openRange: Range;
  /** Both brackets and what is between them. */
  readonly bracketRange: Range;
}

/**
 * `source.*…` (attribute-only) or `source[*]…` (full). `each` is evaluated for every element, in it `item` stands for
 * the element; `each` is `item` itself when nothing follows the splat.
 */
export interface Splat {
  readonly kind: 'Splat';
  readonly source: Expression;
  readonly each: Expression;
  readonly item: SplatItem;
  readonly full: boolean;
  readonly range: Range;
  readonly markerRange: Range;
}

/** Stands for the current element inside `each` of a splat; the same object as the splat's `item`. */
export interface SplatItem {
  readonly kind: 'SplatItem';
  readonly range: Range;
}

/** `name(arguments…)`; a namespaced name is written with `::`. */
export interface FunctionCall {
  readonly kind: 'FunctionCall';
  readonly name: string;
  readonly arguments: readonly Expression[];
  /** The last argument is followed by `...`: its elements are the arguments. */
  readonly expandFinal: boolean;
  readonly range: Range;
  readonly nameRange: Range;
  readonly openParenRange: Range;
  readonly closeParenRange: Range;
}

export type UnaryOperator = '-' | '!';

export interface UnaryOperation {
  readonly kind: 'UnaryOperation';
  readonly operator: UnaryOperator;
  readonly operand: Expression;
  readonly range: Range;
  readonly operatorRange: Range;
}

export type BinaryOperator =
  '||' | '&&' | '==' | '!=' | '<' | '>' | '<=' | '>=' | '+' | '-' | '*' | '/' | '%';

export interface BinaryOperation {
  readonly kind: 'BinaryOperation';
  readonly left: Expression;
  readonly operator: BinaryOperator;
  readonly right: Expression;
  readonly range: Range;
  readonly operatorRange: Range;
}

/** `condition ? then : otherwise`. */
export interface Conditional {
  readonly kind: 'Conditional';
  readonly condition: Expression;
  readonly then: Expression;
  readonly otherwise: Expression;
  readonly range: Range;
}

/** `[for key, value in collection: value if condition]`. */
export interface ForTuple {
  readonly kind: 'ForTuple';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  readonly value: Expression;
  readonly condition: Expression | undefined;
  readonly range: Range;
  readonly openRange: Range;
  readonly closeRange: Range;
}

/** `{for key, value in collection: key => value... if condition}`. */
export interface ForObject {
  readonly kind: 'ForObject';
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly collection: Expression;
  readonly key: Expression;
  readonly value: Expression;
  /** `...`: values with the same key are gathered in a tuple. */
  readonly group: boolean;
  readonly condition: Expression | undefined;
  readonly range: Range;
  readonly openRange: Range;
  readonly closeRange: Range;
}

export interface Tuple {
  readonly kind: 'Tuple';
  readonly elements: readonly Expression[];
  readonly range: Range;
  readonly openRange: Range;
}

export interface ObjectConstructor {
  readonly kind: 'Object';
  readonly items: readonly ObjectItem[];
  readonly range: Range;
  readonly openRange: Range;
}

/** `key = value` or `key : value` in an object constructor. */
export interface ObjectItem {
  readonly kind: 'ObjectItem';
  readonly key: ObjectKey;
  readonly value: Expression;
  readonly range: Range;
}

/**
 * The key of an object item. A lone name (a ScopeTraversal without steps; also `true`, `null`: see `literalName`)
 * means itself unless `forceNonLiteral`, which parentheses around the key set.
 */
export interface ObjectKey {
  readonly kind: 'ObjectKey';
  readonly expression: Expression;
  readonly forceNonLiteral: boolean;
  /** The name if the key is a lone keyword or identifier without parentheses, else undefined. */
  readonly literalName: string | undefined;
  readonly range: Range;
}

export interface Parentheses {
  readonly kind: 'Parentheses';
  readonly expression: Expression;
  /** The parentheses included. */
  readonly range: Range;
}

/** Stands where an expression could not be parsed; there is a diagnostic for it. Its value is unknown. */
export interface InvalidExpression {
  readonly kind: 'InvalidExpression';
  readonly range: Range;
}

export type Expression =
  | NumberLiteral
  | BoolLiteral
  | NullLiteral
  | Template
  | TemplateWrap
  | ScopeTraversal
  | RelativeTraversal
  | Index
  | Splat
  | SplatItem
  | FunctionCall
  | UnaryOperation
  | BinaryOperation
  | Conditional
  | ForTuple
  | ForObject
  | Tuple
  | ObjectConstructor
  | Parentheses
  | InvalidExpression;

/** Every node of the tree. */
export type Node =
  | Body
  | Attribute
  | Block
  | BlockLabel
  | Expression
  | TemplateLiteral
  | TemplateIf
  | TemplateFor
  | TraversalStep
  | ObjectItem
  | ObjectKey;

type HoldsNodes<T> = [Extract<T, Node | readonly Node[]>] extends [never] ? false : true;

/** The properties of a node that hold nodes. */
type ChildKey<N extends Node> = {
  [K in keyof N]-?: HoldsNodes<N[K]> extends true ? K : never;
}[keyof N];

type ChildTable = { readonly [N in Node as N['kind']]: { readonly [K in ChildKey<N>]: true } };

/** For each kind the properties that hold child nodes, in source order. A missing kind or property fails to compile. */
const CHILDREN: ChildTable = {
  Body: { items: true },
  Attribute: { expression: true },
  Block: { labels: true, body: true },
  BlockLabel: {},
  NumberLiteral: {},
  BoolLiteral: {},
  NullLiteral: {},
  Template: { parts: true },
  TemplateWrap: { expression: true },
  TemplateLiteral: {},
  TemplateIf: { condition: true, then: true, otherwise: true },
  TemplateFor: { collection: true, content: true },
  ScopeTraversal: { steps: true },
  RelativeTraversal: { source: true, steps: true },
  AttributeStep: {},
  IndexStep: {},
  Index: { collection: true, key: true },
  Splat: { source: true, item: true, each: true },
  SplatItem: {},
  FunctionCall: { arguments: true },
  UnaryOperation: { operand: true },
  BinaryOperation: { left: true, right: true },
  Conditional: { condition: true, then: true, otherwise: true },
  ForTuple: { collection: true, value: true, condition: true },
  ForObject: { collection: true, key: true, value: true, condition: true },
  Tuple: { elements: true },
  Object: { items: true },
  ObjectItem: { key: true, value: true },
  ObjectKey: { expression: true },
  Parentheses: { expression: true },
  InvalidExpression: {},
};

const childKeys = new Map<string, readonly string[]>();

/** Calls `visit` with each child of `node`, in source order. */
export function forEachChild(node: Node, visit: (child: Node) => void): void {
  let keys = childKeys.get(node.kind);
  if (!keys) childKeys.set(node.kind, (keys = Object.keys(CHILDREN[node.kind])));
  for (const key of keys) {
    const child = (node as unknown as Record<string, Node | readonly Node[] | undefined>)[key];
    if (Array.isArray(child)) (child as readonly Node[]).forEach(visit);
    else if (child !== undefined) visit(child as Node);
  }
}
