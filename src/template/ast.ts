/*
 * The syntax tree of Go's text/template, as far as Packer's templates use it. Offsets are into the template text,
 * for messages.
 */

export type TemplateNode = Text | Action | If | Range | With;

export interface Text {
  readonly kind: 'Text';
  readonly value: string;
}

/** `{{ pipeline }}`: prints, unless it declares or assigns a variable. */
export interface Action {
  readonly kind: 'Action';
  readonly pipeline: Pipeline;
}

export interface If {
  readonly kind: 'If';
  readonly pipeline: Pipeline;
  readonly then: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
}

/** `{{ range $key, $value := pipeline }}`; in `body` the dot is the element. */
export interface Range {
  readonly kind: 'Range';
  readonly pipeline: Pipeline;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
}

/** Like `If`, and in `body` the dot is the value. */
export interface With {
  readonly kind: 'With';
  readonly pipeline: Pipeline;
  readonly body: readonly TemplateNode[];
  readonly otherwise: readonly TemplateNode[];
}

export interface Pipeline {
  /** Variables left of `:=` (declares) or `=` (assigns), with their dollar signs. */
  readonly variables: readonly string[];
  readonly declares: boolean;
  /** Each command receives the value of the one before as its last argument. */
  readonly commands: readonly Command[];
  readonly offset: number;
}

export type Command = Operand | Call;

export interface Call {
  readonly kind: 'Call';
  readonly name: string;
  readonly arguments: readonly (Operand | Call)[];
  readonly offset: number;
}

export type Operand = Literal | Dot | Variable | Field | Group;

export interface Literal {
  readonly kind: 'Literal';
  readonly value: string | number | boolean | null;
}

export interface Dot {
  readonly kind: 'Dot';
}

export interface Variable {
  readonly kind: 'Variable';
  /** With its dollar sign; `$` alone is the data the template was given. */
  readonly name: string;
}

/** `.Name` of an operand. */
export interface Field {
  readonly kind: 'Field';
  readonly of: Operand;
  readonly name: string;
  readonly offset: number;
}

/** `( pipeline )`. */
export interface Group {
  readonly kind: 'Group';
  readonly pipeline: Pipeline;
}
