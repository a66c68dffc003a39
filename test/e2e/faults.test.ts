// The fault matrix: builds on the strict fake of vmctl (fixtures/vmctl), each with one fault. Whatever goes wrong, the user hears
// what, why and what to do, and nothing is left that was not there before.
import { setPriority } from 'node:os';
import { after, describe, it } from 'node:test';
import { COMMAND_CELLS } from './faults/commands.ts';
import { type Cell, runCell } from './faults/cell.ts';
import { KILL_CELLS } from './faults/kills.ts';
import { POLICY_CELLS } from './faults/policies.ts';
import { SIGNAL_CELLS } from './faults/signals.ts';
import { SURROUNDING_CELLS } from './faults/surroundings.ts';

// Hundreds of builds, which can wait, run beside emulated machines, which cannot: a guest that boots too slowly misses its boot command.
setPriority(10);

const CELLS = [...COMMAND_CELLS, ...SIGNAL_CELLS, ...POLICY_CELLS, ...SURROUNDING_CELLS, ...KILL_CELLS];
/** There are two processors, and most cells wait for something between what they compute. */
const AT_ONCE = 6;
/** Those that wait for nothing but time come on top. */
const IDLE_AT_ONCE = 8;

describe('the fault matrix', { concurrency: 2, timeout: 1_800_000 }, () => {
  let held = 0;
  const suite = (name: string, cells: readonly Cell[], concurrency: number): void =>
    void describe(name, { concurrency }, () => {
      for (const cell of cells) {
        it(cell.name, { skip: cell.skip ?? false }, async (context) => {
          await runCell(context, cell);
          held++;
        });
      }
    });
  suite(
    'waiting for a limit',
    CELLS.filter(({ isIdle }) => isIdle === true),
    IDLE_AT_ONCE,
  );
  suite(
    'without a limit to wait for',
    CELLS.filter(({ isIdle }) => isIdle !== true),
    AT_ONCE,
  );
  after(() => console.log(`fault matrix: ${CELLS.length} cells, ${held} hold`));
});
