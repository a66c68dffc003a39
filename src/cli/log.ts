import type { Io } from './io.ts';

/** Whether PACKER_LOG, or PACKER_LOG_PATH alone, asks for a log. */
export function isLogging(env: Io['env']): boolean {
  const log = env['PACKER_LOG'] ?? '';
  return (log !== '' && log !== '0') || (env['PACKER_LOG_PATH'] ?? '') !== '';
}
