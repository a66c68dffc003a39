import { setTimeout as sleep } from 'node:timers/promises';
import type { Communicator } from '../communicator/communicator.ts';
import { DISCONNECTED } from '../communicator/communicator.ts';
import type { ProvisionContext } from './provisioner.ts';

/** Prints something that differs from boot to boot, on Linux, the BSDs, or nothing elsewhere. */
export const MARK =
  'cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.boottime 2>/dev/null || :';
/** A connection that was lost for another reason than a reboot comes back with the old mark; then nothing is waited for. */
const SAME_BOOT_LIMIT = 15_000;
const INTERVAL = 500;

/** What identifies the present boot of the guest; undefined when it cannot be told. */
export async function bootMark(communicator: Communicator, signal: AbortSignal): Promise<string | undefined> {
  let mark = '';
  const result = await communicator.exec(MARK, { signal, onStdout: (chunk) => (mark += chunk.toString()) });
  return result.status === DISCONNECTED || mark.trim() === '' ? undefined : mark.trim();
}

/**
 * After a connection was lost on purpose: waits until the guest runs a new boot, so that the next step does not begin on the system
 * that is about to go down.
 * @param timeout milliseconds for the guest to come back
 */
export async function waitForNewBoot(
  communicator: Communicator,
  before: string | undefined,
  { signal, ui }: ProvisionContext,
  timeout: number,
): Promise<void> {
  if (before === undefined) return;
  ui.say('The connection was lost, as expected; waiting for the guest to come back');
  const limit = AbortSignal.any([signal, AbortSignal.timeout(Math.round(timeout))]);
  const sameBootUntil = performance.now() + SAME_BOOT_LIMIT;
  for (;;) {
    // On the old system connections may break at any moment; that says nothing.
    const now = await bootMark(communicator, limit).catch(() => {
      signal.throwIfAborted();
      return undefined;
    });
    if (now !== undefined && now !== before) return;
    if (limit.aborted || (now === before && performance.now() > sameBootUntil)) return;
    await sleep(INTERVAL, undefined, { signal: limit }).catch(() => signal.throwIfAborted());
  }
}
