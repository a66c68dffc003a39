// Runs node's test runner over the test files: `npm run test:unit [-- FILE…]`. Node 20's --test takes no globs,
// so the files are listed here. Everything under test/e2e boots real machines and is left to `npm run test:e2e`.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const [suite = 'unit', ...named] = process.argv.slice(2);
const all = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/${name}`)
  .sort();
const files =
  named.length > 0 ? named : all.filter((name) => name.startsWith('test/e2e/') === (suite === 'e2e'));
// Machines are slow and share two cores: end-to-end files run one after the other.
const concurrency = suite === 'e2e' ? ['--test-concurrency=1'] : [];
// A mistake is to fail and not to hang: milliseconds, far more than a file of unit tests takes. Those with machines have a limit
// of their own.
const limit = suite === 'e2e' ? [] : ['--test-timeout=600000'];
const result = spawnSync(
  process.execPath,
  ['--import', 'tsx', '--test', '--test-reporter=spec', ...concurrency, ...limit, ...files],
  { stdio: 'inherit' },
);
process.exit(result.status ?? 1);
