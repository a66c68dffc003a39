import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PostProcessorPlan } from '../../src/plan/build-plan.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import { makePlan, postProcessor, run, temporaryFolder } from './harness.ts';
import { writeFile, rm } from 'node:fs/promises';
import { Emitter } from '../../src/build/emitter.ts';
import { postProcess } from '../../src/build/steps/post-process.ts';
import type { Artifact } from '../../src/plan/artifact.ts';
import type { PostProcessor } from '../../src/post-processor/post-processor.ts';

/** A post-processor that cannot work: its output is below a file. */
function broken(folder: string): PostProcessorPlan {
  return postProcessor('checksum', { output: join(folder, 'out/images/web1.qcow2/sum') });
}

test('a failing post-processor fails the build and its sequence, and never costs the image', async (t) => {
  const folder = await temporaryFolder(t);
  const sum = (name: string) => postProcessor('checksum', { output: join(folder, name) });
  const plan = makePlan(folder, {
    plan: { postProcessors: [[sum('first'), broken(folder), sum('never')], [sum('second')]] },
  });
  const { result, events } = await run(plan, new FakeHypervisor());
  assert.equal(result.outcome, 'failure');
  assert.equal(result.failure?.step, 'post-processors');
  assert.equal(result.failure?.origin?.line, 30);
  const image = join(folder, 'out/images/web1.qcow2');
  assert.ok(existsSync(image));
  assert.ok(existsSync(join(folder, 'first')) && existsSync(join(folder, 'second')));
  assert.ok(!existsSync(join(folder, 'never')));
  assert.deepEqual(
    result.artifacts.map(({ files }) => files),
    [[image], [image, join(folder, 'first')], [image, join(folder, 'second')]],
  );
  assert.equal(events.filter((event) => event.type === 'artifact').length, 3);
});

test('the image is final before the first post-processor starts', async (t) => {
  const folder = await temporaryFolder(t);
  const plan = makePlan(folder, {
    plan: { postProcessors: [[postProcessor('checksum', { output: join(folder, 'sum') })]] },
  });
  let found: string[] = [];
  await run(plan, new FakeHypervisor(), {
    onEvent: (event) => {
      if (event.type === 'post-processor-start')
        found = existsSync(join(folder, 'out/images/web1.qcow2')) ? ['there'] : [];
    },
  });
  assert.deepEqual(found, ['there']);
});

test('an interrupt that comes when the image is complete: too late without post-processors, else it keeps the image', async (t) => {
  for (const [postProcessors, expected] of [
    [[], 'success'],
    [[[postProcessor('checksum', { output: 'never' })]], 'cancelled'],
  ] as const) {
    const folder = await temporaryFolder(t);
    const interrupt = new AbortController();
    const { result, cancelled } = await run(
      makePlan(folder, { plan: { postProcessors } }),
      new FakeHypervisor(),
      {
        signal: interrupt.signal,
        onEvent: (event) => {
          if (event.type === 'say' && event.text.startsWith('The image is complete')) {
            interrupt.abort(new Error('interrupted'));
          }
        },
      },
    );
    assert.equal(result.outcome, expected);
    assert.equal(cancelled, expected === 'cancelled');
    const image = join(folder, 'out/images/web1.qcow2');
    assert.ok(existsSync(image));
    assert.deepEqual(
      result.artifacts.map(({ files }) => files),
      [[image]],
    );
  }
});

test('the manifest names the image below output_directory as the template has that, as in Packer', async (t) => {
  const folder = await temporaryFolder(t);
  const output = join(folder, 'manifest.json');
  for (const [given, name] of [
    ['./out/images', 'out/images/web1.qcow2'],
    ['../up', '../up/web1.qcow2'],
    [undefined, join(folder, 'out/images/web1.qcow2')],
  ] as const) {
    const plan = makePlan(folder, {
      config: { given_output_directory: given },
      plan: { postProcessors: [[postProcessor('manifest', { output })]] },
    });
    await run(plan, new FakeHypervisor(), { force: true });
    const { builds } = JSON.parse(await readFile(output, 'utf8')) as {
      builds: { files: { name: string }[] }[];
    };
    assert.equal(builds.at(-1)?.files[0]?.name, name);
  }
});

test('an interrupt during post-processing keeps the image', async (t) => {
  const folder = await temporaryFolder(t);
  const interrupt = new AbortController();
  const plan = makePlan(folder, {
    plan: {
      postProcessors: [
        [
          postProcessor('manifest', { output: join(folder, 'manifest.json') }),
          postProcessor('checksum', { output: join(folder, 'sum') }),
        ],
      ],
    },
  });
  const { result } = await run(plan, new FakeHypervisor(), {
    signal: interrupt.signal,
    onEvent: (event) => {
      if (event.type === 'post-processor-start' && event.postProcessor === 'checksum')
        interrupt.abort(new Error('interrupted'));
    },
  });
  assert.equal(result.outcome, 'cancelled');
  assert.deepEqual(
    result.artifacts.map(({ files }) => files),
    [[join(folder, 'out/images/web1.qcow2')]],
  );
  assert.deepEqual(await readdir(join(folder, 'out/images')), ['web1.qcow2']);
  assert.ok(!existsSync(join(folder, 'sum')));
});

test('an unknown post-processor and a block that cannot be evaluated', async (t) => {
  const folder = await temporaryFolder(t);
  const unknown = makePlan(folder, { plan: { postProcessors: [[postProcessor('vagrant', {})]] } });
  const first = await run(unknown, new FakeHypervisor());
  assert.equal(first.result.failure?.message, 'There is no post-processor "vagrant".');
  const problem = { summary: 'Unsupported attribute', detail: 'No.', file: 'x.pkr.hcl', line: 3 };
  const bad = postProcessor('checksum', {}, { resolve: () => ({ ok: false, problems: [problem] }) });
  const second = await run(makePlan(folder, { plan: { postProcessors: [[bad]] } }), new FakeHypervisor(), {
    force: true,
  });
  assert.deepEqual(second.result.failure?.problems, [problem]);
});

/** Makes `NAME` out of whatever it gets; the type is `NAME:keepInput`. */
function maker(folder: string) {
  return (type: string): Promise<PostProcessor> => {
    const [name = '', keepInput = 'discard'] = type.split(':');
    return Promise.resolve({
      type,
      keepInput: keepInput as PostProcessor['keepInput'],
      run: async (input) => {
        if (name === 'pass') return input;
        if (name === 'fail') throw new Error('no');
        await writeFile(join(folder, name), '');
        return artifactOf(join(folder, name));
      },
    });
  };
}

function artifactOf(path: string): Artifact {
  return { builderId: '', id: '', files: [path], description: '', destroy: () => rm(path, { force: true }) };
}

test('which inputs stay: keep_input_artifact, the default of the kind, and the first of each sequence', async (t) => {
  // Sequences, with `=true` or `=false` for keep_input_artifact; the files that are there afterwards; those handed over.
  const table: [sequences: string[][], files: string[], artifacts: string[]][] = [
    [[['a']], ['a'], ['a']],
    [[['a=true']], ['a', 'image'], ['image', 'a']],
    [[['a:keep']], ['a', 'image'], ['image', 'a']],
    [[['a:keep=false']], ['a'], ['a']],
    [[['a:always=false']], ['a', 'image'], ['image', 'a']],
    [[['a', 'b']], ['b'], ['b']],
    [[['a', 'b=true']], ['a', 'b'], ['a', 'b']],
    [[['a=true', 'b']], ['b', 'image'], ['image', 'b']],
    [
      [['a'], ['b']],
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      [['a'], ['b=true']],
      ['a', 'b', 'image'],
      ['image', 'a', 'b'],
    ],
    [[['pass:always']], ['image'], ['image']],
    [[['pass:always', 'a']], ['a', 'image'], ['image', 'a']],
    [[['a', 'pass:always']], ['a'], ['a']],
    [[['a', 'fail']], ['a', 'image'], ['image', 'a']],
    [
      [['a'], ['fail']],
      ['a', 'image'],
      ['image', 'a'],
    ],
  ];
  for (const [sequences, files, artifacts] of table) {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'image'), '');
    const postProcessors = sequences.map((sequence) =>
      sequence.map((text) => {
        const [type = '', keep] = text.split('=');
        return postProcessor(type, {}, keep === undefined ? {} : { keepInputArtifact: keep === 'true' });
      }),
    );
    const plan = makePlan(folder, { plan: { postProcessors } });
    const context = {
      plan,
      emitter: new Emitter('x', [], () => {}),
      image: artifactOf(join(folder, 'image')),
      signal: new AbortController().signal,
      artifacts: [] as readonly Artifact[],
    };
    await postProcess(maker(folder))
      .run(context as never, () => {})
      .catch((error: Error) => assert.equal(error.message, 'no'));
    const name = sequences.map((sequence) => sequence.join(' ')).join(' | ');
    assert.deepEqual((await readdir(folder)).sort(), files, name);
    assert.deepEqual(
      context.artifacts.flatMap((artifact) => artifact.files.map((file) => file.slice(folder.length + 1))),
      artifacts,
      name,
    );
  }
});

test('what a post-processor cannot do here is told before anything is made', async (t) => {
  const folder = await temporaryFolder(t);
  const plan = makePlan(folder, {
    plan: { postProcessors: [[postProcessor('compress', { output: join(folder, 'out/a.bgzf') })]] },
  });
  const { result } = await run(plan, new FakeHypervisor());
  assert.equal(result.failure?.step, 'output directory');
  assert.equal(result.failure?.origin?.line, 30);
  assert.match(result.failure?.message ?? '', /does not write bgzf/);
  assert.ok(!existsSync(join(folder, 'out')));
});

test('compress takes the place of the image, unless that is to stay', async (t) => {
  for (const keep of [undefined, true]) {
    const folder = await temporaryFolder(t);
    const output = join(folder, 'image.gz');
    const compressed = { ...postProcessor('compress', { output }), keepInputArtifact: keep };
    const { result } = await run(
      makePlan(folder, { plan: { postProcessors: [[compressed]] } }),
      new FakeHypervisor(),
    );
    assert.equal(result.outcome, 'success');
    const image = join(folder, 'out/images/web1.qcow2');
    assert.equal(existsSync(image), keep === true);
    assert.deepEqual(
      result.artifacts.map(({ files }) => files),
      keep ? [[image], [output]] : [[output]],
    );
  }
});
