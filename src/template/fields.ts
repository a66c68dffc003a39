import type { Call, Command, Operand, Pipeline, TemplateNode } from './ast.ts';

/** A value that a template takes out of its data: `{{ .HTTPIP }}`. */
export interface FieldUse {
  readonly name: string;
  /** Of the dot before the name, in the text. */
  readonly offset: number;
}

/**
 * The fields of the data that a template uses, in the order of the text; those of elements and values that `range` and `with`
 * put in the dot's place are not among them.
 */
export function fieldsOf(nodes: readonly TemplateNode[]): FieldUse[] {
  const collector = new Collector();
  collector.visitAll(nodes, true);
  return collector.found;
}

class Collector {
  readonly found: FieldUse[] = [];

  /** @param isData the dot stands for the data */
  visitAll(nodes: readonly TemplateNode[], isData: boolean): void {
    for (const node of nodes) {
      if (node.kind === 'Text') continue;
      this.#pipeline(node.pipeline, isData);
      if (node.kind === 'Action') continue;
      if (node.kind === 'If') this.visitAll(node.then, isData);
      else this.visitAll(node.body, false);
      this.visitAll(node.otherwise, isData);
    }
  }

  #pipeline({ commands }: Pipeline, isData: boolean): void {
    for (const command of commands) this.#operand(command, isData);
  }

  #operand(operand: Command | Operand | Call, isData: boolean): void {
    switch (operand.kind) {
      case 'Call':
        for (const argument of operand.arguments) this.#operand(argument, isData);
        return;
      case 'Group':
        this.#pipeline(operand.pipeline, isData);
        return;
      case 'Field': {
        const { of, name, offset } = operand;
        const isOfData = of.kind === 'Dot' ? isData : of.kind === 'Variable' && of.name === '$';
        if (isOfData) this.found.push({ name, offset });
        else this.#operand(of, isData);
        return;
      }
      default:
    }
  }
}
