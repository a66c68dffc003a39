import { setTimeout as sleep } from 'node:timers/promises';
import { CommunicatorError } from '../communicator/communicator.ts';

/** Milliseconds between two attempts, as in Packer. */
const INTERVAL = 2_000;

/**
 * Repeats an action that fails, for instance while the guest reboots, until it succeeds or `timeout` milliseconds have passed.
 * @param onRetry told about each failure that is followed by another attempt
 * @throws what the last attempt threw; at once when trying again cannot help or `signal` aborts
 */
export async function retry<T>(
  timeout: number,
  signal: AbortSignal,
  action: (signal: AbortSignal) => Promise<T>,
  onRetry: (error: Error) => void,
): Promise<T> {
  const limit = AbortSignal.timeout(Math.round(timeout));
  const either = AbortSignal.any([signal, limit]);
  let last: Error | undefined;
  for (;;) {
    try {
      return await action(either);
    } catch (error) {
      signal.throwIfAborted();
      // When the time is up in the middle of an attempt, the failure before tells more than the interruption.
      if (limit.aborted) throw last ?? timedOut(timeout);
      last = error as Error;
      if (error instanceof CommunicatorError && error.permanent) throw error;
      onRetry(last);
    }
    await sleep(INTERVAL, undefined, { signal: either }).catch(() => {
      signal.throwIfAborted();
      throw last ?? timedOut(timeout);
    });
  }
}

function timedOut(timeout: number): Error {
  return new Error(`The guest did not let a script start within ${timeout / 1000} s (start_retry_timeout).`);
}
