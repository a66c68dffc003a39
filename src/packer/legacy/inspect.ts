import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { Configuration } from '../configuration.ts';
import type { InspectedBuild, InspectedSource, InspectedStep } from '../inspect.ts';
import { nameBuilders } from './builder.ts';
import { jsonOf } from './literals.ts';
import type { LegacyBlock, LegacyTemplate } from './structure.ts';

/** What `inspectConfiguration` says of a legacy template: one build without a name, of all builders. */
export function inspectLegacy(
  configuration: Configuration,
  template: LegacyTemplate,
): {
  builds: readonly InspectedBuild[];
  sources: readonly Omit<InspectedSource, 'built'>[];
  diagnostics: readonly Diagnostic[];
} {
  const { builders, diagnostics } = nameBuilders(template.builders, configuration);
  const type = (step: LegacyBlock) => ({ type: step.type });
  const build: InspectedBuild = {
    name: '',
    description: template.description,
    sources: builders.map(({ buildName }) => buildName),
    provisioners: template.provisioners.map(type),
    errorCleanupProvisioner: template.errorCleanupProvisioner && type(template.errorCleanupProvisioner),
    postProcessors: template.postProcessors.map((sequence) => sequence.map(named)),
  };
  return {
    builds: [build],
    sources: builders.map(({ type: kind, name }) => ({ type: kind, name })),
    diagnostics,
  };
}

/** `-except` knows post-processors by their names, which are taken as they are written. */
function named({ type, members }: LegacyBlock): InspectedStep {
  const expression = members.find((member) => member.name === 'name')?.expression;
  const name = expression && jsonOf(expression);
  return typeof name === 'string' && name !== '' ? { type, name } : { type };
}
