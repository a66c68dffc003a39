import type { ProvisionerPlan } from '../../plan/build-plan.ts';
import { buildData } from '../build-data.ts';
import { machineOf } from '../context.ts';
import type { BuildContext } from '../context.ts';
import { runProvisioner } from '../guest/run-provisioner.ts';
import { commandTeller } from '../guest/command-teller.ts';
import type { Step } from '../step.ts';

/** Milliseconds for the error-cleanup-provisioner: the rest of the cleanup has to come as well. */
const CLEANUP_LIMIT = 120_000;

/** Runs the provisioners in their order. When the build fails from here on, the error-cleanup-provisioner runs. */
export const provision: Step<BuildContext> = {
  name: 'provision',
  async run(context, defer) {
    const { plan, signal } = context;
    const { errorCleanupProvisioner } = plan;
    if (errorCleanupProvisioner !== undefined) deferCleanup(context, errorCleanupProvisioner, defer);
    const communicator = commandTeller(context);
    const alive = machineOf(context).whileRunning(signal);
    const data = await buildData(context);
    for (const [index, provisioner] of plan.provisioners.entries()) {
      // A step that is tried again goes on with the provisioner that failed: those before it have changed the guest already.
      if (index < context.provisioned) continue;
      await runProvisioner(context, provisioner, index + 1, { communicator, data, signal: alive });
      context.provisioned = index + 1;
    }
  },
  skipFailed(context) {
    const { type } = context.plan.provisioners[context.provisioned++] ?? {};
    context.emitter.ui().error(`Going on without the provisioner ${type} that failed, as you say`);
    return 'rerun';
  },
};

function deferCleanup(
  context: BuildContext,
  plan: ProvisionerPlan,
  defer: Parameters<Step<BuildContext>['run']>[1],
): void {
  let done = false;
  defer({
    isCleanupProvisioner: true,
    limit: CLEANUP_LIMIT,
    leaves: () => (done || !context.failed ? undefined : ''),
    run: async () => {
      done = true;
      const { machine } = context;
      if (machine === undefined || machine.end !== undefined) return;
      context.emitter.say('Running the error-cleanup-provisioner');
      const signal = machine.whileRunning(AbortSignal.timeout(CLEANUP_LIMIT));
      const workplace = { communicator: commandTeller(context), data: await buildData(context), signal };
      await runProvisioner(context, plan, context.plan.provisioners.length + 1, workplace);
    },
  });
}
