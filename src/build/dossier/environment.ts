import { createRequire } from 'node:module';
import { statfs } from 'node:fs/promises';
import { arch, cpus, freemem, loadavg, release, totalmem, tmpdir, type, userInfo, version } from 'node:os';
import { shellCommand } from '../../lib/process/shell-words.ts';
import { binaryUnits } from '../../lib/size.ts';
import type { Hypervisor } from '../../hypervisor/hypervisor.ts';
import type { VmmConfig } from '../../plan/vmm-config.ts';

/** Variables that change what a build does. */
const SHOWN = /^(?:VMM_HCL_\w+|PACKER_\w+|PATH|TMPDIR|LANG|LC_\w+|TERM|NO_COLOR|NODE_OPTIONS|CI)$/;
/** Those whose values may be secret, such as PACKER_GITHUB_API_TOKEN: that they are set must do. */
const NAMED =
  /^(?:PKR_VAR_\w+|https?_proxy|all_proxy|no_proxy|SSH_AUTH_SOCK|(?:VMM_HCL|PACKER)_\w*(?:TOKEN|SECRET|PASSW|CREDENTIAL)\w*)$/i;

/** What the build ran on: versions, the machine, its room, the variables of the environment that matter. */
export async function environmentText(
  program: string,
  hypervisor: Hypervisor,
  config: VmmConfig,
): Promise<string> {
  const { env } = process;
  const folders = [...new Set([config.output_directory, config.log_directory, tmpdir()])];
  const lines = [
    program,
    `node ${process.version}`,
    `ssh2 ${packageVersion('ssh2')}`,
    `${type()} ${release()} ${arch()} (${version()})`,
    `hypervisor: ${hypervisor.name}${await hypervisorVersion(hypervisor)}`,
    `command line: ${shellCommand(process.argv)}`,
    `directory: ${currentDirectory()}`,
    `user: ${user()}`,
    `processors: ${cpus().length}, load ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
    `memory: ${binaryUnits(freemem())} free of ${binaryUnits(totalmem())}`,
    ...(await Promise.all(folders.map(async (folder) => `room in ${folder}: ${await room(folder)}`))),
    ...Object.keys(env)
      .filter((name) => SHOWN.test(name) && !NAMED.test(name))
      .sort()
      .map((name) => `${name}=${env[name]}`),
    ...Object.keys(env)
      .filter((name) => NAMED.test(name))
      .sort()
      .map((name) => `${name} is set`),
  ];
  return `${lines.join('\n')}\n`;
}

function packageVersion(name: string): string {
  try {
    return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
  } catch {
    return 'of unknown version';
  }
}

async function hypervisorVersion(hypervisor: Hypervisor): Promise<string> {
  const text = await hypervisor.version?.(AbortSignal.timeout(5_000)).catch(() => undefined);
  return text === undefined ? '' : `, ${text}`;
}

function user(): string {
  const groups = process.getgroups?.().join(' ') ?? '';
  try {
    const { username, uid, gid } = userInfo();
    return `${username} (uid ${uid}, gid ${gid}, groups ${groups})`;
  } catch {
    return `uid ${process.getuid?.()} (has no name), groups ${groups}`;
  }
}

function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return 'gone';
  }
}

async function room(folder: string): Promise<string> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return `${binaryUnits(bavail * bsize)} free of ${binaryUnits(blocks * bsize)}`;
  } catch (error) {
    return `not known (${(error as Error).message})`;
  }
}
