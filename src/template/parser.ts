import type { Call, Command, Operand, Pipeline, TemplateNode } from './ast.ts';
import { TemplateError } from './error.ts';
import { splitTemplate } from './lexer.ts';
import type { Segment, Token } from './lexer.ts';

/** Words that Go's text/template knows and Packer's templates have no use for. */
const UNSUPPORTED = new Set(['define', 'template', 'block', 'break', 'continue']);

/**
 * Parses a template of Go's text/template.
 * @param isFunction says whether a function of this name exists.
 * @throws TemplateError at the first mistake.
 */
export function parseTemplate(text: string, isFunction: (name: string) => boolean): TemplateNode[] {
  const parser = new BlockParser(text, isFunction);
  const { nodes, end } = parser.nodes(new Set(['$']));
  if (end) throw new TemplateError(`{{${end.word}}} has no block to end.`, text, end.offset);
  return nodes;
}

interface BlockEnd {
  readonly word: 'else' | 'end';
  /** What follows `else`. */
  readonly rest: ActionParser;
  readonly offset: number;
}

class BlockParser {
  readonly #text: string;
  readonly #isFunction: (name: string) => boolean;
  readonly #segments: readonly Segment[];
  #index = 0;

  constructor(text: string, isFunction: (name: string) => boolean) {
    this.#text = text;
    this.#isFunction = isFunction;
    this.#segments = splitTemplate(text);
  }

  /** nodes := (text | action | block)* ; ends at `{{else}}`, `{{end}}` or the end of the text. */
  nodes(variables: Set<string>): { nodes: TemplateNode[]; end: BlockEnd | undefined } {
    const nodes: TemplateNode[] = [];
    for (;;) {
      const segment = this.#segments[this.#index++];
      if (!segment) return { nodes, end: undefined };
      if (segment.kind === 'text') {
        nodes.push({ kind: 'Text', value: segment.value });
        continue;
      }
      const action = new ActionParser(this.#text, segment, this.#isFunction, variables);
      const keyword = action.keyword();
      if (keyword === 'else' || keyword === 'end') {
        if (keyword === 'end') action.expectEnd();
        return { nodes, end: { word: keyword, rest: action, offset: segment.offset } };
      }
      if (keyword === 'if' || keyword === 'range' || keyword === 'with') {
        nodes.push(this.#block(keyword, action, segment.offset, variables));
      } else {
        nodes.push({ kind: 'Action', pipeline: action.wholePipeline(false) });
      }
    }
  }

  /** block := ("if" | "range" | "with") pipeline nodes ("else" nodes)? "end" ; `else if` and `else with` chain. */
  #block(
    keyword: 'if' | 'range' | 'with',
    action: ActionParser,
    offset: number,
    outer: ReadonlySet<string>,
  ): TemplateNode {
    const variables = new Set(outer);
    action.variables = variables;
    const pipeline = action.wholePipeline(keyword === 'range');
    const body = this.nodes(new Set(variables));
    let otherwise: TemplateNode[] = [];
    if (body.end?.word === 'else') {
      const chained = body.end.rest.keyword();
      if (chained === keyword && keyword !== 'range') {
        otherwise = [this.#block(keyword, body.end.rest, offset, variables)];
      } else {
        body.end.rest.expectEnd();
        const rest = this.nodes(new Set(variables));
        if (rest.end?.word === 'else') {
          throw new TemplateError('This {{else}} follows another {{else}}.', this.#text, rest.end.offset);
        }
        if (!rest.end) throw this.#unended(keyword, offset);
        otherwise = rest.nodes;
      }
    } else if (!body.end) {
      throw this.#unended(keyword, offset);
    }
    if (keyword === 'if') return { kind: 'If', pipeline, then: body.nodes, otherwise };
    return { kind: keyword === 'range' ? 'Range' : 'With', pipeline, body: body.nodes, otherwise };
  }

  #unended(keyword: string, offset: number): TemplateError {
    return new TemplateError(`The {{${keyword}}} that starts here has no {{end}}.`, this.#text, offset);
  }
}

class ActionParser {
  variables: Set<string>;
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #offset: number;
  readonly #isFunction: (name: string) => boolean;
  #index = 0;

  constructor(
    text: string,
    segment: Segment & { kind: 'action' },
    isFunction: (name: string) => boolean,
    variables: Set<string>,
  ) {
    this.#text = text;
    this.#tokens = segment.tokens;
    this.#offset = segment.offset;
    this.#isFunction = isFunction;
    this.variables = variables;
  }

  /** Takes a leading keyword of a block, if there is one. */
  keyword(): string | undefined {
    const token = this.#tokens[this.#index];
    if (token?.type !== 'word') return undefined;
    if (UNSUPPORTED.has(token.text)) {
      throw this.#error(`{{${token.text}}} is not supported: only if, range and with.`, token);
    }
    if (!['if', 'else', 'end', 'range', 'with'].includes(token.text)) return undefined;
    this.#index++;
    return token.text;
  }

  expectEnd(): void {
    const token = this.#tokens[this.#index];
    if (token) throw this.#error(`${describe(token)} is not expected here.`, token);
  }

  /** pipeline := (variable ("," variable)? (":=" | "="))? command ("|" command)* */
  wholePipeline(inRange: boolean): Pipeline {
    const pipeline = this.#pipeline(inRange);
    this.expectEnd();
    return pipeline;
  }

  #pipeline(inRange: boolean): Pipeline {
    const offset = this.#tokens[this.#index]?.offset ?? this.#offset;
    const { names, declares } = this.#declaration(inRange);
    const commands: Command[] = [this.#command(false)];
    while (this.#take('|')) commands.push(this.#command(true));
    if (declares) for (const name of names) this.variables.add(name);
    return { variables: names, declares, commands, offset };
  }

  #declaration(inRange: boolean): { names: string[]; declares: boolean } {
    const isVariable = (at: number) => this.#tokens[at]?.type === 'variable';
    const isOperator = (at: number) => {
      const token = this.#tokens[at];
      return token?.type === 'punctuation' && (token.text === ':=' || token.text === '=');
    };
    const start = this.#index;
    if (!isVariable(start)) return { names: [], declares: false };
    const pair = this.#tokens[start + 1]?.text === ',' && isVariable(start + 2);
    const operatorAt = start + (pair ? 3 : 1);
    if (!isOperator(operatorAt)) return { names: [], declares: false };
    const taken = pair ? [this.#tokens[start], this.#tokens[start + 2]] : [this.#tokens[start]];
    const names = taken.flatMap((token) => (token ? [token] : []));
    const declares = this.#tokens[operatorAt]?.text === ':=';
    if (pair && !inRange)
      throw this.#error('Two variables at once are possible only with {{range}}.', names[1]);
    if (!declares) names.forEach((token) => this.#checkVariable(token));
    this.#index = operatorAt + 1;
    return { names: names.map((token) => token.text), declares };
  }

  /** command := function argument* | operand */
  #command(piped: boolean): Command {
    const token = this.#tokens[this.#index];
    if (token?.type === 'word' && !isConstant(token.text)) {
      this.#index++;
      this.#checkFunction(token);
      const arguments_: (Operand | Call)[] = [];
      while (this.#startsOperand()) arguments_.push(this.#argument());
      return { kind: 'Call', name: token.text, arguments: arguments_, offset: token.offset };
    }
    const operand = this.#operand();
    const next = this.#tokens[this.#index];
    if (this.#startsOperand()) {
      throw this.#error(`${describe(next)} is an argument, but no function stands before it.`, next);
    }
    if (piped) {
      throw this.#error('A value is piped into something that is not a function.', token);
    }
    return operand;
  }

  /** argument := operand | function (without arguments) */
  #argument(): Operand | Call {
    const token = this.#tokens[this.#index];
    if (token?.type === 'word' && !isConstant(token.text)) {
      this.#index++;
      this.#checkFunction(token);
      return { kind: 'Call', name: token.text, arguments: [], offset: token.offset };
    }
    return this.#operand();
  }

  #startsOperand(): boolean {
    const token = this.#tokens[this.#index];
    if (!token) return false;
    return token.type !== 'punctuation' || token.text === '(' || token.text === '.';
  }

  /** operand := (literal | "." | variable | field | "(" pipeline ")") field* ; the fields follow without a blank. */
  #operand(): Operand {
    let operand = this.#primary();
    for (;;) {
      const token = this.#tokens[this.#index];
      if (token?.type !== 'field' || !token.attached) return operand;
      if (operand.kind === 'Literal') throw this.#error('A constant has no fields.', token);
      this.#index++;
      operand = { kind: 'Field', of: operand, name: token.text, offset: token.offset };
    }
  }

  #primary(): Operand {
    const token = this.#tokens[this.#index];
    if (!token) throw new TemplateError('A value is missing here.', this.#text, this.#offset);
    this.#index++;
    if (token.type === 'string') return { kind: 'Literal', value: token.text };
    if (token.type === 'number') return { kind: 'Literal', value: numberValue(token.text) };
    if (token.type === 'field') {
      return { kind: 'Field', of: { kind: 'Dot' }, name: token.text, offset: token.offset };
    }
    if (token.type === 'variable') {
      this.#checkVariable(token);
      return { kind: 'Variable', name: token.text };
    }
    if (token.type === 'word' && isConstant(token.text)) {
      return { kind: 'Literal', value: token.text === 'nil' ? null : token.text === 'true' };
    }
    if (token.type === 'punctuation' && token.text === '.') return { kind: 'Dot' };
    if (token.type === 'punctuation' && token.text === '(') {
      const pipeline = this.#pipeline(false);
      if (!this.#take(')')) throw this.#error('The parenthesis that opens here is not closed.', token);
      return { kind: 'Group', pipeline };
    }
    throw this.#error(`${describe(token)} is not expected here.`, token);
  }

  #take(punctuation: string): boolean {
    const token = this.#tokens[this.#index];
    if (token?.type !== 'punctuation' || token.text !== punctuation) return false;
    this.#index++;
    return true;
  }

  #checkVariable(token: Token): void {
    if (!this.variables.has(token.text)) {
      throw this.#error(`The template has not declared the variable ${token.text}.`, token);
    }
  }

  #checkFunction(token: Token): void {
    if (this.#isFunction(token.text)) return;
    throw new TemplateError(
      `There is no function "${token.text}" for {{ }}.`,
      this.#text,
      token.offset,
      token.text,
    );
  }

  #error(message: string, token: Token | undefined): TemplateError {
    return new TemplateError(message, this.#text, token?.offset ?? this.#offset);
  }
}

function isConstant(word: string): boolean {
  return word === 'true' || word === 'false' || word === 'nil';
}

function describe(token: Token | undefined): string {
  if (!token) return 'The end of the action';
  return token.type === 'field' ? `".${token.text}"` : JSON.stringify(token.text);
}

function numberValue(text: string): number {
  const digits = text.replaceAll('_', '');
  const octal = /^([+-]?)0([0-7]+)$/.exec(digits);
  if (octal) return parseInt(`${octal[1]}${octal[2]}`, 8);
  return digits.startsWith('-') ? -Number(digits.slice(1)) : Number(digits);
}
