// disk_additional_size: disks beside the image, which become final together with it, or not at all.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import fsPromises, { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { giveFinalNames } from '../../src/build/output/final-names.ts';
import { newName, oldName, removeInherited } from '../../src/build/output/lock.ts';
import { previewBuild } from '../../src/build/preview/preview-build.ts';
import { HypervisorError } from '../../src/hypervisor/hypervisor.ts';
import { examineFile } from '../../src/journal/files.ts';
import type { RunLine } from '../../src/journal/line.ts';
import { recordTo } from '../../src/lib/belongings.ts';
import type { Belonging } from '../../src/lib/belongings.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import { makePlan, postProcessor, run, temporaryFolder } from './harness.ts';

const config = { disk_additional_size: ['2G', '512M'] };

/** A folder with the finished disks of an earlier build. */
async function withOld(t: TestContext): Promise<{ folder: string; images: string; old: string[] }> {
  const folder = await temporaryFolder(t);
  const images = join(folder, 'out/images');
  await mkdir(images, { recursive: true });
  const old = ['web1.qcow2', 'web1-1.qcow2', 'web1-2.qcow2'];
  for (const name of old) await writeFile(join(images, name), `old ${name}`);
  return { folder, images, old };
}

test('further disks are created, seen by both boots, and belong to the artifact', async (t) => {
  const folder = await temporaryFolder(t);
  const images = join(folder, 'out/images');
  const hypervisor = new FakeHypervisor();
  const { result, events } = await run(
    makePlan(folder, {
      config,
      plan: {
        postProcessors: [
          [postProcessor('checksum', { checksum_types: ['md5'], output: join(folder, 'sums') })],
          [postProcessor('manifest', { output: join(folder, 'manifest.json'), custom_data: {} })],
        ],
      },
    }),
    hypervisor,
  );
  assert.equal(result.outcome, 'success', result.failure?.message);
  const files = ['web1.qcow2', 'web1-1.qcow2', 'web1-2.qcow2'].map((name) => join(images, name));
  assert.deepEqual((await readdir(images)).sort(), ['web1-1.qcow2', 'web1-2.qcow2', 'web1.qcow2']);
  assert.deepEqual(result.artifacts[0]?.files, files);
  assert.match(result.artifacts[0]?.description ?? '', /with the disks \S+web1-1\.qcow2, \S+web1-2\.qcow2$/);
  const [spec] = hypervisor.specs;
  assert.match(spec?.additionalDisks?.[1]?.path ?? '', /\/\.web1-2\.partial-[0-9a-f]{6}\.qcow2$/);
  const said = events.flatMap((event) => (event.type === 'say' ? [event.text] : []));
  assert.ok(said.includes('Creating the disk web1-2.qcow2 of 512M'), said.join('\n'));
  const sums = (await readFile(join(folder, 'sums'), 'utf8')).trim().split('\n');
  assert.deepEqual(
    sums.map((line) => line.split('\t')[1]),
    ['web1.qcow2', 'web1-1.qcow2', 'web1-2.qcow2'],
  );
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {
    builds: { files: { name: string }[] }[];
  };
  assert.deepEqual(
    manifest.builds[0]?.files.map(({ name }) => name),
    files,
  );
});

test('a disk that is used up by a post-processor takes the further ones with it', async (t) => {
  const folder = await temporaryFolder(t);
  const archive = join(folder, 'web1.tar');
  const plan = makePlan(folder, {
    config,
    plan: { postProcessors: [[postProcessor('compress', { output: archive, compression_level: 0 })]] },
  });
  const { result } = await run(plan, new FakeHypervisor());
  assert.equal(result.outcome, 'success', result.failure?.message);
  assert.deepEqual(await readdir(join(folder, 'out/images')), []);
  const text = readFileSync(archive, 'latin1');
  for (const name of ['web1.qcow2', 'web1-1.qcow2', 'web1-2.qcow2']) assert.ok(text.includes(name), name);
});

test('any of the disks that is there already ends the build before anything is created', async (t) => {
  const { folder, images } = await withOld(t);
  const { rm } = await import('node:fs/promises');
  await rm(join(images, 'web1.qcow2'));
  await rm(join(images, 'web1-1.qcow2'));
  const hypervisor = new FakeHypervisor();
  const { result } = await run(makePlan(folder, { config }), hypervisor);
  assert.match(result.failure?.message ?? '', /web1-2\.qcow2 exists already/);
  assert.deepEqual(hypervisor.calls, ['probe']);
  assert.deepEqual(await readdir(images), ['web1-2.qcow2']);
});

test('-force replaces all disks at the end, and none when the build fails', async (t) => {
  const { folder, images, old } = await withOld(t);
  const failing = new FakeHypervisor({ install: (machine) => machine.die('boom') });
  const failed = await run(makePlan(folder, { config }), failing, { force: true });
  assert.equal(failed.result.outcome, 'failure');
  assert.deepEqual((await readdir(images)).sort(), [...old].sort());
  const seen: string[] = [];
  const { result } = await run(makePlan(folder, { config }), new FakeHypervisor(), {
    force: true,
    onEvent: (event) => {
      if (event.type !== 'step-start' || event.step !== 'image') return;
      for (const name of old) seen.push(readFileSync(join(images, name), 'utf8'));
    },
  });
  assert.equal(result.outcome, 'success', result.failure?.message);
  assert.deepEqual(
    seen,
    old.map((name) => `old ${name}`),
  );
  assert.deepEqual((await readdir(images)).sort(), [...old].sort());
  assert.equal(readFileSync(join(images, 'web1.qcow2'), 'utf8'), 'installed');
  assert.equal(readFileSync(join(images, 'web1-2.qcow2'), 'utf8'), 'empty');
});

test('a disk that appears during the build is not overwritten, and no other one becomes final', async (t) => {
  const folder = await temporaryFolder(t);
  const images = join(folder, 'out/images');
  const hypervisor = new FakeHypervisor({
    install: async (machine) => {
      await machine.typedUntil('\r');
      await writeFile(join(images, 'web1-1.qcow2'), 'foreign');
      await writeFile(machine.spec.disk.path, 'installed');
      machine.powerOff();
    },
  });
  const { result } = await run(makePlan(folder, { config }), hypervisor);
  assert.match(result.failure?.message ?? '', /web1-1\.qcow2 has appeared during the build/);
  assert.deepEqual(await readdir(images), ['web1-1.qcow2']);
  assert.equal(readFileSync(join(images, 'web1-1.qcow2'), 'utf8'), 'foreign');
});

test('replacing fails in the middle: every old disk is there again', async (t) => {
  const { images, old } = await withOld(t);
  const [disk, ...more] = old.map((name) => ({
    image: join(images, name),
    partial: join(images, `.new-${name}`),
  }));
  const disks = [disk!, ...more] as const;
  // The first disk is the last to be named, and there is none.
  for (const { partial } of disks.slice(1)) await writeFile(partial, 'new');
  await assert.rejects(giveFinalNames(disks, true), { code: 'ENOENT' });
  for (const name of old) assert.equal(readFileSync(join(images, name), 'utf8'), `old ${name}`);
  assert.deepEqual((await readdir(images)).filter((name) => name.startsWith('.')).sort(), [
    '.new-web1-1.qcow2',
    '.new-web1-2.qcow2',
  ]);
});

/** Does `action`, and never comes back from it at the `count`-th change of the file system, as if killed. @returns whether it ended */
async function killedAt(count: number, action: () => Promise<void>): Promise<boolean> {
  const { link, rename, rm } = fsPromises;
  let changes = 0;
  let kill: () => void = () => {};
  const killed = new Promise<false>((resolve) => (kill = () => resolve(false)));
  const mortal =
    <Args extends unknown[]>(change: (...args: Args) => Promise<void>) =>
    (...args: Args) => {
      if (++changes < count) return change(...args);
      kill();
      return new Promise<void>(() => {});
    };
  Object.assign(fsPromises, { link: mortal(link), rename: mortal(rename), rm: mortal(rm) });
  syncBuiltinESMExports();
  try {
    return await Promise.race([action().then(() => true), killed]);
  } finally {
    Object.assign(fsPromises, { link, rename, rm });
    syncBuiltinESMExports();
  }
}

for (const force of [false, true]) {
  for (const heir of ['gc', 'the next build']) {
    test(`killed at any moment while disks get their names${force ? ' with -force' : ''}: ${heir} leaves all of them new, or none`, async (t) => {
      let ended = false;
      let undone = 0;
      for (let moment = 1; !ended; moment++) {
        const { images, old } = await withOld(t);
        if (!force) for (const name of old) await fsPromises.rm(join(images, name));
        const [first, ...further] = old.map((name) => ({
          image: join(images, name),
          partial: join(images, `.${name.replace('.qcow2', '.partial-0a1b2c.qcow2')}`),
        }));
        const disks = [first!, ...further] as const;
        const things: Belonging[] = [];
        for (const { partial } of disks) {
          await writeFile(partial, 'new');
          for (const path of [partial, oldName(partial), newName(partial)])
            things.push({ kind: 'file', path, what: 'a file' });
        }
        recordTo({
          intend: (thing) => {
            things.push(thing);
            return Promise.resolve({ exists: () => Promise.resolve(), gone: () => Promise.resolve() });
          },
        });
        ended = await killedAt(moment, () => giveFinalNames(disks, force));
        recordTo(undefined);
        if (heir === 'gc') {
          const story = { run: {} as RunLine, kept: false, open: [] };
          for (const [number, thing] of [...things.entries()].reverse()) {
            for (const left of await examineFile({ number, thing, intended: 0 }, story)) await left.remove();
          }
        } else {
          for (const { partial } of [...disks].reverse()) await removeInherited(images, basename(partial));
        }
        const is = Object.fromEntries(
          (await readdir(images)).map((name) => [name, readFileSync(join(images, name), 'utf8')]),
        );
        const was = force ? Object.fromEntries(old.map((name) => [name, `old ${name}`])) : {};
        const isNew = is['web1.qcow2'] === 'new';
        assert.deepEqual(
          is,
          isNew ? Object.fromEntries(old.map((name) => [name, 'new'])) : was,
          `moment ${moment}`,
        );
        if (!isNew) undone++;
      }
      assert.ok(undone >= 3, `${undone} moments before the first disk has its name`);
    });
  }
}

test('a further disk that cannot be created leaves nothing, and neither does an interrupt at it', async (t) => {
  const folder = await temporaryFolder(t);
  for (const how of ['fails', 'interrupted']) {
    const controller = new AbortController();
    const hypervisor = new FakeHypervisor();
    let created = 0;
    hypervisor.onCall = (call) => {
      if (call !== 'createDisk' || ++created !== 3) return;
      if (how === 'interrupted') controller.abort(new Error('interrupted'));
      else hypervisor.failAt = { call, error: new HypervisorError('The file system is full.') };
    };
    const { result } = await run(makePlan(folder, { config }), hypervisor, { signal: controller.signal });
    assert.equal(result.outcome, how === 'fails' ? 'failure' : 'cancelled');
    assert.deepEqual(result.failure?.leftBehind, []);
    assert.equal(existsSync(join(folder, 'out')), false);
  }
});

test('one build must not write the second disk of another one', async (t) => {
  const folder = await temporaryFolder(t);
  const first = makePlan(folder, { config });
  const second = makePlan(folder, { config: { vm_name: 'web1-1' } });
  const { results } = await run([first, second], new FakeHypervisor());
  assert.deepEqual(results.map(({ outcome }) => outcome).sort(), ['failure', 'success']);
  const failure = results.find(({ outcome }) => outcome === 'failure')?.failure;
  assert.match(failure?.message ?? '', /Two builds of this run write the same image \S+web1-1\.qcow2/);
});

test('the plan names each disk: its lock, its creation, and its final place', async (t) => {
  const { folder, images } = await withOld(t);
  const plan = makePlan(folder, { config });
  const { steps, files } = await previewBuild(plan, { hypervisor: new FakeHypervisor(), force: true });
  const actions = steps.find(({ step }) => step === 'disk')?.actions ?? [];
  assert.deepEqual(
    actions.flatMap((action) => (action.type === 'path' ? [action.path.slice(images.length + 1)] : [])),
    [
      ...['.web1.qcow2.lock', '.web1.partial-<id>.qcow2'],
      ...['.web1-1.qcow2.lock', '.web1-1.partial-<id>.qcow2'],
      ...['.web1-2.qcow2.lock', '.web1-2.partial-<id>.qcow2'],
    ],
  );
  assert.equal(actions.filter(({ type }) => type === 'command').length, 3);
  assert.equal(actions.filter(({ type }) => type === 'note').length, 3);
  assert.deepEqual(files.slice(-3), [
    { path: join(images, 'web1.qcow2'), what: 'the image' },
    { path: join(images, 'web1-1.qcow2'), what: 'disk 1 of disk_additional_size' },
    { path: join(images, 'web1-2.qcow2'), what: 'disk 2 of disk_additional_size' },
  ]);
});

test('a raw disk that has become a qcow2 image by its guest never gets its final name', async (t) => {
  const folder = await temporaryFolder(t);
  const hypervisor = new FakeHypervisor({
    install: async (machine) => {
      await machine.typedUntil('\r');
      await writeFile(machine.spec.disk.path, 'installed');
      await writeFile(machine.spec.additionalDisks?.[1]?.path ?? '', Buffer.from('QFI\xfb....', 'latin1'));
      machine.powerOff();
    },
  });
  const raw = makePlan(folder, { config: { ...config, disk_format: 'raw' } });
  const { result } = await run(raw, hypervisor);
  assert.match(result.failure?.message ?? '', /web1-2\.\S+ begins like a qcow2 image/);
  assert.match(result.failure?.hint ?? '', /do not trust this guest/);
  assert.equal(existsSync(join(folder, 'out')), false);
  assert.equal((await run(makePlan(folder, { config }), hypervisor)).result.outcome, 'success');
});
