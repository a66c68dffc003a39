import type { TransferOptions, TransferSummary } from '../communicator/communicator.ts';
import { binaryUnits } from '../lib/size.ts';
import type { ProvisionContext } from './provisioner.ts';

/** Milliseconds between two states of the status line. */
const PAUSE = 250;

/** Copies something and tells how far it is: what, bytes of how many, and how fast. */
export async function transfer<T>(
  what: string,
  { ui, signal }: ProvisionContext,
  copy: (options: Pick<TransferOptions, 'signal' | 'onProgress'>) => Promise<T>,
  /** Bytes, where they are known before. */
  size?: number,
): Promise<T> {
  const start = performance.now();
  let told = start;
  const onProgress = (bytes: number, total = size) => {
    const now = performance.now();
    if (now - told < PAUSE) return;
    told = now;
    const whole = total === undefined ? '' : ` of ${binaryUnits(total)}${percent(bytes, total)}`;
    ui.status?.(`${what}: ${binaryUnits(bytes)}${whole}, ${rate(bytes, now - start)}`);
  };
  return copy({ signal, onProgress });
}

/** The same for many files; says how many they were when they are there. */
export async function transferMany(
  what: string,
  done: string,
  context: ProvisionContext,
  copy: (options: Pick<TransferOptions, 'signal' | 'onProgress'>) => Promise<TransferSummary>,
): Promise<void> {
  const start = performance.now();
  const { files, bytes } = await transfer(what, context, copy);
  const took = performance.now() - start;
  // Rates of moments say nothing.
  const time = took < 1000 ? '' : ` in ${(took / 1000).toFixed(1)} s, ${rate(bytes, took)}`;
  context.ui.say(`${done} ${files} ${files === 1 ? 'file' : 'files'}, ${binaryUnits(bytes)}${time}`);
}

function percent(bytes: number, total: number): string {
  return total > 0 ? ` (${Math.min(100, Math.floor((bytes / total) * 100))}%)` : '';
}

/** @param time milliseconds */
function rate(bytes: number, time: number): string {
  return `${binaryUnits(Math.round((bytes / time) * 1000))}/s`;
}
