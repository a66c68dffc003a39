import { AsyncLocalStorage } from 'node:async_hooks';
import type { ProcessEnd } from './run.ts';

/** Is told of every program that is started in its scope. */
export interface ProcessObserver {
  /** Called before the program is started; what it returns is called at the end. */
  started(argv: readonly string[]): (end: ProcessEnd | { readonly error: string }) => void;
}

const observers = new AsyncLocalStorage<ProcessObserver>();

/**
 * Runs `action`, and tells `observer` of each program that it starts, also later on and out of callbacks. Builds run at the same
 * time and share the drivers: which of them a program belongs to is known only here.
 */
export function observingProcesses<T>(observer: ProcessObserver, action: () => T): T {
  return observers.run(observer, action);
}

/** For the runner of processes: tells the observer of this scope, if there is one. */
export function tellStart(argv: readonly string[]): ReturnType<ProcessObserver['started']> {
  return observers.getStore()?.started(argv) ?? (() => undefined);
}
