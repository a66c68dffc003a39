import type { Diagnostic } from '../../hcl/diagnostic.ts';
import type { Configuration } from '../configuration.ts';
import type { InspectedBuild, InspectedSource } from '../inspect.ts';
import { nameBuilders } from './builder.ts';
import type { LegacyTemplate } from './structure.ts';

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
  const type = (step: { readonly type: string }) => ({ type: step.type });
  const build: InspectedBuild = {
    name: '',
    description: template.description,
    sources: builders.map(({ buildName }) => buildName),
    provisioners: template.provisioners.map(type),
    errorCleanupProvisioner: template.errorCleanupProvisioner && type(template.errorCleanupProvisioner),
    postProcessors: template.postProcessors.map((sequence) => sequence.map(type)),
  };
  return {
    builds: [build],
    sources: builders.map(({ type: kind, name }) => ({ type: kind, name })),
    diagnostics,
  };
}
