import { setTimeout as delay } from 'node:timers/promises';
import type { OpenEntry, Story } from '../../journal/line.ts';
import type { Remnant } from '../../journal/remnant.ts';
import type { JournaledRun } from '../../journal/runs.ts';
import { timeOf } from '../../lib/process/identity.ts';
import { startOf } from '../../lib/process/table.ts';
import { shellCommand } from '../../lib/process/shell-words.ts';
import { HypervisorError } from '../hypervisor.ts';
import { stopArguments } from './arguments.ts';
import { VmctlClient } from './client.ts';
import { FORCED_STOP_COMMAND_TIME, FORCED_STOP_TIME } from './limits.ts';
import type { StatusRow } from './status.ts';

/** Milliseconds after `vmctl start` in which vmd(8) may begin to run the machine. */
const START_TIME = 60_000;
/** Seconds count in what ps(1) tells. */
const ROUNDING = 2_000;
/** Milliseconds between two tries. */
const LOOK_AGAIN = 100;

/**
 * What is left of a machine that a killed run has started. It is ours when vmd(8) has it under the recorded name and ID and runs it
 * by the recorded process; of a machine whose start was not recorded, when its process began in the moment of our start. The guest
 * may have rebooted since, which gives it another process, and somebody else may have taken the name: then it is left alone.
 * @param newer runs that began later, living ones too
 */
export async function examineMachine(
  { thing, traces, intended }: OpenEntry,
  { run }: Story,
  newer: readonly JournaledRun[],
  env: NodeJS.ProcessEnv,
): Promise<readonly Remnant[]> {
  if (thing.kind !== 'machine') return [];
  const { name, program } = thing;
  const client = new VmctlClient({ env: { ...env, VMM_HCL_VMCTL: program } });
  const row = await client.certainRow(name);
  if (row === undefined || row.state === 'stopped') return [];
  const doubt = isTaken(name, newer)
    ? 'A later build has started a machine of this name.'
    : traces === undefined
      ? await doubtOfTime(row, intended)
      : doubtOf(row, traces);
  const byHand = shellCommand(['vmctl', ...stopArguments(name, true)]);
  return [
    {
      what: `the virtual machine ${name} (ID ${row.id})`,
      verb: 'stop',
      doubt: doubt === undefined ? undefined : `${doubt} Our build was process ${run.owner.pid}.`,
      byHand,
      remove: () => stop(client, row),
    },
  ];
}

function isTaken(name: string, newer: readonly JournaledRun[]): boolean {
  return newer.some(({ story }) =>
    story.open.some(({ thing }) => thing.kind === 'machine' && thing.name === name),
  );
}

function doubtOf(
  row: StatusRow,
  { id, pid, owner }: { id?: number; pid?: number; owner?: string },
): string | undefined {
  if (row.id !== id || row.owner !== owner) {
    return `vmd(8) has it as ID ${row.id} of ${row.owner ?? 'nobody'}, and ours was ID ${id} of ${owner ?? 'nobody'}.`;
  }
  if (row.pid !== undefined && row.pid === pid) return undefined;
  return `It is run by process ${row.pid ?? '(none)'}, and ours was by ${pid ?? '(none)'}: either the guest has rebooted, or somebody has started another machine of this name.`;
}

/** For a machine of which only the name is known. */
async function doubtOfTime({ pid }: StatusRow, intended: number): Promise<string | undefined> {
  const start = pid === undefined ? undefined : await startOf(pid);
  const time = start === undefined ? undefined : timeOf(start);
  if (time !== undefined && time >= intended - ROUNDING && time <= intended + START_TIME) return undefined;
  return 'Our build was killed while it started a machine of this name, but this one was started at another time.';
}

async function stop(client: VmctlClient, { name, id }: StatusRow): Promise<void> {
  let said = '';
  for (const deadline = Date.now() + FORCED_STOP_TIME; Date.now() < deadline; await delay(LOOK_AGAIN)) {
    try {
      await client.run(stopArguments(name, true), { timeout: FORCED_STOP_COMMAND_TIME });
    } catch (error) {
      // `stop -w` also fails while another stop is under way.
      said = error instanceof Error ? error.message : String(error);
    }
    const now = await client.certainRow(name);
    if (now === undefined || now.id !== id || now.state === 'stopped') return;
  }
  throw new HypervisorError(`it could not be stopped. ${said}`.trim());
}
