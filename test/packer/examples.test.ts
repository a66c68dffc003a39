// The examples are right: each validates once the big files that it names are there.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { it } from 'node:test';
import { loadConfiguration, planBuilds } from '../../src/packer/index.ts';
import { inDirectory } from './sandbox.ts';

/** Variables of examples that name files which a user has and a checkout has not. */
const BIG_FILES: Readonly<Record<string, string>> = {
  kernel: 'bsd.rd',
  iso: 'install.iso',
  base_image: 'base.qcow2',
};

for (const name of readdirSync('examples')) {
  it(`examples/${name}`, async () => {
    await inDirectory({}, async (directory) => {
      const path = join('examples', name);
      const env = { HOME: '/home/x', SSH_AUTH_SOCK: '/tmp/agent' };
      const options = { cwd: resolve('.'), env };
      const declared = (await loadConfiguration(path, options)).configuration.variables;
      const vars = Object.entries(BIG_FILES)
        .filter(([variable]) => declared.has(variable))
        .map(([variable, file]) => ({ name: variable, value: join(directory, file) }));
      const { configuration, diagnostics } = await loadConfiguration(path, { ...options, vars });
      const planned = await planBuilds(configuration);
      assert.deepEqual([...diagnostics, ...planned.diagnostics], []);
      assert.equal(planned.plans.length, 1);
    });
  });
}
