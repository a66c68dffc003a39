// The fault matrix: builds on the strict fake of vmctl (fixtures/vmctl), each with one fault. Whatever goes wrong, the user hears
// what, why and what to do, and nothing is left that was not there before.
import { after, describe, it } from 'node:test';
import { COMMAND_CELLS } from './faults/commands.ts';
import { runCell } from './faults/cell.ts';
import { KILL_CELLS } from './faults/kills.ts';
import { POLICY_CELLS } from './faults/policies.ts';
import { SIGNAL_CELLS } from './faults/signals.ts';
import { SURROUNDING_CELLS } from './faults/surroundings.ts';

const CELLS = [...COMMAND_CELLS, ...SIGNAL_CELLS, ...POLICY_CELLS, ...SURROUNDING_CELLS, ...KILL_CELLS];
/** Most cells wait for something, and there are two processors. */
const AT_ONCE = 8;

describe('the fault matrix', { concurrency: AT_ONCE, timeout: 900_000 }, () => {
  let held = 0;
  for (const cell of CELLS) {
    it(cell.name, { skip: cell.skip ?? false }, async (context) => {
      await runCell(context, cell);
      held++;
    });
  }
  after(() => console.log(`fault matrix: ${CELLS.length} cells, ${held} hold`));
});
