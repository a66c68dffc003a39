// `npm run demo`: from a fresh clone to a machine image. Sets everything up, then runs the main job:
// `vmm-hcl build examples/tiny-linux` on QEMU. Words after `--` go to the build.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLI,
  ROOT,
  SetupError,
  checkNode,
  ensureCompiled,
  ensureDependencies,
  ensureGuest,
  ensureSystemPackages,
  run,
} from './setup.mjs';

const IMAGE = join(ROOT, 'output', 'tiny-linux', 'tiny-linux.qcow2');

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

async function phase(name, work) {
  console.log(`[demo] ${name}`);
  const start = Date.now();
  const did = await work();
  console.log(`[demo] ${name}: ${did === false ? 'nothing to do' : seconds(start)}`);
}

async function demo() {
  checkNode();
  await phase('npm packages', ensureDependencies);
  await phase('compile', ensureCompiled);
  await phase('QEMU and tools', ensureSystemPackages);
  await phase('installation CD of Tiny Linux', ensureGuest);

  const args = ['build', '-hypervisor=qemu', ...process.argv.slice(2)];
  if (existsSync(IMAGE) && !args.some((word) => /^--?force/.test(word))) {
    console.log(`[demo] ${IMAGE} is from an earlier run: -force replaces it when the new one is complete`);
    args.push('-force');
  }
  args.push('examples/tiny-linux');
  console.log(`[demo] vmm-hcl ${args.join(' ')}`);
  const status = await run(process.execPath, [CLI, ...args]);
  if (status === 0) console.log('    log in as root, password tiny-secret');
  return status;
}

try {
  process.exitCode = await demo();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`[demo] ${error.message}`);
  process.exitCode = 1;
}
