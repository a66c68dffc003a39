// examples/tiny-linux is there in both languages, and both make the same build.
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { it } from 'node:test';
import { loadConfiguration, planBuilds } from '../../../src/packer/index.ts';
import type { BuildPlan, ShownBuildData } from '../../../src/plan/build-plan.ts';
import { inDirectory } from '../sandbox.ts';

const DATA: ShownBuildData = {
  ID: 'tiny-linux',
  Host: '100.64.1.3',
  Port: 22,
  User: 'root',
  Password: 'tiny-secret',
  ConnType: 'ssh',
  PackerRunUUID: 'uuid',
  PackerHTTPIP: '100.64.1.2',
  PackerHTTPPort: '8080',
  PackerHTTPAddr: '100.64.1.2:8080',
  SSHPublicKey: '',
  SSHPrivateKey: '',
};

async function planOf(path: string, iso: string): Promise<BuildPlan> {
  const { configuration, diagnostics } = await loadConfiguration(resolve(path), {
    cwd: resolve('.'),
    env: {},
    vars: [{ name: 'iso', value: iso }],
  });
  const planned = await planBuilds(configuration);
  assert.deepEqual([...diagnostics, ...planned.diagnostics], []);
  const [plan] = planned.plans;
  assert.ok(plan && planned.plans.length === 1);
  return plan;
}

/** Everything but the places in the files, as plain data. */
function contentOf(plan: BuildPlan): unknown {
  const steps = [...plan.provisioners, ...plan.postProcessors.flat()];
  const whole = { ...plan, resolved: steps.map((step) => step.resolve(DATA)) };
  return JSON.parse(
    JSON.stringify(whole, (key, value: unknown) => (key === 'origin' ? undefined : value)),
  ) as unknown;
}

it('examples/tiny-linux means the same in HCL and in legacy JSON', async () => {
  await inDirectory({}, async (directory) => {
    const iso = join(directory, 'install.iso');
    const hcl = contentOf(await planOf('examples/tiny-linux/tiny-linux.pkr.hcl', iso));
    const json = contentOf(await planOf('examples/tiny-linux/tiny-linux.json', iso));
    assert.deepEqual(json, hcl);
  });
});
