import type { Diagnostic } from '../hcl/diagnostic.ts';
import type { LoadResult } from '../packer/api.ts';
import { BUILD_DATA_NAMES, type BuildPlan, type ShownBuildData } from '../plan/build-plan.ts';
import type { Arguments } from './arguments.ts';
import type { Io } from './io.ts';
import type { Reporter } from './reporter.ts';
import { type Check, CHECKS } from '../doctor/check.ts';
import { examine } from '../doctor/doctor.ts';
import type { NeededProgram } from '../doctor/subject.ts';
import { hostProbe } from '../doctor/probe.ts';
import { sourceArgumentRange, stepRange } from '../packer/source-places.ts';
import { chooseHypervisor } from './hypervisor.ts';
import { remedyText } from './view/doctor-text.ts';

/**
 * Checks this machine, and what the builds need of it. Undefined when the driver is unknown, which is reported, and after a
 * signal.
 */
export async function hostChecks(
  args: Arguments,
  io: Io,
  reporter: Reporter,
  loaded: Pick<LoadResult, 'configuration'> | undefined,
  plans: readonly BuildPlan[],
): Promise<{ readonly hypervisor: 'vmctl' | 'qemu'; readonly checks: readonly Check[] } | undefined> {
  const driver = await chooseHypervisor(args, io, reporter, loaded);
  if (!driver) return undefined;
  const controller = new AbortController();
  const stopListening = io.onSignal(() => controller.abort());
  try {
    const probe = hostProbe({ env: io.env, cwd: io.cwd, signal: controller.signal });
    const checks = await examine(probe, {
      hypervisor: driver.name,
      subjects: await Promise.all(
        plans.map(async (plan) => ({
          build: plan.name,
          config: plan.source.config,
          compressors: await compressorsOf(plan),
          ansiblePrograms: await ansibleProgramsOf(plan),
        })),
      ),
      search: {
        flag: args.text('vm-conf'),
        templateDirectory: loaded?.configuration.context.baseDirectory,
      },
    });
    return { hypervisor: driver.name, checks };
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    reporter.error('Interrupted; nothing was changed.');
    return undefined;
  } finally {
    stopListening();
  }
}

/** What is known when a build runs only. */
const PLACEHOLDERS = Object.fromEntries(
  BUILD_DATA_NAMES.map((name) => [name, `<${name}>`]),
) as ShownBuildData;

/** What the provisioners ansible run on this machine. */
async function ansibleProgramsOf({ provisioners }: BuildPlan): Promise<NeededProgram[]> {
  const blocks = provisioners.filter(({ type }) => type === 'ansible');
  if (blocks.length === 0) return [];
  const { ansibleProgram } = await import('../provisioner/ansible.ts');
  const { Options } = await import('../provisioner/options.ts');
  return blocks.flatMap((block) => {
    const resolved = block.resolve(PLACEHOLDERS);
    if (!resolved.ok) return [];
    return [{ program: ansibleProgram(new Options(resolved.config)), origin: block.origin }];
  });
}

/** What the blocks of compress need. What cannot be understood before the build runs is told by the build. */
async function compressorsOf({ source, postProcessors }: BuildPlan): Promise<NeededProgram[]> {
  const blocks = postProcessors.flat().filter(({ type }) => type === 'compress');
  if (blocks.length === 0) return [];
  const { neededCompressor } = await import('../post-processor/compress.ts');
  return blocks.flatMap((block) => {
    const resolved = block.resolve(PLACEHOLDERS);
    if (!resolved.ok) return [];
    try {
      const context = { data: PLACEHOLDERS, sourceName: source.name, sourceType: source.type };
      const program = neededCompressor(resolved.config, context);
      return program === undefined ? [] : [{ program, origin: block.origin }];
    } catch {
      return [];
    }
  });
}

/** The same as problems of the template, where it asks for what is missing: `validate -host`. */
export async function hostDiagnostics(
  args: Arguments,
  io: Io,
  reporter: Reporter,
  loaded: Pick<LoadResult, 'configuration'>,
  plans: readonly BuildPlan[],
): Promise<readonly Diagnostic[] | undefined> {
  const result = await hostChecks(args, io, reporter, loaded, plans);
  return result?.checks.flatMap((check) => {
    const { name, state, text, why, remedies = [], build, attribute, origin } = check;
    if (state === 'ok' || state === 'unknown') return [];
    const source = plans.find((plan) => plan.name === build)?.source;
    const { configuration } = loaded;
    const subject =
      origin !== undefined
        ? stepRange(configuration, origin)
        : source && attribute !== undefined
          ? sourceArgumentRange(configuration, source, attribute)
          : undefined;
    const detail = [[text, why].filter(Boolean).join(' '), ...remedies.map(remedyText)].join('\n');
    const severity = state === 'failed' ? 'error' : 'warning';
    return [{ severity, code: `host-${name}`, summary: CHECKS[name], detail, subject } as const];
  });
}
