import type { Hypervisor } from '../hypervisor/hypervisor.ts';
import type { HypervisorOptions } from '../hypervisor/options.ts';
import type { LoadResult } from '../packer/api.ts';
import type { Arguments } from './arguments.ts';
import type { Io } from './io.ts';
import type { Reporter } from './reporter.ts';

/** The driver that the flags and the environment ask for; undefined when there is no such driver, which is reported. */
export async function chooseHypervisor(
  args: Arguments,
  io: Io,
  reporter: Reporter,
  loaded: Pick<LoadResult, 'configuration'> | undefined,
  listeners: Pick<HypervisorOptions, 'onNote'> = {},
): Promise<Hypervisor | undefined> {
  const { selectHypervisor } = await import('../hypervisor/select.ts');
  const { HypervisorError } = await import('../hypervisor/hypervisor.ts');
  try {
    return selectHypervisor({
      hypervisor: args.text('hypervisor'),
      vmConf: args.text('vm-conf'),
      env: io.env,
      cwd: io.cwd,
      templateDirectory: loaded?.configuration.context.baseDirectory,
      ...listeners,
    });
  } catch (error) {
    if (!(error instanceof HypervisorError)) throw error;
    reporter.error([error.message, error.hint].filter((text) => text !== undefined).join('\n'));
    return undefined;
  }
}
