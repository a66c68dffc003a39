import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LineSplitter } from '../../lib/lines.ts';
import { stateDirectory } from '../../lib/state-directory.ts';

/*
 * How `vmm-hcl attach` and a build talk over a Unix socket: JSON, one object a line. The build begins with a `Greeting`.
 */

/** What a build says of itself to everybody who connects. */
export interface Greeting {
  /** Full name of the build. */
  readonly build: string;
  /** Name of its machine. */
  readonly machine: string;
  readonly pid: number;
}

/** From the build: console text, bytes that were left out since the viewer is too slow, or the end with a sentence about it. */
export type FromBuild = { readonly text: string } | { readonly lost: number } | { readonly end: string };

/** To the build: keys, in base64. */
export interface ToBuild {
  readonly keys: string;
}

/** Calls `onMessage` with what arrives in pieces. Lines that are no JSON objects are ignored. */
export function messageReader(onMessage: (message: Readonly<Record<string, unknown>>) => void) {
  const lines = new LineSplitter((line) => {
    try {
      const message = JSON.parse(line) as unknown;
      if (typeof message === 'object' && message !== null) onMessage(message as Record<string, unknown>);
    } catch {
      // Somebody else talks here.
    }
  });
  return (chunk: Buffer) => lines.push(chunk);
}

export function encode(message: Greeting | FromBuild | ToBuild): string {
  return `${JSON.stringify(message)}\n`;
}

/** The folder of the sockets: `vmm-hcl` below XDG_RUNTIME_DIR, else `run` in the state directory. */
export function socketFolder(env: Readonly<Record<string, string | undefined>>): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  return runtime?.startsWith('/') ? join(runtime, 'vmm-hcl') : join(stateDirectory(env), 'run');
}

/**
 * Creates the folder, for this user only.
 * @throws Error when somebody else could put sockets there, or listen to ours
 */
export function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = checkedStat(folder);
  if (uid !== process.getuid?.()) throw new Error(`${folder} belongs to another user`);
  if ((mode & 0o077) !== 0) throw new Error(`${folder} is open to others: run chmod 700 ${folder}`);
}

function checkedStat(folder: string): { readonly uid: number; readonly mode: number } {
  const status = lstatSync(folder);
  if (!status.isDirectory()) throw new Error(`${folder} is no folder`);
  return status;
}
