import type { InspectedBuild, InspectedStep, Inspection } from '../../packer/index.ts';
import type { Run } from '../command.ts';
import { hasErrors } from '../../hcl/diagnostic.ts';
import { inspectConfiguration, loadConfiguration } from '../../packer/index.ts';
import { Reporter } from '../reporter.ts';
import { loadOptionsOf } from '../template.ts';
import { legacyLines, legacyText } from '../view/legacy-text.ts';
import { namesText } from '../view/names-text.ts';

/** `vmm-hcl inspect TEMPLATE`. */
export const run: Run = async (args, io) => {
  const reporter = new Reporter(args, io);
  const options = loadOptionsOf(args, io, reporter, { undeclared: 'ignore' });
  if (!options) return 1;
  const template = args.operands[0]!;
  // As in Packer, only the syntax and the values of variables must be right; later problems are not looked at.
  const declarations = await loadConfiguration(template, { ...options, syntaxOnly: true });
  await reporter.diagnostics(declarations.diagnostics, declarations.sources);
  if (hasErrors(declarations.diagnostics)) return 1;
  const { configuration } = await loadConfiguration(template, { ...options, dataSources: 'run' });
  const inspection = inspectConfiguration(configuration);
  if (args.on('json')) {
    io.stdout.write(`${JSON.stringify({ ...inspection, diagnostics: undefined }, null, 2)}\n`);
    return 0;
  }
  if (configuration.legacy) {
    if (args.machineReadable) io.stdout.write(legacyLines(configuration, inspection));
    else reporter.say(`Packer Inspect: JSON mode\n\n${legacyText(configuration, inspection)}`);
    return 0;
  }
  reporter.say('Packer Inspect: HCL2 mode\n');
  reporter.say(namesText(configuration.names));
  reporter.say(buildsText(inspection));
  return 0;
};

/** The builds in Packer's shape. */
function buildsText({ builds }: Inspection): string {
  return ['> builds:\n', ...builds.map(buildText)].join('\n');
}

function buildText(build: InspectedBuild, index: number): string {
  const name = build.name === '' ? `<unnamed build ${index}>` : build.name;
  const parts = [`  > ${name}:\n`];
  if (build.description !== '') parts.push(`  > Description: ${build.description}\n`);
  parts.push('    sources:\n', ...build.sources.map((name) => `      ${withoutBuild(name, build)}\n`));
  parts.push('    provisioners:\n', `${list(build.provisioners, '<no provisioner>')}\n`);
  if (build.errorCleanupProvisioner) {
    parts.push('    error-cleanup-provisioner:\n', `${list([build.errorCleanupProvisioner], '')}\n`);
  }
  parts.push('    post-processors:\n');
  if (build.postProcessors.length === 0) parts.push('      <no post-processor>\n');
  for (const [number, sequence] of build.postProcessors.entries()) {
    parts.push([`      ${number}:`, ...sequence.map((step) => `        ${title(step)}`), ''].join('\n'));
  }
  return parts.join('\n');
}

function list(steps: readonly InspectedStep[], none: string): string {
  return steps.length === 0 ? `      ${none}` : steps.map((step) => `      ${title(step)}`).join('\n');
}

/** `checksum.cs`, as Packer writes it. */
function title({ type, name }: InspectedStep): string {
  return name === undefined ? type : `${type}.${name}`;
}

function withoutBuild(fullName: string, { name }: InspectedBuild): string {
  return name === '' ? fullName : fullName.slice(name.length + 1);
}
