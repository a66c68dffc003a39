import { text } from 'node:stream/consumers';
import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { CallContext, FunctionSpec } from '../../hcl/functions/spec.ts';
import type { Value } from '../../hcl/value/value.ts';
import type { Arguments } from '../arguments.ts';
import type { Run } from '../command.ts';
import type { Io } from '../io.ts';
import type { Workbench } from '../expression-session.ts';
import { hasErrors } from '../../hcl/diagnostic.ts';
import { packerFunctions } from '../../hcl/functions/index.ts';
import { parseExpression } from '../../hcl/syntax/parse.ts';
import { Evaluator } from '../../packer/evaluator.ts';
import { Names } from '../../packer/names.ts';
import { HELP, INPUT_NAME, interact, shown } from '../expression-session.ts';
import { Reporter } from '../reporter.ts';
import { loadTemplate } from '../template.ts';
import { namesText } from '../view/names-text.ts';

/** `vmm-hcl console [TEMPLATE]`. */
export const run: Run = async (args, io) => {
  const reporter = new Reporter(args, io);
  const bench = await benchOf(args, io, reporter);
  if (!bench) return 1;
  let failed = false;
  const evaluate = async (expression: string): Promise<string | undefined> => {
    const { value, diagnostics } = bench.evaluate(expression);
    await reporter.diagnostics(diagnostics, new Map([[INPUT_NAME, expression]]));
    if (value && !hasErrors(diagnostics)) return shown(value, args.on('json'));
    failed = true;
    return undefined;
  };
  if (io.stdin.isTTY === true) {
    await interact(io, bench, evaluate);
    return 0;
  }
  let last: string | undefined;
  for (const line of (await text(io.stdin)).split('\n')) {
    const word = line.trim();
    if (word === 'exit') break;
    if (word === 'variables') last = bench.variables();
    else if (word === 'help') last = HELP;
    else if (word !== '') last = await evaluate(line);
  }
  if (last !== undefined) io.stdout.write(`${last}\n`);
  return failed ? 1 : 0;
};

/** The template's names, or those that are there without one. Undefined when the template has errors. */
async function benchOf(args: Arguments, io: Io, reporter: Reporter): Promise<Workbench | undefined> {
  if (args.operands.length === 0) {
    return workbench(new Names('.', io.cwd), packerFunctions, {
      baseDirectory: io.cwd,
      workingDirectory: io.cwd,
    });
  }
  const loaded = await loadTemplate(args, io, reporter, { dataSources: 'skip', undeclared: 'ignore' });
  return (
    loaded &&
    workbench(loaded.configuration.names, loaded.configuration.functions, loaded.configuration.context)
  );
}

function workbench(
  names: Names,
  functions: ReadonlyMap<string, FunctionSpec>,
  context: CallContext,
): Workbench {
  const common = names.common();
  // As in Packer, the outputs of data sources cannot be referred to here.
  common.delete('data');
  const evaluator = new Evaluator(names, functions, context, {}, common);
  return {
    evaluate(expressionText): { value?: Value; diagnostics: readonly Diagnostic[] } {
      const { expression, diagnostics } = parseExpression({ filename: INPUT_NAME, text: expressionText });
      return hasErrors(diagnostics) ? { diagnostics } : evaluator.evaluate(expression);
    },
    variables: () => namesText(names),
    names: [
      ...[...names.variables.keys()].map((name) => `var.${name}`),
      ...[...names.locals.keys()].map((name) => `local.${name}`),
      ...['path.cwd', 'path.root', 'packer.version'],
      ...functions.keys(),
    ].sort(),
  };
}
