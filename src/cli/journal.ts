import { resolve } from 'node:path';
import type { Arguments } from './arguments.ts';
import type { Io } from './io.ts';
import type { View } from './view/view.ts';
import { collectGarbage } from './collect.ts';
import { findingLine } from './view/gc-text.ts';

/**
 * Cleans up after earlier builds that were killed, and keeps a journal while `action` runs. Where there can be no journal the build
 * runs without: it is worth more than what a kill may leave.
 * @param wasKept asked at the end: whether work was left on purpose
 */
export async function journaled<T>(
  args: Arguments,
  io: Io,
  view: View,
  action: () => Promise<T>,
  wasKept: () => boolean,
): Promise<T> {
  await cleanUp(io, view);
  const { Journal } = await import('../journal/journal.ts');
  const [operand = ''] = args.operands;
  const purpose = operand === '-' ? 'standard input' : resolve(io.cwd, operand);
  const onProblem = (text: string) => view.error(text);
  const journal = await Journal.open({ env: io.env, purpose, onProblem }).catch((error: Error) => {
    view.error(
      `No journal can be kept: ${error.message}. The build goes on; if it is killed, vmm-hcl gc will not know what it has left. Set XDG_STATE_HOME to a folder of your own.`,
    );
  });
  try {
    return await action();
  } finally {
    await journal?.end(wasKept());
  }
}

async function cleanUp(io: Io, view: View): Promise<void> {
  const { runs, problems } = await collectGarbage(io, { dryRun: false, kept: false, forget: false });
  for (const problem of problems) view.error(problem);
  for (const { pid, purpose, findings } of runs) {
    const of = `Cleaning up after the build of ${purpose} that was killed (process ${pid})`;
    for (const finding of findings) {
      const line = `${of}: ${findingLine(finding)}`;
      if (finding.outcome === 'left') view.error(line);
      else view.say(line);
    }
  }
}
