import type { Diagnostic } from '../../hcl/diagnostic.ts';
import { hasErrors } from '../../hcl/diagnostic.ts';
import type { BuildPlan, SourcePlan } from '../../plan/build-plan.ts';
import type { PlanOptions, PlanResult } from '../api.ts';
import type { Configuration } from '../configuration.ts';
import { hideSecrets } from '../hide-secrets.ts';
import { Images } from '../rules/images.ts';
import { sensitiveTexts } from '../names.ts';
import { sortDiagnostics, warning } from '../problems.ts';
import { isOurs } from '../source-plan.ts';
import type { PlannedStep } from '../step-block.ts';
import { nameBuilders, planBuilder } from './builder.ts';
import type { NamedBuilder } from './builder.ts';
import { checkReferences } from './references.ts';
import { planLegacyPostProcessor, planLegacyProvisioner } from './step.ts';
import type { LegacyBlock, LegacyTemplate } from './structure.ts';

/** `planBuilds` for a legacy JSON template: each builder is a build, with all provisioners and post-processors. */
export function planLegacy(
  configuration: Configuration,
  template: LegacyTemplate,
  options: PlanOptions,
): PlanResult {
  const { builders, diagnostics } = nameBuilders(template.builders, configuration);
  const found = [...diagnostics];
  const names = [...new Set(builders.flatMap(({ name, writtenName }) => [name, writtenName]))];
  // What is missing may be in the part of the file that could not be read.
  const references = configuration.incomplete ? [] : checkReferences(template, names);
  found.push(...references);
  const broken = hasErrors(found);
  const planner = new LegacyPlanner(configuration, template, options, broken);
  for (const builder of builders) planner.plan(builder);
  const all = [...found, ...planner.diagnostics];
  const { plans, invalid } = planner;
  return {
    plans,
    invalid,
    diagnostics: sortDiagnostics(hideSecrets(all, configuration.names), configuration.files),
  };
}

class LegacyPlanner {
  readonly plans: BuildPlan[] = [];
  readonly invalid: string[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #configuration: Configuration;
  readonly #template: LegacyTemplate;
  readonly #only: readonly string[];
  readonly #except: readonly string[];
  readonly #broken: boolean;
  readonly #images = new Images();

  constructor(
    configuration: Configuration,
    template: LegacyTemplate,
    { only = [], except = [] }: PlanOptions,
    broken: boolean,
  ) {
    this.#configuration = configuration;
    this.#template = template;
    this.#only = only;
    this.#except = except;
    this.#broken = broken;
  }

  plan(builder: NamedBuilder): void {
    const { name, type, buildName, block } = builder;
    // Names as they are: no patterns in legacy templates.
    if ((this.#only.length > 0 && !this.#only.includes(name)) || this.#except.includes(name)) return;
    if (!isOurs(type)) {
      const detail = `Builders of type "${type}" are not built here, only those of type "vmm" and "openbsd-vmm". The build ${buildName} is skipped, and its builder is not judged.`;
      this.diagnostics.push(warning('source-not-built', detail, block.typeRange));
      return;
    }
    const { plan: source, diagnostics: ofSource } = planBuilder(builder, this.#configuration);
    const found = [...ofSource];
    const collect = <T>({ plan, diagnostics }: PlannedStep<T>): T[] => {
      found.push(...diagnostics);
      return plan ? [plan] : [];
    };
    const { provisioners, errorCleanupProvisioner, postProcessors } = this.#template;
    const provision = (one: LegacyBlock) => planLegacyProvisioner(one, builder, this.#configuration);
    const planned = provisioners.flatMap((one) => collect(provision(one)));
    const cleanup = errorCleanupProvisioner && collect(provision(errorCleanupProvisioner))[0];
    found.push(...this.#warnOfUnreachable(source, provisioners, builder));
    const sequences = postProcessors.map((sequence) =>
      this.#untilExcepted(
        sequence.flatMap((one) => collect(planLegacyPostProcessor(one, builder, this.#configuration))),
      ),
    );
    this.diagnostics.push(...found);
    if (this.#broken || hasErrors(found) || !source) {
      this.invalid.push(buildName);
      return;
    }
    this.diagnostics.push(...this.#images.add(buildName, source, block.headerRange));
    this.plans.push({
      name: buildName,
      buildName: '',
      source,
      provisioners: planned,
      errorCleanupProvisioner: cleanup,
      postProcessors: sequences.filter((sequence) => sequence.length > 0),
      sensitive: sensitiveTexts(this.#configuration.names),
    });
  }

  /** `-except` drops a post-processor of that name, and what follows it. */
  #untilExcepted<T extends { readonly type: string; readonly name?: string }>(sequence: readonly T[]): T[] {
    const end = sequence.findIndex(({ name, type }) => this.#except.includes(name ?? type));
    return end === -1 ? [...sequence] : sequence.slice(0, end);
  }

  #warnOfUnreachable(
    source: SourcePlan | undefined,
    blocks: readonly LegacyBlock[],
    builder: NamedBuilder,
  ): Diagnostic[] {
    if (source?.config.communicator !== 'none') return [];
    return blocks.flatMap((block) => {
      const { plan } = planLegacyProvisioner(block, builder, this.#configuration);
      if (block.type === 'shell-local' || !plan) return [];
      const detail = `The communicator of the builder "${builder.writtenName}" is "none", so nothing reaches the guest and this provisioner cannot do its work. Set "communicator": "ssh" there, or "except": ["${builder.writtenName}"] here.`;
      return [warning('provisioner-unreachable', detail, block.headerRange)];
    });
  }
}
