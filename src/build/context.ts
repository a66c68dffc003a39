import type { Communicator } from '../communicator/communicator.ts';
import type { KeyPair } from '../communicator/ssh/key-pair.ts';
import type { FileServer } from '../http/server.ts';
import type { Addresses, Hypervisor } from '../hypervisor/hypervisor.ts';
import type { Artifact } from '../plan/artifact.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import type { BootedMachine } from './guest/booted-machine.ts';
import type { ConsoleFiles, Transcript } from './console/transcript.ts';
import type { Emitter } from './emitter.ts';
import type { GuestAccess } from './guest/access.ts';
import type { Prompt } from './options.ts';

/**
 * What the steps of one build share. The fields that a step fills in are undefined before it has run and after it was undone.
 */
export interface BuildContext {
  readonly plan: BuildPlan;
  readonly hypervisor: Hypervisor;
  readonly force: boolean;
  readonly runUuid: string;
  readonly signal: AbortSignal;
  readonly emitter: Emitter;
  readonly paths: BuildPaths;
  /** The person at the terminal, if there is one. */
  readonly prompt?: Prompt;
  /** What `prompt` can offer of the guest at the moment. */
  readonly access: () => GuestAccess;
  /** Set by the runner as soon as the build is known to fail. */
  failed: boolean;

  /** By `cd image`: absolute path of the CD that was made. */
  cd?: string;
  /** By `iso image`: absolute path of the image that was fetched. */
  iso?: string;
  /** By `temporary key`. */
  temporaryKey?: KeyPair;
  /** By `disk`: whether unfinished disks are at the `partial` paths. */
  hasPartial: boolean;
  /** By `disk`: the state of the first disk that shows that nothing was written to it yet; undefined when it has a base. */
  blank?: string;
  transcript?: Transcript;
  /** By `provision`: how many provisioners are done, or were left out. */
  provisioned: number;
  /** By the start steps: the machine of the current boot. */
  machine?: BootedMachine;
  addresses?: Addresses;
  http?: HttpContext;
  communicator?: Communicator;
  /** By `image`: the finished image. */
  image?: Artifact;
  /** By `post-processors`: what the build hands over. */
  artifacts?: readonly Artifact[];
}

/** Where a disk is. Absolute paths. */
export interface DiskPaths {
  /** Of the finished disk. */
  readonly image: string;
  /** Where it is while it is being built: beside its final place, so that a rename gives it its name. */
  readonly partial: string;
}

/** The paths of a build; `image` is `<output_directory>/<vm_name>.<disk_format>`. */
export interface BuildPaths extends DiskPaths, ConsoleFiles {
  /** Of `disk_additional_size`, in that order: `<vm_name>-1.<disk_format>` and so on, beside the image. */
  readonly additional: readonly DiskPaths[];
}

/** All disks of a build: first the one that is booted. */
export function disksOf(paths: BuildPaths): readonly [DiskPaths, ...DiskPaths[]] {
  return [paths, ...paths.additional];
}

export interface HttpContext {
  server: FileServer;
  /** The host as the guest knows it. */
  host: string;
  /** The folder of generated files, absolute, and the paths of their templates below `http_directory`. */
  generated?: { readonly folder: string; readonly templates: readonly string[] };
  /** The server has been told what to serve. */
  serving: boolean;
}

/** The machine of the current boot. @throws when no step has started one: a mistake in the order of the steps */
export function machineOf(context: BuildContext): BootedMachine {
  if (context.machine === undefined) throw new TypeError('no machine is running');
  return context.machine;
}

/** See `machineOf`. */
export function addressesOf(context: BuildContext): Addresses {
  if (context.addresses === undefined) throw new TypeError('the addresses are not known');
  return context.addresses;
}
