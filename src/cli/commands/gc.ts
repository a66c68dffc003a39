import type { Run } from '../command.ts';
import { collectGarbage } from '../collect.ts';
import { Reporter } from '../reporter.ts';
import { gcText, isClean } from '../view/gc-text.ts';

/** `vmm-hcl gc`. */
export const run: Run = async (args, io) => {
  const reporter = new Reporter(args, io);
  const dryRun = args.on('dry-run');
  const collection = await collectGarbage(io, { dryRun, kept: args.on('kept'), forget: !dryRun });
  if (args.on('json')) io.stdout.write(`${JSON.stringify(collection, null, 2)}\n`);
  else {
    for (const line of gcText(collection)) reporter.say(line);
    for (const problem of collection.problems) reporter.error(problem);
  }
  return isClean(collection) ? 0 : 1;
};
