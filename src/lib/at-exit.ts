const actions = new Set<() => void>();

/**
 * Calls `action` when this process exits by itself, for what must not outlive it. The action must be synchronous. One listener
 * serves all, because Node warns of more than ten, and a build of its own runs for each source.
 * @returns what withdraws the action. Idempotent
 */
export function atExit(action: () => void): () => void {
  if (actions.size === 0) process.on('exit', actAll);
  // Each call has its own entry, also for the same function.
  const entry = () => action();
  actions.add(entry);
  return () => {
    if (actions.delete(entry) && actions.size === 0) process.off('exit', actAll);
  };
}

function actAll(): void {
  for (const action of actions) {
    try {
      action();
    } catch {
      // The others have their turn nevertheless; nobody is left to be told.
    }
  }
}
