import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { BuildPlan } from '../../plan/build-plan.ts';
import type { Run } from '../command.ts';
import { hasErrors } from '../../hcl/diagnostic.ts';
import { loadConfiguration, planBuilds, sortDiagnostics } from '../../packer/index.ts';
import { Reporter } from '../reporter.ts';
import { loadOptionsOf } from '../template.ts';

/** `vmm-hcl validate TEMPLATE`. */
export const run: Run = async (args, io) => {
  const reporter = new Reporter(args, io);
  const options = loadOptionsOf(args, io, reporter, {
    dataSources: args.on('evaluate-datasources') ? 'run' : 'skip',
    syntaxOnly: args.on('syntax-only'),
    undeclared: args.on('no-warn-undeclared-var') ? 'ignore' : 'warn',
  });
  if (!options) return 1;
  const {
    configuration,
    diagnostics: loading,
    sources,
  } = await loadConfiguration(args.operands[0]!, options);
  const found: Diagnostic[] = [...loading];
  let plans: readonly BuildPlan[] = [];
  // Builds are planned also after an error: all problems are told in one run.
  if (!args.on('syntax-only')) {
    const planned = await planBuilds(configuration, { only: args.all('only'), except: args.all('except') });
    found.push(...planned.diagnostics);
    plans = planned.plans;
  }
  const texts = new Map(sources);
  if (plans.some(({ source }) => source.config.http_directory !== undefined)) {
    const { fileTemplateProblems } = await import('../file-templates.ts');
    found.push(...(await fileTemplateProblems(plans, io.cwd, texts)));
  }
  // HashiCorp's parser is one of HCL.
  if (args.on('reference') && !configuration.legacy) {
    const { compareWithReference } = await import('../reference.ts');
    found.push(...(await compareWithReference(sources)));
  }
  if (args.on('host')) {
    const { hostDiagnostics } = await import('../commands/doctor.ts');
    const problems = await hostDiagnostics(args, io, reporter, { configuration }, plans);
    if (!problems) return 1;
    found.push(...problems);
  }
  const diagnostics = sortDiagnostics(found, configuration.files);
  const failed = hasErrors(diagnostics) || (args.on('warnings-as-errors') && diagnostics.length > 0);
  if (args.on('json')) {
    const { diagnosticToJson } = await import('../../hcl/render-diagnostics.ts');
    const report = { valid: !failed, diagnostics: diagnostics.map(diagnosticToJson) };
    io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    return failed ? 1 : 0;
  }
  await reporter.diagnostics(diagnostics, texts);
  if (!failed) reporter.say('The configuration is valid.');
  else reporter.error(countOf(diagnostics));
  return failed ? 1 : 0;
};

/** "2 errors and 1 warning." */
function countOf(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const parts = [
    errors > 0 && `${errors} error${errors === 1 ? '' : 's'}`,
    warnings > 0 && `${warnings} warning${warnings === 1 ? '' : 's'}`,
  ];
  const isHostOnly = diagnostics.every(
    ({ severity, code }) => severity === 'warning' || code.startsWith('host-'),
  );
  const what =
    isHostOnly && errors > 0 ? 'This machine is not ready to build it' : 'The configuration is not valid';
  return `${what}: ${parts.filter(Boolean).join(' and ')}.`;
}
