import type { Diagnostic } from '../hcl/diagnostic.ts';
import { hasErrors } from '../hcl/diagnostic.ts';
import type { BuildPlan, PostProcessorPlan, ProvisionerPlan, SourcePlan } from '../plan/build-plan.ts';
import type { PlanOptions, PlanResult } from './api.ts';
import { fullBuildName, readBuild } from './builds.ts';
import type { BuildDefinition, SourceUse } from './builds.ts';
import type { Configuration, ScopedBlock } from './configuration.ts';
import { Evaluator } from './evaluator.ts';
import { Images } from './rules/images.ts';
import { planLegacy } from './legacy/plan.ts';
import { NameFilter } from './name-filter.ts';
import { hideSecrets } from './hide-secrets.ts';
import { sensitiveTexts, sourceValue } from './names.ts';
import { sortDiagnostics, warning, withoutConsequences } from './problems.ts';
import { isOurs, planSource } from './source-plan.ts';
import { planPostProcessor, planProvisioner } from './step-block.ts';
import type { PlannedStep, StepContext } from './step-block.ts';

/**
 * Evaluates and checks the builds of a configuration. Can be called when loading found errors: what depends on them is
 * not judged, everything else is.
 */
export async function planBuilds(
  configuration: Configuration,
  options: PlanOptions = {},
): Promise<PlanResult> {
  if (configuration.legacy) return planLegacy(configuration, configuration.legacy, options);
  const planner = new Planner(configuration, options);
  return planner.plan();
}

class Planner {
  readonly #configuration: Configuration;
  readonly #evaluator: Evaluator;
  readonly #filter: NameFilter;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #plans: Omit<BuildPlan, 'sensitive'>[] = [];
  readonly #invalid: string[] = [];
  readonly #names = new Map<string, SourceUse>();
  readonly #images = new Images();

  constructor(configuration: Configuration, options: PlanOptions) {
    const { names, functions, context } = configuration;
    this.#configuration = configuration;
    this.#evaluator = new Evaluator(names, functions, context);
    this.#filter = new NameFilter(options);
  }

  plan(): PlanResult {
    const { builds, sourceBlocks, files, names } = this.#configuration;
    for (const block of builds) {
      const { build, diagnostics } = readBuild(block, this.#configuration, this.#evaluator);
      this.#diagnostics.push(...diagnostics);
      const broken = hasErrors(diagnostics);
      for (const use of build.sources) this.#planUse(build, use, broken);
    }
    if (builds.length === 0) {
      // Nothing uses the sources, and yet whoever writes one wants to know whether it is right.
      for (const source of sourceBlocks.values()) {
        if (isOurs(source.type)) this.#checkAlone(source);
      }
      if (files.length > 0)
        this.#diagnostics.push(
          warning(
            'build-nothing',
            'The template has no build block, so there is nothing to build. Add: build { sources = ["source.vmm.NAME"] }.',
          ),
        );
    }
    this.#diagnostics.push(...this.#filter.unmatched([...this.#names.keys()]));
    // Only now: the blocks may have read secrets, too.
    const sensitive = sensitiveTexts(this.#configuration.names);
    return {
      plans: this.#plans.map((plan) => ({ ...plan, sensitive })),
      invalid: this.#invalid,
      diagnostics: sortDiagnostics(
        hideSecrets(withoutConsequences(this.#diagnostics, this.#configuration), names),
        files,
      ),
    };
  }

  #checkAlone(source: Parameters<typeof planSource>[0]): void {
    const evaluator = this.#evaluator.with({ source: sourceValue(source) });
    const { diagnostics } = planSource(source, undefined, evaluator, this.#configuration);
    this.#diagnostics.push(...diagnostics);
  }

  #planUse(build: BuildDefinition, use: SourceUse, broken: boolean): void {
    const fullName = fullBuildName(build.name, use);
    const earlier = this.#names.get(fullName);
    if (earlier) {
      const { filename, start } = earlier.range;
      const detail = `There is a build ${fullName} already, at ${filename}:${start.line}: their reports and files cannot be told apart. Give one of the builds or sources another name.`;
      this.#diagnostics.push(warning('build-name-duplicate', detail, use.range));
    }
    this.#names.set(fullName, use);
    if (!this.#filter.selects(fullName)) return;
    const source = this.#configuration.sourceBlocks.get(`${use.type}.${use.sourceName}`);
    if (!source) return;
    if (!isOurs(use.type)) {
      const detail = `Sources of type "${use.type}" are not built here, only those of type "vmm" and "openbsd-vmm". The build ${fullName} is skipped, and its source is not judged.`;
      this.#diagnostics.push(warning('source-not-built', detail, use.range));
      return;
    }
    const sourceNames = { type: use.type, name: use.name };
    const value = sourceValue(sourceNames);
    const planned = planSource(source, use, this.#evaluator.with({ source: value }), this.#configuration);
    const found = [...planned.diagnostics];
    const context: StepContext = {
      configuration: this.#configuration,
      evaluator: this.#evaluator,
      source: sourceNames,
      sourceValue: value,
      buildName: build.name,
      allSources: build.sources.map(({ type, name }) => `${type}.${name}`),
    };
    const provisioners = planAll(build.provisioners, context, planProvisioner, found);
    const cleanup = planAll(build.errorCleanup ? [build.errorCleanup] : [], context, planProvisioner, found);
    found.push(...warnOfUnreachable(planned.plan, build.provisioners, context));
    const postProcessors = build.postProcessors.map((sequence) =>
      this.#filter.keepSequence(planAll(sequence, context, planPostProcessor, found)),
    );
    this.#diagnostics.push(...found);
    if (broken || hasErrors(found) || !planned.plan) {
      this.#invalid.push(fullName);
      return;
    }
    this.#diagnostics.push(...this.#images.add(fullName, planned.plan, use.range));
    this.#plans.push({
      name: fullName,
      buildName: build.name,
      source: planned.plan,
      provisioners,
      errorCleanupProvisioner: cleanup[0],
      postProcessors: postProcessors.filter((sequence) => sequence.length > 0),
    });
  }
}

/** Provisioners that do not need the guest. */
const LOCAL_PROVISIONERS = ['shell-local', 'sleep', 'breakpoint'];

/** Packer lets them be: commands "succeed" without running, and uploads are tried again for minutes. */
function warnOfUnreachable(
  source: SourcePlan | undefined,
  blocks: readonly ScopedBlock[],
  context: StepContext,
): Diagnostic[] {
  if (source?.config.communicator !== 'none') return [];
  return blocks.flatMap((scoped) => {
    const [type] = scoped.block.labels;
    if (LOCAL_PROVISIONERS.includes(type ?? '') || !planProvisioner(scoped, context).plan) return [];
    const detail = `The communicator of ${source.type}.${source.name} is "none", so nothing reaches the guest and this provisioner cannot do its work. Set communicator = "ssh", or except = ["${source.type}.${source.name}"] here.`;
    return [warning('provisioner-unreachable', detail, scoped.block.headerRange)];
  });
}

function planAll<T extends ProvisionerPlan | PostProcessorPlan>(
  blocks: readonly ScopedBlock[],
  context: StepContext,
  planOne: (scoped: ScopedBlock, context: StepContext) => PlannedStep<T>,
  diagnostics: Diagnostic[],
): T[] {
  return blocks.flatMap((scoped) => {
    const { plan, diagnostics: found } = planOne(scoped, context);
    diagnostics.push(...found);
    return plan ? [plan] : [];
  });
}
