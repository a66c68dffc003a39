import type { Command, Operand, Pipeline, TemplateNode } from './ast.ts';

/*
 * Writes a Go template as a program of Handlebars. Every value is a call of one of the helpers in helpers.ts, never a
 * path of Handlebars: its own lookup, its own helpers and JavaScript's prototypes cannot be reached from a text.
 */

const NOWHERE: hbs.AST.SourceLocation = {
  source: '',
  start: { line: 1, column: 0 },
  end: { line: 1, column: 0 },
};
const NO_STRIP: hbs.AST.StripFlags = { open: false, close: false };

/** The helper that stands for a function of the template. */
export function helperOf(functionName: string): string {
  return `function:${functionName}`;
}

export function compileNodes(nodes: readonly TemplateNode[]): hbs.AST.Program {
  return { type: 'Program', body: nodes.map(compileNode), blockParams: [], loc: NOWHERE };
}

function compileNode(node: TemplateNode): hbs.AST.Statement {
  switch (node.kind) {
    case 'Text':
      return {
        type: 'ContentStatement',
        value: node.value,
        original: node.value,
        loc: NOWHERE,
      } as hbs.AST.Statement;
    case 'Action':
      return {
        type: 'MustacheStatement',
        path: helperPath(node.pipeline.variables.length > 0 ? 'silent' : 'print'),
        params: [compilePipeline(node.pipeline)],
        hash: hashOf({ offset: node.pipeline.offset }),
        escaped: false,
        strip: NO_STRIP,
        loc: NOWHERE,
      } as hbs.AST.MustacheStatement;
    case 'If':
      return compileBlock('if', node.pipeline, node.then, node.otherwise);
    case 'Range':
      return compileBlock('range', node.pipeline, node.body, node.otherwise);
    case 'With':
      return compileBlock('with', node.pipeline, node.body, node.otherwise);
  }
}

function compileBlock(
  helper: string,
  pipeline: Pipeline,
  body: readonly TemplateNode[],
  otherwise: readonly TemplateNode[],
): hbs.AST.BlockStatement {
  // Variables that a block declares live inside it: the block's helper declares them in the scope it opens.
  const value =
    helper === 'range' ? compileCommands(pipeline) : compilePipeline({ ...pipeline, variables: [] });
  return {
    type: 'BlockStatement',
    path: helperPath(helper),
    params: [value, ...pipeline.variables.map(stringOf)],
    hash: hashOf({ offset: pipeline.offset, declares: pipeline.declares ? 1 : 0 }),
    program: compileNodes(body),
    inverse: compileNodes(otherwise),
    openStrip: NO_STRIP,
    inverseStrip: NO_STRIP,
    closeStrip: NO_STRIP,
    loc: NOWHERE,
  };
}

function compilePipeline(pipeline: Pipeline): hbs.AST.Expression {
  const value = compileCommands(pipeline);
  const name = pipeline.variables[0];
  if (name === undefined) return value;
  return callHelper(pipeline.declares ? 'declare' : 'assign', [stringOf(name), value], pipeline.offset);
}

function compileCommands(pipeline: Pipeline): hbs.AST.Expression {
  let piped: hbs.AST.Expression | undefined;
  for (const command of pipeline.commands) piped = compileCommand(command, piped);
  // The parser gives every pipeline at least one command.
  return piped as hbs.AST.Expression;
}

function compileCommand(command: Command, piped?: hbs.AST.Expression): hbs.AST.Expression {
  if (command.kind !== 'Call') return compileOperand(command);
  const parameters = command.arguments.map((argument) => compileCommand(argument));
  if (piped) parameters.push(piped);
  return callHelper(helperOf(command.name), parameters, command.offset);
}

function compileOperand(operand: Operand): hbs.AST.Expression {
  switch (operand.kind) {
    case 'Literal':
      return literalOf(operand.value);
    case 'Dot':
      return callHelper('dot', [], 0);
    case 'Variable':
      return callHelper('variable', [stringOf(operand.name)], 0);
    case 'Field':
      return callHelper('field', [compileOperand(operand.of), stringOf(operand.name)], operand.offset);
    case 'Group':
      return compilePipeline(operand.pipeline);
  }
}

function callHelper(name: string, params: hbs.AST.Expression[], offset: number): hbs.AST.SubExpression {
  return { type: 'SubExpression', path: helperPath(name), params, hash: hashOf({ offset }), loc: NOWHERE };
}

function helperPath(name: string): hbs.AST.PathExpression {
  return { type: 'PathExpression', data: false, depth: 0, parts: [name], original: name, loc: NOWHERE };
}

function hashOf(numbers: Readonly<Record<string, number>>): hbs.AST.Hash {
  const pairs = Object.entries(numbers).map(([key, value]): hbs.AST.HashPair => ({
    type: 'HashPair',
    key,
    value: literalOf(value),
    loc: NOWHERE,
  }));
  return { type: 'Hash', pairs, loc: NOWHERE };
}

function stringOf(value: string): hbs.AST.Expression {
  return literalOf(value);
}

function literalOf(value: string | number | boolean | null): hbs.AST.Expression {
  const node = (type: string) => ({ type, value, original: value, loc: NOWHERE }) as hbs.AST.Expression;
  if (typeof value === 'string') return node('StringLiteral');
  if (typeof value === 'number') return node('NumberLiteral');
  if (typeof value === 'boolean') return node('BooleanLiteral');
  return { type: 'NullLiteral', loc: NOWHERE } as hbs.AST.Expression;
}
