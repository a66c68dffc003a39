import '../private-tmp.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { BuildEvent } from '../../src/build/events.ts';
import type { RunOptions } from '../../src/build/options.ts';
import type { BuildResult } from '../../src/build/result.ts';
import { runBuilds } from '../../src/build/run-builds.ts';
import type { BuildPlan, PostProcessorPlan, ProvisionerPlan } from '../../src/plan/build-plan.ts';
import type { JsonObject } from '../../src/plan/json.ts';
import type { SshConfig } from '../../src/plan/ssh-config.ts';
import type { VmmConfig } from '../../src/plan/vmm-config.ts';
import type { FakeHypervisor } from './fake-hypervisor.ts';

const origin = { file: 'test.pkr.hcl', line: 1, column: 1 };

export async function temporaryFolder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

export interface PlanOptions {
  readonly config?: Partial<VmmConfig>;
  readonly ssh?: Partial<SshConfig>;
  readonly plan?: Partial<BuildPlan>;
}

/** A plan whose output and log go below `folder`. */
export function makePlan(folder: string, { config, ssh, plan }: PlanOptions = {}): BuildPlan {
  return {
    name: 'vmm.web',
    buildName: '',
    provisioners: [],
    postProcessors: [],
    sensitive: [],
    source: {
      type: 'vmm',
      name: 'web',
      origin,
      config: {
        vm_name: 'web1',
        vm_template: 'generic',
        disk_format: 'qcow2',
        disk_size: '1G',
        log_directory: join(folder, 'log'),
        output_directory: join(folder, 'out', 'images'),
        gen_files_extension: 'pkr.in',
        gen_files_pattern: 'web1',
        boot_command: 'go<enter>',
        boot_wait: -1,
        http_port_min: 0,
        http_port_max: 0,
        communicator: 'none',
        shutdown_timeout: 5_000,
        ...config,
      },
      ssh: {
        ssh_port: 22,
        ssh_username: 'root',
        ssh_password: 'correct horse',
        ssh_agent_auth: false,
        ssh_timeout: 20_000,
        ssh_handshake_attempts: 0,
        ssh_pty: false,
        ssh_disable_agent_forwarding: false,
        ssh_file_transfer_method: 'sftp',
        ssh_keep_alive_interval: 5_000,
        pause_before_connecting: 0,
        ...ssh,
      },
    },
    ...plan,
  };
}

export function provisioner(
  type: string,
  config: JsonObject,
  meta: Partial<ProvisionerPlan> = {},
): ProvisionerPlan {
  return {
    type,
    origin: { file: 'test.pkr.hcl', line: 20, column: 3 },
    pauseBefore: 0,
    timeout: 0,
    maxRetries: 0,
    continueOnError: false,
    resolve: () => ({ ok: true, config }),
    ...meta,
  };
}

export function postProcessor(
  type: string,
  config: JsonObject,
  meta: Partial<PostProcessorPlan> = {},
): PostProcessorPlan {
  return {
    type,
    origin: { file: 'test.pkr.hcl', line: 30, column: 3 },
    resolve: () => ({ ok: true, config }),
    ...meta,
  };
}

export interface Run {
  readonly result: BuildResult;
  readonly results: readonly BuildResult[];
  readonly cancelled: boolean;
  readonly events: readonly BuildEvent[];
  /** What steps, undos and the user interface said, one line each. */
  readonly log: readonly string[];
}

/** Runs plans and collects everything. */
export async function run(
  plans: BuildPlan | readonly BuildPlan[],
  hypervisor: FakeHypervisor,
  options: Partial<RunOptions> = {},
): Promise<Run> {
  const events: BuildEvent[] = [];
  const list = Array.isArray(plans) ? (plans as readonly BuildPlan[]) : [plans as BuildPlan];
  const { onEvent, ...rest } = options;
  const { builds, cancelled } = await runBuilds(list, {
    hypervisor,
    force: false,
    onError: 'cleanup',
    parallel: 0,
    signal: new AbortController().signal,
    runUuid: '11111111-2222-3333-4444-555555555555',
    onEvent: (event) => {
      events.push(event);
      onEvent?.(event);
    },
    ...rest,
  });
  const [result] = builds;
  if (result === undefined) throw new Error('no build');
  return { result, results: builds, cancelled, events, log: events.flatMap(logLine) };
}

function logLine(event: BuildEvent): string[] {
  switch (event.type) {
    case 'step-end':
      return [`${event.step}: ${event.outcome}`];
    case 'cleanup-end':
      return [`undo ${event.step}${event.error === undefined ? '' : `: ${event.error}`}`];
    case 'cleanup-skipped':
      return [`skip ${event.step}`];
    default:
      return [];
  }
}
