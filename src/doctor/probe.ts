import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs';
import type { Accelerator } from '../hypervisor/qemu/accelerator.ts';
import { HypervisorError } from '../hypervisor/hypervisor.ts';
import { chooseAccelerator } from '../hypervisor/qemu/accelerator.ts';
import { bootImageArguments } from '../hypervisor/qemu/boot-image.ts';
import { CommandError } from '../lib/process/command-error.ts';
import { findProgram } from '../lib/process/find-program.ts';
import { run } from '../lib/process/run.ts';

/**
 * Everything that the checks learn about a machine: they ask nothing else. So a machine can be recorded, and the checks can be
 * tried on it anywhere. No question changes anything.
 */
export interface Probe {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** The node(1) that runs this program. */
  readonly execPath: string;
  /** As `findProgram` of src/lib. */
  findProgram(name: string, folders?: readonly string[]): string | undefined;
  /** Runs a program that only tells something. Throws only on abort. */
  run(argv: readonly string[]): Promise<Answer>;
  /** @throws NodeJS.ErrnoException */
  readFile(path: string): string;
  /** @throws NodeJS.ErrnoException */
  realpath(path: string): string;
  /** Undefined when there is nothing, or nothing that one may see. */
  stat(path: string): FileFacts | undefined;
  /** How fast QEMU can be; may start a machine without a disk for a moment. */
  accelerator(program: string): Promise<Accelerator>;
  /** Why QEMU cannot start a kernel or BIOS image; undefined when it can, as far as the file tells. */
  bootImageProblem(path: string): Promise<BootImageProblem | undefined>;
}

export interface BootImageProblem {
  readonly message: string;
  readonly hint?: string;
}

export interface Answer {
  /** Undefined when the program could not be started, was killed or hung; `stderr` says why. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'other';
  readonly writable: boolean;
}

/** Milliseconds after which a program that only tells something counts as hanging. */
const PATIENCE = 15_000;

/** The machine that this program runs on. */
export function hostProbe(surroundings: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
}): Probe {
  const { env, cwd, signal } = surroundings;
  return {
    platform: process.platform,
    env,
    cwd,
    execPath: process.execPath,
    findProgram: (name, folders) => findProgram(name, { ...env }, folders),
    async run([program = '', ...args]) {
      try {
        const options = { signal, timeout: PATIENCE, accept: 'any', env: { ...env, LC_ALL: 'C' } } as const;
        const { exitCode, stdout, stderr } = await run(program, args, options);
        return { exitCode, stdout, stderr };
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        return { exitCode: undefined, stdout: error.stdout, stderr: error.message };
      }
    },
    readFile: (path) => readFileSync(path, 'utf8'),
    realpath: (path) => realpathSync(path),
    stat(path) {
      try {
        const facts = statSync(path);
        const kind = facts.isFile() ? 'file' : facts.isDirectory() ? 'directory' : 'other';
        return { kind, writable: mayWrite(path) };
      } catch {
        return undefined;
      }
    },
    accelerator: (program) => chooseAccelerator(program, signal),
    async bootImageProblem(path) {
      try {
        await bootImageArguments(path);
        return undefined;
      } catch (error) {
        if (error instanceof HypervisorError) return error;
        return { message: `The boot image cannot be read: ${(error as Error).message}.` };
      }
    },
  };
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The text of a file, or why there is none: the code of the error, such as ENOENT. */
export function readText(probe: Probe, path: string): { readonly text: string } | { readonly code: string } {
  try {
    return { text: probe.readFile(path) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { code };
  }
}
