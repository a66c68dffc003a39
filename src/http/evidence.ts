import { nearest } from '../lib/nearest.ts';
import { list } from './files.ts';
import type { Served } from './server.ts';

/** What clients did, collected while serving. */
export interface Seen {
  requests: number;
  /** Decoded URL paths of files that were handed out. */
  readonly fetched: Set<string>;
  /** Decoded URL paths that were asked for and do not exist. */
  readonly notFound: Set<string>;
}

/** A summary for the report on a failed build. */
export interface Evidence {
  readonly requests: number;
  /** How many different files were handed out. */
  readonly fetched: number;
  /** Paths that were offered and never asked for; at most 20 of them. */
  readonly neverFetched: readonly string[];
  /** Paths that were asked for and do not exist, each with the nearest path that does. */
  readonly notFound: readonly { readonly path: string; readonly nearest?: string }[];
}

/** Clients are guests that run unknown code: what they ask for may not fill our memory. */
const MOST_REMEMBERED = 1000;
const MOST_SHOWN = 20;

/** Adds to a set that a guest can grow. */
export function remember(set: Set<string>, path: string): void {
  if (set.size < MOST_REMEMBERED) set.add(path.slice(0, 500));
}

export async function evidenceOf(served: Served, seen: Seen): Promise<Evidence> {
  const paths = await offeredPaths(served);
  const unasked = (served.kind === 'folders' && served.unasked) || new Set<string>();
  return {
    requests: seen.requests,
    fetched: seen.fetched.size,
    neverFetched: paths.filter((path) => !seen.fetched.has(path) && !unasked.has(path)).slice(0, MOST_SHOWN),
    notFound: [...seen.notFound]
      .slice(0, MOST_SHOWN)
      .map((path) => ({ path, nearest: nearestPath(path, paths) })),
  };
}

const offered = new WeakMap<Served, Promise<readonly string[]>>();

/** Every path that a client can fetch, sorted; looked up once, so that a guest that asks for nonsense costs little. */
export function offeredPaths(served: Served): Promise<readonly string[]> {
  let paths = offered.get(served);
  if (paths === undefined) {
    paths =
      served.kind === 'folders' ? list(served.roots) : Promise.resolve(Object.keys(served.content).sort());
    offered.set(served, paths);
  }
  return paths;
}

/** The offered path that was most likely meant. The same name in another folder is the most likely mistake of all. */
export function nearestPath(path: string, paths: readonly string[]): string | undefined {
  const name = baseName(path);
  return (name === '' ? undefined : paths.find((other) => baseName(other) === name)) ?? nearest(path, paths);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}
