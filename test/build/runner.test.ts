import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventBody, StepName } from '../../src/build/events.ts';
import { runSteps } from '../../src/build/runner.ts';
import type { RunnerOptions } from '../../src/build/runner.ts';
import type { Step, Undo } from '../../src/build/step.ts';

function step(name: StepName, ...undos: Undo[]): Step<null> {
  return {
    name,
    run: (_context, defer) => {
      for (const undo of undos) defer(undo);
      return Promise.resolve();
    },
  };
}

const failing: Step<null> = {
  name: 'install',
  run: () => Promise.reject(new Error('first line\nsecond line')),
};

async function go(steps: Step<null>[], change: Partial<RunnerOptions> = {}) {
  const events: EventBody[] = [];
  const result = await runSteps(steps, null, {
    build: 'x',
    onError: 'cleanup',
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    onFailure: () => {},
    undoLimit: 50,
    ...change,
  });
  return { result, events };
}

test('an undo that hangs or fails does not keep the others from running, and is told', async () => {
  const ran: string[] = [];
  const ok = (name: string): Undo => {
    let left = true;
    return {
      leaves: () => (left ? name : undefined),
      run: () => {
        ran.push(name);
        left = false;
        return Promise.resolve();
      },
    };
  };
  const hangs: Undo = { leaves: () => 'a running machine', run: () => new Promise(() => {}) };
  const fails: Undo = { leaves: () => 'a file', run: () => Promise.reject(new Error('EBUSY')) };
  const gone: Undo = { leaves: () => undefined, run: () => Promise.reject(new Error('not needed')) };
  const steps = [
    step('output directory', ok('first')),
    step('disk', hangs, gone),
    step('start (install)', fails, ok('last')),
  ];
  const { result, events } = await go([...steps, failing]);
  assert.deepEqual(ran, ['last', 'first']);
  assert.deepEqual(result.leftBehind, ['a file', 'a running machine']);
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'cleanup-end' ? [`${event.step}: ${event.error}`] : [])),
    [
      'start (install): undefined',
      'start (install): EBUSY',
      'disk: it did not end within 0.05 s',
      'output directory: undefined',
    ],
  );
  const end = events.find((event) => event.type === 'step-end' && event.step === 'install');
  assert.equal(end?.type === 'step-end' ? end.error : '', 'first line');
});

test('no step runs after an abort, and the first one that notices it is the failure', async () => {
  const abort = new AbortController();
  const ran: string[] = [];
  const aborting: Step<null> = {
    name: 'disk',
    run: () => {
      ran.push('disk');
      abort.abort(new Error('interrupted'));
      return Promise.resolve();
    },
  };
  const never: Step<null> = { name: 'install', run: () => Promise.resolve(void ran.push('install')) };
  const { result } = await go([aborting, never], { signal: abort.signal });
  assert.deepEqual(ran, ['disk']);
  assert.equal(result.outcome, 'cancelled');
  assert.equal(result.failure?.step, 'install');
  assert.deepEqual(
    result.timings.map(({ outcome }) => outcome),
    ['success', 'cancelled'],
  );
});

test('an abort while a failed build is cleaned up does not make it a cancelled one', async () => {
  const abort = new AbortController();
  let left = true;
  const undo: Undo = {
    leaves: () => (left ? 'x' : undefined),
    run: () => {
      abort.abort(new Error('interrupted'));
      left = false;
      return Promise.resolve();
    },
  };
  const { result } = await go([step('disk', undo), failing], { signal: abort.signal });
  assert.equal(result.outcome, 'failure');
  assert.equal(result.failure?.step, 'install');
});

test('before a step is repeated, what its last attempt has left is removed', async () => {
  const log: string[] = [];
  let attempts = 0;
  const twice: Step<null> = {
    name: 'http server',
    run: (_context, defer) => {
      const attempt = ++attempts;
      let left = true;
      log.push(`attempt ${attempt}`);
      defer({
        leaves: () => (left ? 'x' : undefined),
        run: () => {
          left = false;
          log.push(`undo ${attempt}`);
          return Promise.resolve();
        },
      });
      return attempt === 1 ? Promise.reject(new Error('busy')) : Promise.resolve();
    },
  };
  const prompt = { onError: () => Promise.resolve('retry' as const), pause: () => Promise.resolve() };
  const { result } = await go([twice], { onError: 'ask', prompt });
  assert.deepEqual(log, ['attempt 1', 'undo 1', 'attempt 2', 'undo 2']);
  assert.equal(result.outcome, 'success');
});

test('a prompt that is interrupted or has lost its terminal means cleanup', async () => {
  const prompt = { onError: () => Promise.reject(new Error('no terminal')), pause: () => Promise.resolve() };
  const undo: Undo = { leaves: () => 'x', run: () => Promise.resolve() };
  const { result, events } = await go([step('disk', undo), failing], { onError: 'ask', prompt });
  assert.equal(result.outcome, 'failure');
  assert.ok(events.some((event) => event.type === 'cleanup-end'));
});
