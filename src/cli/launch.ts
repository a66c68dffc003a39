import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

/*
 * What the shell starts. It calls the function that front.js, which is beside it, consists of, with the code that V8 has compiled
 * of it when the program was built (scripts/code-cache.mjs). A cache of another version of Node is refused by V8, and then
 * front.js is compiled anew.
 */

const file = join(__dirname, 'front.js');
const script = new Script(readFileSync(file, 'latin1'), {
  filename: file,
  cachedData: readCache(`${file}.cache`),
});
const run = script.runInThisContext() as (
  requires: NodeJS.Require,
  filename: string,
  directory: string,
  module: { exports: unknown },
  load: (specifier: string) => Promise<unknown>,
) => void;
run(require, file, __dirname, { exports: {} }, (specifier) => import(specifier));

function readCache(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
