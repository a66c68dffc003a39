import { loadSsh2 } from '../communicator/ssh/load-ssh2.ts';
import { preloadHttpServer } from '../http/server.ts';
import type { BuildPlan } from '../plan/build-plan.ts';
import { findPostProcessor } from '../post-processor/registry.ts';
import { findProvisioner } from '../provisioner/registry.ts';
import { hasHttpServer } from './step-list.ts';

/**
 * Loads the parts of this program that the build will need, while the machine starts. Later the guest would have to wait for
 * them; and whoever renews the program during a long installation takes away files that were not loaded yet. What fails here
 * is told when it is needed.
 */
export function preload(plan: BuildPlan): void {
  if (hasHttpServer(plan)) preloadHttpServer();
  const { provisioners, errorCleanupProvisioner, postProcessors, source } = plan;
  const all =
    errorCleanupProvisioner === undefined ? provisioners : [...provisioners, errorCleanupProvisioner];
  void Promise.allSettled([
    ...all.map(({ type }) => findProvisioner(type)),
    ...postProcessors.flat().map(({ type }) => findPostProcessor(type)),
    // Not before the machine is on its way: this one takes the processor for a while.
    ...(source.config.communicator === 'ssh' ? [nextTurn().then(loadSsh2)] : []),
  ]);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
