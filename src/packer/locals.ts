import type { Expression, ScopeTraversal } from '../hcl/ast.ts';
import type { ContentBlock } from '../hcl/schema.ts';
import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import { variablesOf } from '../hcl/eval/variables.ts';
import type { Range } from '../hcl/source.ts';
import { sensitive } from '../hcl/value/marks.ts';
import { contentOf } from './bodies.ts';
import type { DataDeclaration, LocalDeclaration } from './configuration.ts';
import { evaluateDataSource, expressionsOfData } from './data-sources.ts';
import type { DataContext } from './data-sources.ts';
import type { Evaluator } from './evaluator.ts';
import { stepName } from './evaluator.ts';
import { evaluationOrder } from './graph.ts';
import { NO_USABLE_VALUE } from './names.ts';
import type { NamedValue, Names } from './names.ts';
import { problem } from './problems.ts';
import { isName, readSensitive } from './variables.ts';

export interface LocalDefinition extends LocalDeclaration {
  readonly expression: Expression;
}

/** Reads the `locals` and `local` blocks of all files. */
export function declareLocals(blocks: readonly ContentBlock[]): {
  locals: LocalDefinition[];
  diagnostics: Diagnostic[];
} {
  const locals = new Map<string, LocalDefinition>();
  const diagnostics: Diagnostic[] = [];
  const add = (local: LocalDefinition) => {
    const earlier = locals.get(local.name);
    if (!earlier) {
      locals.set(local.name, local);
      return;
    }
    const { filename, start } = earlier.range;
    const detail = `The local value "${local.name}" is already defined at ${filename}:${start.line}. Remove one of the two, or rename it.`;
    diagnostics.push(problem('local-duplicate', detail, local.range));
  };
  for (const block of blocks) {
    if (block.type === 'locals') {
      const content = contentOf(block.body, { attributes: 'any', blocks: {} });
      diagnostics.push(...content.diagnostics);
      for (const { name, nameRange, expression } of content.attributes.values()) {
        add({ name, expression, sensitive: false, range: nameRange });
      }
    } else if (block.type === 'local') {
      const local = readLocal(block, diagnostics);
      if (local) add(local);
    }
  }
  return { locals: [...locals.values()], diagnostics };
}

function readLocal(block: ContentBlock, diagnostics: Diagnostic[]): LocalDefinition | undefined {
  const content = contentOf(block.body, {
    attributes: ['expression', 'sensitive'],
    required: ['expression'],
    blocks: {},
    missingRange: block.headerRange,
  });
  diagnostics.push(...content.diagnostics);
  const label = block.labels[0];
  if (label === undefined) return undefined;
  if (!isName(label)) {
    const detail = `"${label}" is no name for a local value: names start with a letter and hold letters, digits, _ and -.`;
    diagnostics.push(problem('local-name-invalid', detail, block.labelRanges[0] ?? block.headerRange));
    return undefined;
  }
  const expression = content.attributes.get('expression')?.expression;
  const isSensitive = readSensitive(content.attributes.get('sensitive'), diagnostics);
  return expression && { name: label, expression, sensitive: isSensitive, range: block.headerRange };
}

/** Reads the `data` blocks of all files. */
export function declareData(blocks: readonly ContentBlock[]): {
  data: DataDeclaration[];
  diagnostics: Diagnostic[];
} {
  const data = new Map<string, DataDeclaration>();
  const diagnostics: Diagnostic[] = [];
  for (const block of blocks) {
    const [type = '', name = ''] = block.labels;
    const key = `${type}.${name}`;
    const earlier = data.get(key);
    if (!earlier) {
      data.set(key, { type, name, block });
      continue;
    }
    const { filename, start } = earlier.block.headerRange;
    const detail = `The data source ${key} is already defined at ${filename}:${start.line}. Remove one of the two, or rename it.`;
    diagnostics.push(problem('data-duplicate', detail, block.headerRange));
  }
  return { data: [...data.values()], diagnostics };
}

interface Node {
  readonly name: string;
  readonly dependencies: readonly string[];
  readonly range: Range;
  evaluate(evaluator: Evaluator): Promise<{ named: NamedValue; diagnostics: readonly Diagnostic[] }>;
  store(named: NamedValue): void;
}

export interface GraphContext extends Omit<DataContext, 'evaluator'> {
  readonly names: Names;
  /** An evaluator for these names of locals and data, as `local.x` and `data.t.n`. */
  evaluatorFor(dependencies: readonly string[]): Evaluator;
}

/** Evaluates locals and data sources, each after what it refers to; they may refer to each other. */
export async function evaluateGraph(
  locals: readonly LocalDefinition[],
  data: readonly DataDeclaration[],
  context: GraphContext,
): Promise<Diagnostic[]> {
  const { names } = context;
  for (const { type } of data) if (!names.data.has(type)) names.data.set(type, new Map());
  const all = [
    ...locals.map(({ name }) => `local.${name}`),
    ...data.map(({ type, name }) => `data.${type}.${name}`),
  ];
  const nodes: Node[] = [
    ...locals.map((local) => localNode(local, all, names)),
    ...data.map((one) => dataNode(one, all, context)),
  ];
  const { order, cycles } = evaluationOrder(nodes);
  const diagnostics = cycles.map(describeCycle);
  const inCycle = new Set(cycles.flat());
  for (const node of nodes) node.store(NO_USABLE_VALUE);
  for (const node of order) {
    if (inCycle.has(node)) continue;
    const { named, diagnostics: found } = await node.evaluate(context.evaluatorFor(node.dependencies));
    diagnostics.push(...found);
    node.store(named);
  }
  return diagnostics;
}

function localNode(local: LocalDefinition, all: readonly string[], names: Names): Node {
  const name = `local.${local.name}`;
  return {
    name,
    dependencies: dependenciesOf([local.expression], name, all),
    range: local.range,
    evaluate: async (evaluator) => {
      const { value, diagnostics } = evaluator.evaluate(local.expression);
      if (hasErrors(diagnostics)) return { named: NO_USABLE_VALUE, diagnostics };
      const { expression } = local;
      const shown = local.sensitive ? sensitive(value) : value;
      return { named: { value: shown, range: expression.range, expression }, diagnostics };
    },
    store: (named) => void names.locals.set(local.name, named),
  };
}

function dataNode(data: DataDeclaration, all: readonly string[], context: GraphContext): Node {
  const name = `data.${data.type}.${data.name}`;
  return {
    name,
    dependencies: dependenciesOf(expressionsOfData(data), name, all),
    range: data.block.headerRange,
    evaluate: async (evaluator) => {
      const { value, diagnostics } = await evaluateDataSource(data, { ...context, evaluator });
      return { named: { value, range: data.block.headerRange }, diagnostics };
    },
    store: (named) => void context.names.data.get(data.type)?.set(data.name, named),
  };
}

/** What expressions refer to, of `all`; a reference to all locals or all data at once depends on every other. */
function dependenciesOf(expressions: readonly Expression[], self: string, all: readonly string[]): string[] {
  const found = new Set<string>();
  for (const traversal of expressions.flatMap(variablesOf)) {
    const name = nodeName(traversal);
    if (name !== undefined) found.add(name);
    else if (traversal.rootName === 'local' || traversal.rootName === 'data') {
      const prefix = [traversal.rootName, stepName(traversal, 0)]
        .filter((part) => part !== undefined)
        .join('.');
      for (const other of all) if (other !== self && other.startsWith(`${prefix}.`)) found.add(other);
    }
  }
  return [...found];
}

function nodeName(traversal: ScopeTraversal): string | undefined {
  const [first, second] = [stepName(traversal, 0), stepName(traversal, 1)];
  if (traversal.rootName === 'local' && first !== undefined) return `local.${first}`;
  if (traversal.rootName === 'data' && first !== undefined && second !== undefined)
    return `data.${first}.${second}`;
  return undefined;
}

function describeCycle(cycle: readonly Node[]): Diagnostic {
  const [first] = cycle;
  const chain = [...cycle, ...(first ? [first] : [])].map(({ name }) => name);
  const detail =
    cycle.length === 1
      ? `${first?.name} refers to itself, so it has no value. Give the two things different names.`
      : `These refer to each other in a circle, so none of them has a value: ${chain.join(' -> ')}. Break the circle at one of them.`;
  return problem('reference-cycle', detail, first?.range);
}
