import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Arguments, parseArguments } from '../../src/cli/arguments.ts';
import { BUILD } from '../../src/cli/declarations/build.ts';
import { FMT } from '../../src/cli/declarations/fmt.ts';
import { VERSION } from '../../src/cli/declarations/version.ts';

/** The words, and what must come out: the flags of interest and the operands, or a part of the message. */
const ROWS: readonly [words: string[], expected: Record<string, unknown> | string][] = [
  [['t.pkr.hcl'], { operands: ['t.pkr.hcl'], force: false, 'on-error': 'cleanup', var: [] }],
  [['-force', '.'], { operands: ['.'], force: true }],
  [['--force', '.'], { operands: ['.'], force: true }],
  [['-force=true', '.'], { force: true }],
  [['-force=0', '.'], { force: false }],
  [['-force=F', '.'], { force: false }],
  [['-force', '-force=false', '.'], { force: false }],
  // A switch never takes the next word: that is the template.
  [['-force', 'false'], { force: true, operands: ['false'] }],
  [['-var', 'a=b', '.'], { var: ['a=b'] }],
  [['-var=a=b', '--var', 'c=d=e', '.'], { var: ['a=b', 'c=d=e'] }],
  [['-var', '-x=1', '.'], { var: ['-x=1'] }],
  [['-var=', '.'], { var: [''] }],
  [['-var-file=x.pkrvars.hcl', '-var-file', 'y.json', '.'], { 'var-file': ['x.pkrvars.hcl', 'y.json'] }],
  [['-only=a,b', '-only', 'c', '.'], { only: ['a', 'b', 'c'] }],
  [['-except=,a,,b,', '.'], { except: ['a', 'b'] }],
  [['-on-error=ask', '.'], { 'on-error': 'ask' }],
  [['-parallel-builds=3', '.'], { 'parallel-builds': '3' }],
  [['-parallel-builds', '-1', '.'], { 'parallel-builds': '-1' }],
  [['--', '-dash.pkr.hcl'], { operands: ['-dash.pkr.hcl'] }],
  [['-'], { operands: ['-'] }],
  [['-on-error=sometimes', '.'], 'one of cleanup, abort, ask, run-cleanup-provisioner; not "sometimes"'],
  [['-force=yes', '.'], 'The flag -force is either on or off: -force or -force=false, not "yes".'],
  [['-parallel-builds=many', '.'], 'whole number, not "many"'],
  [['-forse', '.'], 'has no flag -forse. Did you mean -force?'],
  [['-on-eror=ask', '.'], 'Did you mean -on-error?'],
  [['-qqqqqqqq', '.'], /* too far from any */ 'has no flag -qqqqqqqq.'],
  [['---force', '.'], '"---force" is not a flag.'],
  [['-=x', '.'], '"-=x" is not a flag.'],
  [['-var'], 'The flag -var needs a value: -var=NAME=VALUE.'],
  [[], 'Name a template'],
  [['a', 'b'], 'takes one TEMPLATE, but got 2: a b.'],
  [['.', '-force'], 'The flag -force stands after ".". Flags come first: vmm-hcl build -force … .'],
];

describe('the rules of Go flags', () => {
  for (const [words, expected] of ROWS) {
    test(JSON.stringify(words), () => {
      const parsed = parseArguments(BUILD, words, false);
      if (typeof expected === 'string') {
        assert.equal(parsed.kind, 'mistake');
        assert.ok(parsed.kind === 'mistake' && parsed.message.includes(expected), JSON.stringify(parsed));
        return;
      }
      assert.ok(parsed.kind === 'arguments', JSON.stringify(parsed));
      for (const [name, value] of Object.entries(expected)) {
        const args: Arguments = parsed.args;
        const actual: unknown =
          name === 'operands'
            ? args.operands
            : Array.isArray(value)
              ? args.all(name)
              : typeof value === 'boolean'
                ? args.on(name)
                : args.text(name);
        assert.deepEqual(actual, value, name);
      }
    });
  }

  test('-h, -help and --help ask for help, before any operand is missed', () => {
    for (const word of ['-h', '-help', '--help', '--h']) {
      assert.equal(parseArguments(BUILD, [word], false).kind, 'help', word);
    }
  });

  test('a command without operands refuses one', () => {
    const parsed = parseArguments(VERSION, ['now'], false);
    assert.deepEqual(parsed, {
      kind: 'mistake',
      message: '`vmm-hcl version` takes no operand, but got "now".',
    });
  });

  test('fmt takes any number of paths', () => {
    const parsed = parseArguments(FMT, ['-check', 'a', 'b', '-'], false);
    assert.ok(parsed.kind === 'arguments');
    assert.deepEqual(parsed.args.operands, ['a', 'b', '-']);
  });
});
