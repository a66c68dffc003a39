import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../src/cli/arguments.ts';
import { BUILD } from '../../src/cli/declarations/build.ts';
import { wantsColor } from '../../src/cli/view/style.ts';
import { fakeIo } from './fake-io.ts';

const ROWS: readonly [words: string[], env: Record<string, string>, terminal: boolean, expected: boolean][] =
  [
    [[], {}, true, true],
    [[], {}, false, false],
    [['-color=false'], {}, true, false],
    [['-color'], {}, false, true],
    [['-color=true'], { NO_COLOR: '1' }, false, true],
    [[], { NO_COLOR: '1' }, true, false],
    // no-color.org: an empty value does not count; Packer's own variable counts in any case.
    [[], { NO_COLOR: '' }, true, true],
    [[], { PACKER_NO_COLOR: '' }, true, false],
    [[], { TERM: 'dumb' }, true, false],
  ];

test('colours: the flag, then the environment, then whether it is a terminal', () => {
  for (const [words, env, terminal, expected] of ROWS) {
    const io = fakeIo({ env, terminal });
    const parsed = parseArguments(BUILD, [...words, '.'], false);
    assert.ok(parsed.kind === 'arguments');
    assert.equal(wantsColor(parsed.args, io, io.stdout), expected, JSON.stringify([words, env, terminal]));
  }
  const io = fakeIo({ terminal: true });
  const parsed = parseArguments(BUILD, ['-color', '.'], true);
  assert.ok(parsed.kind === 'arguments');
  assert.equal(wantsColor(parsed.args, io, io.stdout), false, '-machine-readable is never coloured');
});
