/*
 * Packer's dialect: files to a configuration, and a configuration to plans of builds.
 */
export type { LoadOptions, LoadResult, PlanOptions, PlanResult, VarFlag } from './api.ts';
export type { Configuration } from './configuration.ts';
export { loadConfiguration } from './load.ts';
export { PACKER_VERSION } from '../template/index.ts';
export { planBuilds } from './plan.ts';
export { PACKER_PROBLEMS } from './problem-summaries.ts';
export { sortDiagnostics } from './problems.ts';
export { sourceArgumentRange } from './source-places.ts';
export type {
  Inspection,
  InspectedBuild,
  InspectedStep,
  InspectedValue,
  InspectedVariable,
} from './inspect.ts';
export { inspectConfiguration } from './inspect.ts';
export type { PluginStatus } from './plugin-status.ts';
