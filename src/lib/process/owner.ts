import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isSameStart, ownStart } from './identity.ts';
import { startOf } from './table.ts';

/** The process to which something belongs, as it is written into files that outlive it. */
export interface ProcessOwner {
  readonly pid: number;
  /** See identity.ts. */
  readonly started: string;
  readonly host: string;
  /** Among which processes the number counts, where that is not the whole machine: the pid namespace of Linux. */
  readonly namespace?: string;
}

/** This process. */
export function thisProcess(): ProcessOwner {
  return { pid: process.pid, started: ownStart(), host: hostname(), namespace: pidNamespace() };
}

/** The owner is this very process. */
export function isThisProcess(owner: ProcessOwner): boolean {
  const own = thisProcess();
  return owner.pid === own.pid && owner.host === own.host && isSameStart(owner.started, own.started);
}

/**
 * Whether the owner still runs. `elsewhere`: it belongs to another machine or container, of whose processes nothing can be told from
 * here. When in doubt it is `alive`: nothing of a living process may be touched.
 */
export async function stateOf(owner: ProcessOwner): Promise<'alive' | 'dead' | 'elsewhere'> {
  const own = thisProcess();
  const [boot, ownBoot] = [bootOf(owner), bootOf(own)];
  const isSameBoot = boot !== undefined && boot === ownBoot;
  if (!isSameBoot && owner.host !== own.host) return 'elsewhere';
  // After a restart of the machine no process of before is left.
  if (boot !== undefined && ownBoot !== undefined && !isSameBoot) return 'dead';
  if (!isSameNamespace(owner, own)) return 'elsewhere';
  const started = await startOf(owner.pid);
  if (started === undefined) return 'dead';
  return started === '' || isSameStart(started, owner.started) ? 'alive' : 'dead';
}

/** Whether two processes of a machine count their numbers together; true when that was not written down. */
export function isSameNamespace(one: ProcessOwner, other: ProcessOwner): boolean {
  return one.namespace === undefined || other.namespace === undefined || one.namespace === other.namespace;
}

/** Reads an owner out of what was written. @returns undefined when it is none */
export function parseOwner(value: unknown): ProcessOwner | undefined {
  const { pid, started, host, namespace } = (value ?? {}) as Partial<Record<keyof ProcessOwner, unknown>>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (typeof started !== 'string' || typeof host !== 'string') return undefined;
  return { pid, started, host, namespace: typeof namespace === 'string' ? namespace : undefined };
}

function bootOf({ started }: ProcessOwner): string | undefined {
  return /^boot:([^:]+):/.exec(started)?.[1];
}

function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}
