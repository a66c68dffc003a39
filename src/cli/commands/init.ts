import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { absenceOf } from '../../packer/files.ts';
import type { Run } from '../command.ts';
import { Reporter } from '../reporter.ts';

/** `vmm-hcl init TEMPLATE`. The template is not read, but a name that is wrong is found here as it is by Packer. */
export const run: Run = (args, io) => {
  const reporter = new Reporter(args, io);
  const path = args.operands[0]!;
  if (path !== '-' && (path === '' || !existsSync(resolve(io.cwd, path)))) {
    reporter.error(absenceOf(path));
    return Promise.resolve(1);
  }
  reporter.say('Nothing needs to be installed: everything that vmm-hcl can run is built in.');
  return Promise.resolve(0);
};
