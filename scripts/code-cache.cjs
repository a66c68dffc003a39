// Makes V8's code cache of dist/front.js: runs the file on a small template, so that the functions that `validate` needs are
// compiled, and writes what V8 has compiled then. Called by scripts/build.ts; CommonJS, since it stands in for src/cli/launch.ts.
const { readFileSync, writeFileSync } = require('node:fs');
const { dirname, resolve } = require('node:path');
const { Script } = require('node:vm');

const file = resolve(process.argv[2]);
const text = `(function (require, __filename, __dirname, module, $load_) {${readFileSync(file, 'latin1')}\n})`;
const script = new Script(text, { filename: file });
process.on('exit', (status) => {
  if (status === 0) writeFileSync(`${file}.cache`, script.createCachedData());
});
process.argv = [process.argv[0], 'vmm-hcl', 'validate', 'examples/tiny-linux'];
process.stdout.write = (_text, callback) => (typeof callback === 'function' && callback(), true);
script.runInThisContext()(require, file, dirname(file), { exports: {} }, (name) => import(name));
