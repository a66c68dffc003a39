/** A thing that others refer to by name. */
export interface GraphNode {
  readonly name: string;
  /** Names of nodes that must be evaluated before; names that are no nodes are ignored. */
  readonly dependencies: readonly string[];
}

export interface Ordering<T extends GraphNode> {
  /** Every node after its dependencies, otherwise in the given order. Nodes of a cycle are at the place where it closes. */
  readonly order: readonly T[];
  /** Each cycle once, as the chain of its nodes from the first in the given order. */
  readonly cycles: readonly (readonly T[])[];
}

/** Sorts nodes so that each follows what it depends on, and finds the cycles that make this impossible. */
export function evaluationOrder<T extends GraphNode>(nodes: readonly T[]): Ordering<T> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const state = new Map<T, 'open' | 'done'>();
  const order: T[] = [];
  const cycles: T[][] = [];
  for (const start of nodes) {
    // An explicit stack: a thousand locals may depend on each other in a row.
    const stack: { node: T; next: number }[] = [];
    const enter = (node: T) => {
      state.set(node, 'open');
      stack.push({ node, next: 0 });
    };
    if (!state.has(start)) enter(start);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const name = top.node.dependencies[top.next++];
      if (name === undefined) {
        stack.pop();
        state.set(top.node, 'done');
        order.push(top.node);
        continue;
      }
      const dependency = byName.get(name);
      if (!dependency) continue;
      if (state.get(dependency) === 'open') {
        const from = stack.findIndex(({ node }) => node === dependency);
        cycles.push(stack.slice(from).map(({ node }) => node));
      } else if (!state.has(dependency)) enter(dependency);
    }
  }
  return { order, cycles };
}
