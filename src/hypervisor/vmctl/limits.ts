import { parseDuration } from '../../lib/duration.ts';
import { HypervisorError } from '../hypervisor.ts';

/** How long vmctl(8) and vmd(8) may take for what, in milliseconds. What takes longer counts as hanging. */
export interface Limits {
  /** A command that only asks, such as `vmctl status`. */
  readonly query: number;
  /** `vmctl create`: an empty image is a matter of moments, also on a slow network file system. */
  readonly create: number;
  /** From `vmctl start` to a running machine, apart from the time in which vmd(8) queues it ("waiting"). */
  readonly start: number;
  /** From the start of the machine to an address on its tap(4); vmd(8) configures it within milliseconds. */
  readonly tap: number;
  /** How long vmd(8) may give no answer about a running machine before the build is given up. */
  readonly silence: number;
}

const DEFAULT_QUERY = 15_000;

/** Milliseconds in which a forced stop has to work: vmd(8) kills a machine that does not end by itself after 10 s. */
export const FORCED_STOP_TIME = 12_000;
/** Milliseconds for one `vmctl stop -f -w` of several. */
export const FORCED_STOP_COMMAND_TIME = 11_000;

/** `VMM_HCL_VMCTL_TIMEOUT` is the time for a question, as a Go duration; the others are multiples of it. @throws HypervisorError */
export function limitsFrom(env: NodeJS.ProcessEnv): Limits {
  const text = env['VMM_HCL_VMCTL_TIMEOUT'];
  const query = text === undefined || text === '' ? DEFAULT_QUERY : parseDuration(text);
  if (query === undefined || query < 1) {
    throw new HypervisorError(
      `VMM_HCL_VMCTL_TIMEOUT is "${text}", which is no time that vmctl(8) could be given.`,
      'Write a duration such as "30s", or remove the variable; the default is 15s.',
    );
  }
  return { query, create: 8 * query, start: 4 * query, tap: 2 * query, silence: 4 * query };
}
