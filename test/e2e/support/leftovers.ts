import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { CliRun } from './cli.ts';
import { isOfAnotherRun } from './processes.ts';

/** Fails unless every process of an ended run is gone and no port it was seen listening on answers. */
export async function assertNothingRuns(run: CliRun): Promise<void> {
  assert.deepEqual(run.processes, [], 'processes are left');
  for (const port of run.portsSeen) {
    // Another test may have been given the port since.
    const isOurs = (await answers(port)) && !isOfAnotherRun(port);
    assert.equal(isOurs, false, `port ${port} still answers`);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
