// cd_files, cd_content and cd_label: what gets onto the CD, the image itself, and which boots see it.
import assert from 'node:assert/strict';
import { chmod, mkdir, open, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { listCd } from '../../src/build/cd/entries.ts';
import { previewBuild } from '../../src/build/preview/preview-build.ts';
import { findCdWriter } from '../../src/lib/cd-writer.ts';
import { findProgram } from '../../src/lib/process/find-program.ts';
import { run as runProgram } from '../../src/lib/process/run.ts';
import type { CdSource } from '../../src/plan/cd-source.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import { makePlan, run, temporaryFolder } from './harness.ts';

const xorriso = findProgram('xorriso');
const withoutXorriso = xorriso === undefined && 'xorriso is not installed';

/** A folder with what CDs are made of. */
async function withFiles(t: Parameters<typeof temporaryFolder>[0]): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'seed/conf/deep'), { recursive: true });
  await mkdir(join(folder, 'seed/empty'));
  await writeFile(join(folder, 'seed/user-data'), 'of the file\n');
  await writeFile(join(folder, 'seed/.hidden'), 'h');
  await writeFile(join(folder, 'seed/conf/deep/A Name With Blanks and CAPITALS.txt'), 'deep');
  await writeFile(join(folder, 'setup.sh'), '#!/bin/sh\n');
  await chmod(join(folder, 'setup.sh'), 0o755);
  await symlink('seed/user-data', join(folder, 'link'));
  return folder;
}

function source(directory: string, more: Partial<CdSource>): CdSource {
  return { files: [], content: {}, directory, label: 'packer', ...more };
}

describe('what gets onto the CD', () => {
  const cases: readonly [what: string, cd: Partial<CdSource>, names: readonly string[]][] = [
    ['a file gets into the root', { files: ['seed/user-data'] }, ['user-data']],
    [
      'a folder keeps its name, with or without a slash',
      { files: ['./seed/'] },
      [
        ...['seed', 'seed/.hidden', 'seed/conf', 'seed/conf/deep'],
        ...['seed/conf/deep/A Name With Blanks and CAPITALS.txt', 'seed/empty', 'seed/user-data'],
      ],
    ],
    [
      'wildcards stand for what they match, folders too',
      { files: ['seed/*'] },
      [
        ...['.hidden', 'conf', 'conf/deep', 'conf/deep/A Name With Blanks and CAPITALS.txt'],
        ...['empty', 'user-data'],
      ],
    ],
    ['wildcards in a folder of the path', { files: ['s?ed/user*'] }, ['user-data']],
    ['a link is what it leads to', { files: ['link'] }, ['link']],
    [
      'texts, and the folders that they need',
      { content: { 'a/b/c': 'x', d: 'y' } },
      ['a', 'a/b', 'a/b/c', 'd'],
    ],
  ];
  for (const [what, cd, names] of cases) {
    test(what, async (t) => {
      const { entries } = await listCd(source(await withFiles(t), cd));
      assert.deepEqual([...entries.keys()], names);
    });
  }

  test('texts win over files', async (t) => {
    const cd = source(await withFiles(t), { files: ['seed/user-data'], content: { 'user-data': 'text' } });
    const { entries, notes } = await listCd(cd);
    assert.deepEqual([...entries], [['user-data', { kind: 'content', text: 'text' }]]);
    assert.deepEqual(notes, []);
  });

  test('what is left out is told: files of the same name, wildcards that match nothing', async (t) => {
    const folder = await withFiles(t);
    await writeFile(join(folder, 'user-data'), 'the other one');
    const { entries, notes } = await listCd(
      source(folder, { files: ['seed/user-data', 'user-data', '*.none'] }),
    );
    const entry = entries.get('user-data');
    assert.equal(entry?.kind === 'file' && entry.from, join(folder, 'user-data'));
    assert.match(
      notes[0] ?? '',
      /user-data is on the CD once: \S+user-data takes the place of \S+seed\/user-data/,
    );
    assert.match(notes[1] ?? '', /Nothing matches \*\.none of cd_files/);
  });

  const wrong: readonly [what: string, cd: Partial<CdSource>, message: RegExp][] = [
    ['a file that is gone', { files: ['gone'] }, /gone of cd_files .*: there is no such file/],
    ['a link to itself', { files: ['circle'] }, /circle of cd_files cannot be put onto the CD: ELOOP/],
    ['a folder that contains itself', { files: ['round'] }, /too deep for a CD|ELOOP/],
    ['a device', { files: ['/dev/null'] }, /\/dev\/null of cd_files is neither a file nor a folder/],
    [
      'a file that is a folder, too',
      { files: ['setup.sh'], content: { 'setup.sh/x': '' } },
      /setup\.sh would be a file of the CD and a folder/,
    ],
  ];
  for (const [what, cd, message] of wrong) {
    test(`refused: ${what}`, async (t) => {
      const folder = await withFiles(t);
      await symlink('circle', join(folder, 'circle'));
      await mkdir(join(folder, 'round'));
      await symlink('.', join(folder, 'round/again'));
      await assert.rejects(listCd(source(folder, cd)), { name: 'BuildError', message });
    });
  }
});

test('each program gets its own command line; the first one that is there is taken', () => {
  const tail = ['-quiet', '-J', '-r', '-V', 'cidata', '-o', '/t/cd.iso', '/t/files'];
  const lines: Record<string, string[]> = {
    '/opt/xorriso': ['-as', 'mkisofs', ...tail],
    '/opt/mkisofs': tail,
    '/opt/genisoimage': tail,
    '/usr/sbin/mkhybrid': tail,
    '/opt/hdiutil': [
      ...['makehybrid', '-quiet', '-iso', '-joliet', '-default-volume-name', 'cidata'],
      ...['-o', '/t/cd.iso', '/t/files'],
    ],
  };
  const there = Object.keys(lines);
  for (const [index, program] of there.entries()) {
    const writer = findCdWriter((name, folders) =>
      there.slice(index).find((path) => ['/opt', ...folders].some((folder) => path === `${folder}/${name}`)),
    );
    assert.equal(writer?.program, program);
    assert.deepEqual(writer?.arguments('cidata', '/t/cd.iso', '/t/files'), lines[program]);
  }
  assert.equal(
    findCdWriter(() => undefined),
    undefined,
  );
});

describe('the build', () => {
  async function leftovers(): Promise<string[]> {
    return (await readdir(tmpdir())).filter((name) => name.startsWith('vmm-hcl-cd-'));
  }

  test(
    'the image has the files, Joliet and Rock Ridge; both boots see it; then it is gone',
    { skip: withoutXorriso },
    async (t) => {
      const folder = await withFiles(t);
      const secret = 'a password: correct horse\n';
      const cd = source(folder, {
        files: ['seed', 'setup.sh'],
        content: { 'user-data': secret, 'seed/user-data': 'of the text\n' },
        label: 'cidata',
      });
      const out = join(folder, 'read');
      const modes: number[] = [];
      const labels: (string | undefined)[] = [];
      const hypervisor = new FakeHypervisor({
        install: async (machine) => {
          const image = machine.spec.cd ?? '';
          modes.push((await stat(image)).mode & 0o777, (await stat(join(image, '..'))).mode & 0o777);
          assert.deepEqual(await readdir(join(image, '..')), ['cd.iso']);
          labels.push(...(await volumeNames(image)));
          const { stdout } = await runProgram(xorriso!, [
            ...['-indev', image, '-find', '/', '-exec', 'lsdl', '--'],
          ]);
          await writeFile(join(folder, 'listing'), stdout);
          await runProgram(xorriso!, ['-osirrox', 'on', '-indev', image, '-extract', '/', out]);
          await machine.typedUntil('\r');
          await writeFile(machine.spec.disk.path, 'installed');
          machine.powerOff();
        },
        provision: (machine) => machine.powerOff(),
      });
      const plan = makePlan(folder, {
        config: { cd, communicator: 'ssh', shutdown_timeout: 1000 },
        plan: { sensitive: [secret.trim()] },
      });
      const { result, events } = await run(plan, hypervisor);
      // The guest of this test has no sshd: it powers off, and that ends the second boot.
      assert.equal(result.failure?.step, 'connect');
      assert.deepEqual(
        hypervisor.specs.map(({ purpose, cd: path }) => [purpose, path?.endsWith('/cd.iso')]),
        [
          ['install', true],
          ['provision', true],
        ],
      );
      assert.deepEqual(modes, [0o600, 0o700]);
      assert.deepEqual(labels, ['cidata', 'joliet: cidata']);
      assert.equal(await readFile(join(out, 'user-data'), 'utf8'), secret);
      assert.equal(await readFile(join(out, 'seed/user-data'), 'utf8'), 'of the text\n');
      assert.equal(
        await readFile(join(out, 'seed/conf/deep/A Name With Blanks and CAPITALS.txt'), 'utf8'),
        'deep',
      );
      assert.deepEqual(await readdir(join(out, 'seed/empty')), []);
      const listing = await readFile(join(folder, 'listing'), 'utf8');
      assert.match(listing, /^-r--r--r-- .* 0 +0 .*'\/user-data'$/m);
      assert.match(listing, /^-r-xr-xr-x .*'\/setup\.sh'$/m);
      const told = JSON.stringify(events);
      assert.doesNotMatch(told, /correct horse/);
      assert.match(told, /Making the CD cidata of seed\/\.hidden, /);
      // Two more are this test's own.
      const commands = events.flatMap((event) =>
        event.type === 'command' ? [event.command.slice(1, 3)] : [],
      );
      assert.deepEqual(
        commands.filter(([word]) => word === '-as'),
        [['-as', 'mkisofs']],
      );
      assert.deepEqual(await leftovers(), []);
    },
  );

  for (const [what, program, message] of [
    ['fails', 'echo "no more room" >&2; exit 5', /The CD .* could not be made\. .*no more room/s],
    [
      'is not there',
      undefined,
      /There is no program that makes a CD for cd_files and cd_content: none of xorriso, /,
    ],
  ] as const) {
    test(`a program that ${what} ends the build with nothing created`, async (t) => {
      const folder = await withFiles(t);
      const bin = join(folder, 'bin');
      await mkdir(bin);
      if (program !== undefined) {
        await writeFile(join(bin, 'xorriso'), `#!/bin/sh\n${program}\n`, { mode: 0o755 });
      }
      const path = process.env['PATH'];
      t.after(() => (process.env['PATH'] = path));
      process.env['PATH'] = bin;
      const hypervisor = new FakeHypervisor();
      const plan = makePlan(folder, { config: { cd: source(folder, { content: { a: 'b' } }) } });
      const { result } = await run(plan, hypervisor);
      assert.match(result.failure?.message ?? '', message);
      assert.equal(result.failure?.step, 'cd image');
      assert.deepEqual(result.failure?.origin, plan.source.origin);
      assert.deepEqual(hypervisor.calls, ['probe']);
      assert.deepEqual(await leftovers(), []);
      const { steps } = await previewBuild(plan, { hypervisor, force: false });
      const actions = steps.find(({ step }) => step === 'cd image')?.actions ?? [];
      assert.equal(actions.at(-1)?.type, program === undefined ? 'problem' : 'command');
    });
  }

  test('an interrupt while the CD is made ends the program and removes everything', async (t) => {
    const folder = await withFiles(t);
    const bin = join(folder, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'xorriso'), `#!/bin/sh\n: >${folder}/started\nexec /bin/sleep 600\n`, {
      mode: 0o755,
    });
    const path = process.env['PATH'];
    t.after(() => (process.env['PATH'] = path));
    process.env['PATH'] = bin;
    const controller = new AbortController();
    const plan = makePlan(folder, { config: { cd: source(folder, { content: { a: 'b' } }) } });
    const { result } = await run(plan, new FakeHypervisor(), {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'command') controller.abort(new Error('interrupted'));
      },
    });
    assert.equal(result.outcome, 'cancelled');
    assert.deepEqual(await leftovers(), []);
  });

  test('the plan shows what will be on the CD, and that both boots have it', async (t) => {
    const folder = await withFiles(t);
    const cd = source(folder, {
      files: ['seed/user-data', '*.none'],
      content: { 'meta-data': 'secret words' },
    });
    const plan = makePlan(folder, { config: { cd }, plan: { sensitive: ['secret words'] } });
    const preview = await previewBuild(plan, { hypervisor: new FakeHypervisor(), force: false });
    const actions = preview.steps.find(({ step }) => step === 'cd image')?.actions ?? [];
    assert.deepEqual(
      actions.flatMap((action) => (action.type === 'note' ? [action.text] : [])),
      [
        'Nothing matches *.none of cd_files, so nothing of it is on the CD.',
        'On the CD: meta-data, of cd_content',
        `On the CD: user-data, which is ${folder}/seed/user-data`,
      ],
    );
    assert.doesNotMatch(JSON.stringify(preview), /secret words/);
  });
});

/** The names in the volume descriptors of ISO 9660 and of Joliet (ECMA-119, 8.4 and 8.5). */
async function volumeNames(path: string): Promise<string[]> {
  const file = await open(path);
  try {
    const names: string[] = [];
    for (let sector = 16; ; sector++) {
      const { buffer } = await file.read(Buffer.alloc(2048), 0, 2048, sector * 2048);
      const type = buffer[0];
      assert.equal(buffer.toString('latin1', 1, 6), 'CD001');
      if (type === 255) return names;
      const field = buffer.subarray(40, 72);
      if (type === 1) names.push(field.toString('latin1').trim());
      if (type === 2) {
        assert.match(buffer.toString('latin1', 88, 91), /^%\/[@CE]$/);
        names.push(`joliet: ${Buffer.from(field).swap16().toString('utf16le').replaceAll('\0', '').trim()}`);
      }
    }
  } finally {
    await file.close();
  }
}
