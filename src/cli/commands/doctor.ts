import type { BuildPlan } from '../../plan/build-plan.ts';
import type { LoadResult } from '../../packer/api.ts';
import type { Run } from '../command.ts';
import { hostChecks } from '../host-checks.ts';
import { Reporter } from '../reporter.ts';
import { NO_BUILD, prepareBuilds } from '../template.ts';
import { doctorText } from '../view/doctor-text.ts';
import { styleOf, wantsColor } from '../view/style.ts';

// For validate -host: the bundle of the short commands holds no hypervisor, and loads this module when it needs one.
export { hostDiagnostics } from '../host-checks.ts';

/** `vmm-hcl doctor [TEMPLATE]`. */
export const run: Run = async (args, io) => {
  const reporter = new Reporter(args, io);
  let loaded: LoadResult | undefined;
  let plans: readonly BuildPlan[] = [];
  let invalid = false;
  if (args.operands.length > 0) {
    const prepared = await prepareBuilds(args, io, reporter, { dataSources: 'skip', undeclared: 'ignore' });
    if (!prepared) return 1;
    ({ loaded, plans, failed: invalid } = prepared);
    if (plans.length === 0) {
      if (!invalid) reporter.error(NO_BUILD);
      return 1;
    }
  }
  const result = await hostChecks(args, io, reporter, loaded, plans);
  if (!result) return 1;
  const { checks, hypervisor } = result;
  const healthy = checks.every(({ state }) => state !== 'failed');
  if (args.on('json')) {
    io.stdout.write(`${JSON.stringify({ healthy, hypervisor, checks }, null, 2)}\n`);
  } else reporter.say(doctorText(checks, hypervisor, styleOf(wantsColor(args, io, io.stdout))));
  return healthy && !invalid ? 0 : 1;
};
