import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { intend } from '../lib/belongings.ts';
import { tryLock } from '../lib/file-lock.ts';
import type { FileLock } from '../lib/file-lock.ts';
import type { Artifact } from '../plan/artifact.ts';
import type { JsonObject } from '../plan/json.ts';
import type { PostProcessContext, PostProcessor } from './post-processor.ts';

/** The file, with Packer's names. */
interface ManifestFile {
  builds: ManifestBuild[];
  last_run_uuid: string;
}

interface ManifestBuild {
  readonly name: string;
  readonly builder_type: string;
  /** Unix time in seconds; absent with `strip_time`. */
  readonly build_time?: number;
  readonly files: readonly { readonly name: string; readonly size: number }[] | null;
  readonly artifact_id: string;
  readonly packer_run_uuid: string;
  readonly custom_data: Readonly<Record<string, string>> | null;
}

/** Adds the artifact to a JSON file that lists what was built. */
export const manifest: PostProcessor = {
  type: 'manifest',
  keepInput: 'always',
  async run(input, config, context) {
    const output = outputOf(config);
    const build = await describe(input, config, context);
    const lock = await waitForLock(`${output}.lock`, context.signal);
    try {
      const file = await read(output);
      const runUuid = context.data.PackerRunUUID;
      // -force starts a new list, but the builds of one run all belong into it.
      if (context.force && file.last_run_uuid !== runUuid) file.builds = [];
      file.builds.push(build);
      file.last_run_uuid = runUuid;
      await replace(output, file);
    } finally {
      await lock.release();
    }
    return input;
  },
  describe: (config) => [
    { type: 'path', path: resolve(outputOf(config)), what: 'list of what was built', stays: true },
  ],
};

function outputOf(config: JsonObject): string {
  return typeof config['output'] === 'string' && config['output'] !== ''
    ? config['output']
    : 'packer-manifest.json';
}

async function describe(
  input: Artifact,
  config: JsonObject,
  context: PostProcessContext,
): Promise<ManifestBuild> {
  const files = [];
  for (const path of input.files) {
    const name = config['strip_path'] === true ? basename(path) : context.givenPath(path);
    files.push({ name, size: (await stat(path)).size });
  }
  const custom = Object.entries((config['custom_data'] ?? {}) as Record<string, string>);
  return {
    name: context.sourceName,
    builder_type: context.sourceType,
    ...(config['strip_time'] === true ? {} : { build_time: Math.floor(Date.now() / 1000) }),
    files: files.length > 0 ? files : null,
    artifact_id: input.id,
    packer_run_uuid: context.data.PackerRunUUID,
    // Go writes the keys of a map in their order.
    custom_data: custom.length > 0 ? Object.fromEntries(custom.sort(([a], [b]) => (a < b ? -1 : 1))) : null,
  };
}

/** Builds that run at the same time add to the same file one after the other. */
async function waitForLock(path: string, signal: AbortSignal): Promise<FileLock> {
  for (;;) {
    const lock = await tryLock(path, '');
    if (lock.taken) return lock;
    // The holder writes one small file.
    await sleep(20, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function read(path: string): Promise<ManifestFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { builds: [], last_run_uuid: '' };
    throw new Error(`The manifest cannot be read: ${(error as Error).message}.`, { cause: error });
  }
  if (text.trim() === '') return { builds: [], last_run_uuid: '' };
  try {
    const file = JSON.parse(text) as { builds?: ManifestBuild[] | null; last_run_uuid?: string } | null;
    const isObject = typeof file === 'object' && file !== null && !Array.isArray(file);
    const builds = isObject ? (file.builds ?? []) : undefined;
    if (isObject && Array.isArray(builds)) {
      return { ...file, builds, last_run_uuid: file.last_run_uuid ?? '' };
    }
  } catch {
    // Told below.
  }
  throw new Error(
    `${path} exists and is no manifest, so nothing is added to it. Move it away, or set another output.`,
  );
}

/** The file is never seen half-written, and an older one stays until the new one is complete. */
async function replace(path: string, file: ManifestFile): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const entry = await intend({ kind: 'file', path: draft, what: 'the unfinished manifest' });
  try {
    await writeFile(draft, goJson(file), { mode: 0o664 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new Error(`The manifest cannot be written: ${(error as Error).message}.`, { cause: error });
  } finally {
    await entry.gone();
  }
}

/** JSON as Go's MarshalIndent writes it: two spaces, and what HTML could misread as escapes. */
function goJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
