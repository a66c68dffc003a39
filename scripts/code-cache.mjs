// Makes V8's code cache of dist/front.js: validates the examples with it, so that the functions that most templates need are
// compiled, and writes what V8 has compiled then. Called by scripts/build.ts; it stands in for src/cli/launch.ts.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Script } from 'node:vm';

const file = resolve(process.argv[2]);
const script = new Script(readFileSync(file, 'latin1'), { filename: file });
// The examples that ask the agent want one; nothing talks to it.
process.env.SSH_AUTH_SOCK ??= 'agent';
const [node] = process.argv;
for (const example of readdirSync('examples')) {
  process.argv = [node, 'vmm-hcl', 'validate', `examples/${example}`];
  await run();
}
writeFileSync(`${file}.cache`, script.createCachedData());

/** Runs the program once; resolves when it wants to leave. Whether the template is valid here is of no interest: files may be missing. */
function run() {
  return new Promise((leave) => {
    process.exit = leave;
    const start = script.runInThisContext();
    start(createRequire(file), file, dirname(file), { exports: {} }, (name) => import(name));
  });
}
