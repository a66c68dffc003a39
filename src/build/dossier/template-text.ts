import { formatDuration } from '../../lib/duration.ts';
import { durationsOf } from '../../schema/index.ts';
import type { BuildData, BuildPlan, Origin, ProvisionerPlan } from '../../plan/build-plan.ts';

/** The source block and the blocks that failed, as they were evaluated: each with its place. */
export function templateText(
  { source, provisioners, errorCleanupProvisioner }: BuildPlan,
  failed: readonly number[],
  data: BuildData | undefined,
): string {
  const options = { ...source.config, ...(source.config.communicator === 'ssh' ? source.ssh : {}) };
  const blocks = [block(`source "${source.type}" "${source.name}"`, source.origin, options)];
  for (const index of failed) {
    const plan = provisioners[index - 1] ?? errorCleanupProvisioner;
    if (plan !== undefined) blocks.push(provisionerBlock(plan, data));
  }
  return blocks.join('\n');
}

function provisionerBlock(plan: ProvisionerPlan, data: BuildData | undefined): string {
  const resolved = data && plan.resolve(data);
  return block(`provisioner "${plan.type}"`, plan.origin, resolved?.ok ? resolved.config : {});
}

function block(head: string, { file, line, column }: Origin, values: object): string {
  const durations = durationsOf('source-vmm');
  const lines = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name} = ${show(value, durations.has(name))}`],
  );
  return `# ${file}:${line}:${column}, evaluated, with defaults\n${head} {\n${lines.join('\n')}\n}\n`;
}

function show(value: unknown, isDuration: boolean): string {
  // A plan holds durations in milliseconds.
  if (typeof value === 'number' && isDuration) return `"${formatDuration(value)}"`;
  return JSON.stringify(value);
}
