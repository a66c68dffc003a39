// Makes V8's code cache of dist/front.js: runs the file on a small template, so that the functions that `validate` needs are
// compiled, and writes what V8 has compiled then. Called by scripts/build.ts; it
// stands in for src/cli/launch.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Script } from 'node:vm';

const file = resolve(process.argv[2]);
const text = `(function (require, __filename, __dirname, module, $load_) {${readFileSync(file, 'latin1')}\n})`;
const script = new Script(text, { filename: file });
process.on('exit', (status) => {
  if (status === 0) writeFileSync(`${file}.cache`, script.createCachedData());
});
// In a fresh clone the installation CD has not been made yet; any file that exists will do.
process.argv = [process.argv[0], 'vmm-hcl', 'validate', '-var=iso=package.json', 'examples/tiny-linux'];
const run = script.runInThisContext();
run(createRequire(file), file, dirname(file), { exports: {} }, (name) => import(name));
