// Runs node's test runner over the test files: `npm run test:unit [-- FILE…]`. Node 20's --test takes no globs,
// so the files are listed here. Everything under test/e2e boots real machines and is left to `npm run test:e2e`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const [suite = 'unit', ...named] = process.argv.slice(2);
const all = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/${name}`)
  .sort();
/** The longest, first: the others run beside it. */
const LONGEST = 'test/e2e/faults.test.ts';
const files =
  named.length > 0
    ? named
    : all
        .filter((name) => name.startsWith('test/e2e/') === (suite === 'e2e'))
        .sort((a, b) => Number(b === LONGEST) - Number(a === LONGEST));
// A file often waits, for a machine or for a process; the runner alone would leave one processor free. Machines are slow, and
// more of them at once take longer than one after the other.
const atOnce = suite === 'e2e' ? 2 : Math.max(2, availableParallelism());
// A mistake is to fail and not to hang: milliseconds, far more than a file of unit tests takes. Those with machines have a limit
// of their own.
const limit = suite === 'e2e' ? [] : ['--test-timeout=600000'];
const result = spawnSync(
  process.execPath,
  ['--import', 'tsx', '--test', '--test-reporter=spec', `--test-concurrency=${atOnce}`, ...limit, ...files],
  { stdio: 'inherit' },
);
process.exit(result.status ?? 1);
