// `npm test`: sets up what the tests need, then lint, types, unit tests and end-to-end tests. All of them run, also
// after one has failed. The end-to-end tests boot real machines: without QEMU they are skipped, each by its name;
// VMM_HCL_E2E=required makes that a failure.
import {
  SetupError,
  checkNode,
  ensureCompiled,
  ensureDependencies,
  ensureGuest,
  missingPackages,
  run,
} from './setup.mjs';

/** Says why the guest cannot be built; the tests then find no CD and skip, or fail where they are required. */
async function prepareMachines() {
  const missing = missingPackages();
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  try {
    await ensureGuest();
    return undefined;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return error.message;
  }
}

async function testAll() {
  checkNode();
  await ensureDependencies();
  await ensureCompiled();
  const obstacle = await prepareMachines();
  if (obstacle !== undefined) {
    console.error(`[test] NO REAL MACHINES WILL BE TESTED: ${obstacle}`);
    console.error('[test] `npm run demo` installs what is missing, or says what to install.');
  }
  const results = [];
  for (const [name, script] of [
    ['lint', 'lint'],
    ['types', 'types'],
    ['unit tests', 'test:unit'],
    ['end-to-end tests', 'test:e2e'],
  ]) {
    console.log(`[test] ${name}`);
    const start = Date.now();
    const status = await run('npm', ['run', '--silent', script]);
    results.push({ name, status, seconds: ((Date.now() - start) / 1000).toFixed(1) });
    // Interrupted: the person wants an end, not the rest.
    if (status === 130 || status === 143) break;
  }
  for (const { name, status, seconds } of results) {
    console.log(`[test] ${status === 0 ? 'passed' : 'FAILED'} ${name} (${seconds} s)`);
  }
  if (obstacle !== undefined) console.log('[test] no real machine was tested: see above');
  return results.every(({ status }) => status === 0) ? 0 : 1;
}

try {
  process.exitCode = await testAll();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`[test] ${error.message}`);
  process.exitCode = 1;
}
