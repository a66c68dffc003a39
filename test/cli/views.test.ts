import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { RunResult } from '../../src/build/result.ts';
import { shortDuration, spokenDuration } from '../../src/cli/view/duration.ts';
import { HumanView, rfc3339 } from '../../src/cli/view/human-view.ts';
import { MachineView } from '../../src/cli/view/machine-view.ts';
import { styleOf } from '../../src/cli/view/style.ts';
import { output } from './fake-io.ts';
import { assertGolden } from './golden.ts';
import { BAD, EVENTS, GOOD, START, plan, result } from './recorded.ts';

const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-views-'));
after(() => rmSync(folder, { recursive: true }));
const image = join(folder, 'openbsd.qcow2');
writeFileSync(image, 'an image');

const never = new AbortController().signal;

/** The whole output of the human view over the recorded run: standard output, then standard error. */
async function human(options: { colored: boolean; timestamps: boolean; terminal: boolean }): Promise<string> {
  let [out, err] = ['', ''];
  let now = START;
  const view = new HumanView({
    out: output((text) => (out += text), options.terminal, 60),
    errors: output((text) => (err += text), options.terminal, 60),
    style: styleOf(options.colored),
    timestamps: options.timestamps,
    builds: [GOOD, BAD],
    now: () => now,
  });
  for (const event of EVENTS) {
    now = event.time;
    view.event(event);
  }
  await view.finish(result(image), 63_500, [plan(folder)], never);
  return `${out}--- standard error\n${err}`
    .replaceAll(folder, '/images')
    .replaceAll('\u001b', '␛')
    .replaceAll('\r', '␍');
}

describe('the human log', () => {
  test('plain', async () => {
    assertGolden('human-plain.txt', await human({ colored: false, timestamps: false, terminal: false }));
  });
  test('coloured, with the time', async () => {
    process.env['TZ'] = 'UTC';
    assertGolden('human-color-time.txt', await human({ colored: true, timestamps: true, terminal: false }));
  });
  test('on a terminal: a status line that is cleared before anything is printed', async () => {
    assertGolden('human-terminal.txt', await human({ colored: false, timestamps: false, terminal: true }));
  });
});

describe('-machine-readable', () => {
  async function machine(run: RunResult): Promise<string> {
    let out = '';
    const view = new MachineView(
      output((text) => (out += text), false),
      () => START + 64_000,
    );
    EVENTS.forEach((event) => view.event(event));
    await view.finish(run, 63_500);
    return out.replaceAll(folder, '/images');
  }

  test('success and failure', async () => {
    assertGolden('machine.txt', await machine(result(image)));
  });
  test('a cancelled run lists no artifacts', async () => {
    const out = await machine({ ...result(image), cancelled: true });
    assert.doesNotMatch(out, /artifact/);
    assert.match(out, /,,ui,error,\\n==> Cancelled: all builds have ended\.\n/);
    assert.match(out, /,,ui,say,\\n==> Complete all the same%!\(PACKER_COMMA\) and kept:\n/);
  });
});

test('an image that is complete is named although its build failed afterwards', async () => {
  let [out, err] = ['', ''];
  const view = new HumanView({
    out: output((text) => (out += text), false),
    errors: output((text) => (err += text), false),
    style: styleOf(false),
    timestamps: false,
    builds: [BAD],
  });
  const [good, bad] = result(image).builds;
  const builds = [{ ...bad!, artifacts: good!.artifacts }];
  await view.finish({ cancelled: false, builds }, 63_500, [], never);
  assert.doesNotMatch(out, /no artifacts were created|successful builds/);
  assert.match(out, /\n==> Complete all the same, and kept:\n--> \S+: Image: /);
  assert.ok(err.includes(`\nComplete, and kept: ${image}\nEverything else that this build started`), err);
});

test('durations in words', () => {
  const rows: [number, string][] = [
    [0, '0 seconds'],
    [0.25, '250 microseconds'],
    [12.594, '12 milliseconds 594 microseconds'],
    [1_000, '1 second'],
    [63_000, '1 minute 3 seconds'],
    [3_600_000, '1 hour'],
    [90_061_000, '1 day 1 hour'],
  ];
  for (const [milliseconds, text] of rows) assert.equal(spokenDuration(milliseconds), text);
});

test('durations in tables', () => {
  assert.equal(shortDuration(420), '0.4 s');
  assert.equal(shortDuration(59_940), '59.9 s');
  assert.equal(shortDuration(59_960), '1 min 00 s');
  assert.equal(shortDuration(187_000), '3 min 07 s');
});

test('time stamps carry the offset from UTC', () => {
  assert.match(rfc3339(START), /^2026-02-0[234]T\d\d:\d\d:06(Z|[+-]\d\d:\d\d)$/);
  assert.equal(Date.parse(rfc3339(START)), START);
});
