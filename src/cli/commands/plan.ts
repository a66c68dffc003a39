import type { BuildPreview } from '../../build/preview/preview.ts';
import type { Run } from '../command.ts';
import { previewBuild } from '../../build/preview/preview-build.ts';
import { chooseHypervisor } from '../hypervisor.ts';
import { Reporter } from '../reporter.ts';
import { NO_BUILD, prepareBuilds } from '../template.ts';
import { planText } from '../view/plan-text.ts';
import { styleOf, wantsColor } from '../view/style.ts';

/** `vmm-hcl plan TEMPLATE`. */
export const run: Run = async (args, io) => {
  const reporter = new Reporter(args, io);
  const evaluates = args.on('evaluate-datasources');
  const prepared = await prepareBuilds(args, io, reporter, {
    dataSources: evaluates ? 'run' : 'skip',
    // The plan of a build on another machine is of use too.
    missingFiles: 'warning',
    undeclared: 'ignore',
  });
  if (!prepared) return 1;
  const { loaded, plans, failed } = prepared;
  if (plans.length === 0) {
    if (!failed) reporter.error(NO_BUILD);
    return 1;
  }
  const hypervisor = await chooseHypervisor(args, io, reporter, loaded);
  if (!hypervisor) return 1;
  const builds: BuildPreview[] = [];
  for (const plan of plans) builds.push(await previewBuild(plan, { hypervisor, force: args.on('force') }));
  const unread = evaluates
    ? []
    : loaded.configuration.dataSources.map(({ type, name }) => `data.${type}.${name}`);
  if (args.on('json')) {
    io.stdout.write(`${JSON.stringify({ builds, dataSourcesNotRead: unread }, null, 2)}\n`);
  } else {
    const style = styleOf(wantsColor(args, io, io.stdout));
    if (unread.length > 0) {
      const names = unread.join(', ');
      reporter.say(
        `Not read: ${names}. What depends on them is not right here; see -evaluate-datasources.\n`,
      );
    }
    reporter.say(builds.map((build, index) => planText(build, index, style)).join('\n'));
  }
  return failed ? 1 : 0;
};
