import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { previewBuild } from '../../src/build/preview/preview-build.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import type { FakeMachine } from './fake-hypervisor.ts';
import { makePlan, postProcessor, provisioner, run, temporaryFolder } from './harness.ts';

const installAtOnce = (machine: FakeMachine) => {
  writeFileSync(machine.spec.disk.path, 'installed');
  machine.powerOff();
};

const options = () => ({ hypervisor: new FakeHypervisor(), force: false });

test('a build runs the steps of its preview, and no others', async (t) => {
  const plans: Readonly<Record<string, (folder: string) => BuildPlan>> = {
    'nothing but the installer': (folder) => makePlan(folder, { config: { boot_command: '' } }),
    'a boot command and a server': (folder) => makePlan(folder, { config: { http_content: { '/a': 'b' } } }),
    'a second boot': (folder) =>
      makePlan(folder, {
        plan: {
          provisioners: [provisioner('shell-local', { inline: ['true'] })],
          postProcessors: [[postProcessor('checksum', { output: `${folder}/sum` })]],
        },
      }),
  };
  for (const [what, planOf] of Object.entries(plans)) {
    const folder = await temporaryFolder(t);
    const plan = planOf(folder);
    const preview = await previewBuild(plan, options());
    assert.deepEqual(readdirSync(folder), [], `${what}: the preview has created something`);
    const hypervisor = new FakeHypervisor({
      install: plan.source.config.boot_command === '' ? installAtOnce : undefined,
    });
    const { result } = await run(plan, hypervisor);
    assert.equal(result.outcome, 'success', what);
    assert.deepEqual(
      preview.steps.filter(({ skipped }) => skipped === undefined).map(({ step }) => step),
      result.steps.map(({ step }) => step),
      what,
    );
  }
});

test('the patterns for lines of the console are shown', async (t) => {
  const config = {
    console_fatal_patterns: ['^E: ', 'dead$'],
    console_ignore_patterns: ['^I: '],
  };
  const { steps } = await previewBuild(makePlan(await temporaryFolder(t), { config }), options());
  const notes = steps.flatMap(({ step, actions }) =>
    actions.flatMap((action) => (action.type === 'note' ? [`${step}: ${action.text}`] : [])),
  );
  assert.deepEqual(
    notes.filter((note) => note.includes('patterns')),
    [
      'start (install): In every boot, a line of the console that matches "^E: " or "dead$" ends the build (console_fatal_patterns).',
      'start (install): In every boot, a line of the console that matches "^I: " never ends the build (console_ignore_patterns).',
    ],
  );
});

test('in the block of a provisioner no name protects a secret', async (t) => {
  const block = provisioner('unheard-of', {
    type: 'top secret',
    where: ['top secret'],
    note: 'a top secret',
  });
  const plan = makePlan(await temporaryFolder(t), {
    plan: { provisioners: [block], sensitive: ['top secret'] },
  });
  const { steps } = await previewBuild(plan, options());
  const { actions } = steps.find(({ step }) => step === 'provision')!;
  assert.deepEqual(actions.at(-1), {
    type: 'config',
    config: { type: '<sensitive>', where: ['<sensitive>'], note: 'a <sensitive>' },
  });
});

test('a port of the server that is the only choice is known', async (t) => {
  const preview = async (min: number, max: number) => {
    const config = { http_content: { '/a': 'b' }, http_port_min: min, http_port_max: max };
    const { steps } = await previewBuild(makePlan(await temporaryFolder(t), { config }), options());
    return steps.flatMap(({ actions }) => actions.flatMap((one) => (one.type === 'fetch' ? [one.url] : [])));
  };
  assert.deepEqual(await preview(8000, 8000), ['http://<host>:8000/a']);
  assert.deepEqual(await preview(8000, 9000), ['http://<host>:<http-port>/a']);
});

test('what is used up on the way is not among the files that will be there', async (t) => {
  const folder = await temporaryFolder(t);
  const compress = postProcessor('compress', { output: `${folder}/web.gz` });
  const filesAfter = async (...postProcessors: BuildPlan['postProcessors']) => {
    const { files } = await previewBuild(makePlan(folder, { plan: { postProcessors } }), options());
    return files.map(({ path }) => path.slice(folder.length + 1)).filter((path) => !path.startsWith('log'));
  };
  const image = 'out/images/web1.qcow2';
  assert.deepEqual(await filesAfter(), ['out/images', image]);
  assert.deepEqual(await filesAfter([compress]), ['out/images', 'web.gz']);
  assert.deepEqual(await filesAfter([compress], [postProcessor('manifest', { output: `${folder}/m` })]), [
    ...['out/images', image],
    ...['web.gz', 'm'],
  ]);
  const discard = postProcessor('artifice', { files: ['x'] }, { keepInputArtifact: false });
  assert.deepEqual(await filesAfter([compress, discard]), ['out/images']);
});
