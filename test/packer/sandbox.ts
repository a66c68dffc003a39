import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Diagnostic } from '../../src/hcl/diagnostic.ts';
import { loadConfiguration, planBuilds, sortDiagnostics } from '../../src/packer/index.ts';
import type { LoadOptions, LoadResult, PlanOptions, PlanResult } from '../../src/packer/index.ts';

export interface Checked {
  readonly loaded: LoadResult;
  readonly planned: PlanResult;
  /** Of both, sorted. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface CheckOptions extends Partial<LoadOptions>, PlanOptions {
  /** The operand; by default the directory itself. */
  readonly path?: string;
}

/** Files that templates of tests can name: an ISO, a kernel, a base image, a key and a directory to serve. */
const SURROUNDINGS: Readonly<Record<string, string>> = {
  'install.iso': 'iso',
  // The directory of an ISO image of 4,096 blocks, and nothing behind it.
  'short.iso': `${'\0'.repeat(16 * 2048)}\x01CD001${'\0'.repeat(74)}\0\x10${'\0'.repeat(46)}\0\x08${'\0'.repeat(2)}`,
  'bsd.rd': 'kernel',
  'base.qcow2': 'QFI\xfb',
  'http/install.conf.pkr.in': 'System hostname = {{ .VMName }}\n',
  'setup.sh': '#!/bin/sh\n',
  key: '-----BEGIN PRIVATE KEY-----\nMC4CAQA=\n-----END PRIVATE KEY-----\n',
};

/** Writes files into a new directory, calls `use` with it, and removes it. */
export async function inDirectory<T>(
  files: Readonly<Record<string, string>>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'vmm-hcl-test-'));
  try {
    for (const [name, text] of Object.entries({ ...SURROUNDINGS, ...files })) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Loads and plans a template made of these files, as `vmm-hcl validate` run in their directory would. */
export async function check(
  files: Readonly<Record<string, string>>,
  options: CheckOptions = {},
): Promise<Checked> {
  return inDirectory(files, async (cwd) => {
    const { path = '.', only, except, ...rest } = options;
    const loaded = await loadConfiguration(path, { cwd, env: {}, ...rest });
    const planned = await planBuilds(loaded.configuration, { only, except });
    const all = [...loaded.diagnostics, ...planned.diagnostics];
    return { loaded, planned, diagnostics: sortDiagnostics(all, loaded.configuration.files) };
  });
}

/** The body of a vmm source in which nothing is wrong. */
export const GOOD_SOURCE = `  vm_name      = "base"
  vm_template  = "generic"
  disk_size    = "20G"
  ssh_username = "root"
  ssh_password = "secret"`;

/** A template with one source and one build. */
export function templateOf(source: string = GOOD_SOURCE, build = ''): string {
  const inner = build === '' ? '' : `\n${build}`;
  return `source "vmm" "base" {\n${source}\n}\n\nbuild {\n  sources = ["source.vmm.base"]${inner}\n}\n`;
}

export function readFixture(name: string): string {
  return readFileSync(join('fixtures/templates', name), 'utf8');
}
