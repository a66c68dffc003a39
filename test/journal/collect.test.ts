// What gc does with the journal of a run that was killed: a child process plays the run, and is killed for real.
import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { collect, type Collection } from '../../src/journal/collect.ts';
import type { Remnant } from '../../src/journal/remnant.ts';
import { listProcesses } from '../../src/lib/process/table.ts';
import { linuxProcess } from '../../src/lib/process/identity.ts';

/** The state directory of one test, and what is in it. */
class Home {
  readonly path = mkdtempSync(join(tmpdir(), 'home-'));
  readonly env = { XDG_STATE_HOME: this.path };
  readonly folder = join(this.path, 'vmm-hcl', 'journal');

  journals(): string[] {
    return existsSync(this.folder) ? readdirSync(this.folder).filter((name) => name.endsWith('.jsonl')) : [];
  }

  journal(): string {
    return join(this.folder, this.journals()[0]!);
  }

  collect(options: Partial<Parameters<typeof collect>[0]> = {}): Promise<Collection> {
    return collect({
      env: this.env,
      dryRun: false,
      kept: false,
      forget: true,
      machines: () => () => Promise.resolve([]),
      ...options,
    });
  }
}

/** A process with a journal that runs `script` (a module's body, with the functions below imported) and prints "ready". */
async function startRun(t: TestContext, home: Home, script: string): Promise<ChildProcess> {
  const from = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
  const code = `
    import { writeFileSync, mkdirSync } from 'node:fs';
    import { Journal } from ${from('journal/journal.ts')};
    import { intend } from ${from('lib/belongings.ts')};
    import { startProcess } from ${from('lib/process/run.ts')};
    import { temporaryFolder } from ${from('lib/temporary-folder.ts')};
    import { tryLock } from ${from('lib/file-lock.ts')};
    const journal = await Journal.open({ purpose: '/templates/web.pkr.hcl', onProblem: (text) => console.error(text) });
    ${script}
    console.log('ready');
    setInterval(() => {}, 1000);
  `;
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', code],
    { env: { ...process.env, ...home.env }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(([status]) => assert.fail(`the run ended with ${status}`)),
  ]);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const outcomes = ({ runs }: Collection): string[] =>
  runs.flatMap(({ findings }) => findings.map(({ verb, outcome, what }) => `${verb} ${outcome} ${what}`));

const isLinux = existsSync('/proc/self/stat') ? false : 'needs the /proc of Linux';

test('gc ends the processes and removes the files of a killed run, and a living one keeps its own', async (t) => {
  const home = new Home();
  const place = mkdtempSync(join(tmpdir(), 'place-'));
  const at = (name: string) => JSON.stringify(join(place, name));
  const run = await startRun(
    t,
    home,
    `
    await startProcess('sh', ['-c', 'sleep 300 & echo $$ > ${join(place, 'pid')}; wait'], { ownGroup: true });
    const folder = await temporaryFolder('vmm-hcl-x-', 'the folder', ${JSON.stringify(place)});
    writeFileSync(folder.path + '/secret', 'x');
    const file = await intend({ kind: 'file', path: ${at('.web.partial-0a1b2c.qcow2')}, what: 'the unfinished image' });
    writeFileSync(${at('.web.partial-0a1b2c.qcow2')}, 'half');
    await file.exists();
    await intend({ kind: 'file', path: ${at('.web.partial-ffffff.qcow2')}, what: 'the unfinished image' });
    mkdirSync(${at('out')});
    await (await intend({ kind: 'empty-folders', path: ${at('out')}, first: ${at('out')}, what: 'the output folder' })).exists();
    await tryLock(${at('.web.qcow2.lock')}, '');
    while (true) { try { if ((await import('node:fs')).readFileSync(${at('pid')}, 'utf8').endsWith('\\n')) break; } catch {} await new Promise((r) => setTimeout(r, 10)); }
    `,
  );
  writeFileSync(join(place, '.web.partial-ffffff.qcow2'), 'half');
  writeFileSync(join(place, 'foreign'), 'foreign');
  const shell = Number(readFileSync(join(place, 'pid'), 'utf8'));
  t.after(() => {
    try {
      process.kill(-shell, 'SIGKILL');
    } catch {
      // Gone, as it should be.
    }
  });
  const before = readdirSync(place).sort();

  const living = await home.collect();
  assert.deepEqual(
    living.runs.map(({ state, findings }) => ({ state, findings })),
    [{ state: 'alive', findings: [] }],
  );
  assert.deepEqual(readdirSync(place).sort(), before);

  await kill(run);
  const dry = await home.collect({ dryRun: true });
  assert.deepEqual(readdirSync(place).sort(), before, 'a dry run removes nothing');
  assert.equal(dry.runs[0]?.purpose, '/templates/web.pkr.hcl');
  process.kill(shell, 0);

  const done = await home.collect();
  assert.deepEqual(
    outcomes(done).map((text) => text.replaceAll(`${place}/`, '').replace(/\d{2,}|-x-[0-9a-f]+/g, '#')),
    [
      'end done the process # (sh)',
      'remove done the lock .web.qcow2.lock',
      'remove done the output folder out',
      'remove done the unfinished image .web.partial-ffffff.qcow2',
      'remove done the unfinished image .web.partial-0a1b2c.qcow2',
      'remove done the folder vmm-hcl#',
    ],
  );
  assert.deepEqual(
    outcomes(dry),
    outcomes(done).map((text) => text.replace(' done ', ' would-do ')),
  );
  const members = (await listProcesses()).filter(({ group }) => group === shell);
  assert.deepEqual(members, [], 'with all of its group');
  assert.deepEqual(readdirSync(place).sort(), ['foreign', 'pid']);
  assert.deepEqual(home.journals(), []);
});

test(
  'what is not proven to be of the killed run is left alone and told once',
  { skip: isLinux },
  async (t) => {
    const home = new Home();
    const place = mkdtempSync(join(tmpdir(), 'place-'));
    const image = join(place, '.web.partial-0a1b2c.qcow2');
    const out = join(place, 'out');
    const run = await startRun(
      t,
      home,
      `
    const file = await intend({ kind: 'file', path: ${JSON.stringify(image)}, what: 'the unfinished image' });
    writeFileSync(${JSON.stringify(image)}, 'half');
    await file.exists();
    await intend({ kind: 'empty-folders', path: ${JSON.stringify(out)}, first: ${JSON.stringify(out)}, what: 'the output folder' });
    `,
    );
    await kill(run);
    // Other ones under the same names: of somebody who came later.
    writeFileSync(join(place, 'new'), 'foreign');
    const { renameSync } = await import('node:fs');
    renameSync(join(place, 'new'), image);
    mkdirSync(out);
    // Another process under a number of ours, once with another start and once with another command.
    const foreign = spawn('sleep', ['300'], { stdio: 'ignore', detached: true });
    t.after(() => foreign.kill('SIGKILL'));
    const { started } = linuxProcess(foreign.pid!)!;
    const lines = (entry: number, start: string) => [
      {
        entry,
        state: 'intended',
        time: Date.now(),
        thing: { kind: 'process', program: 'qemu', ownGroup: true },
      },
      { entry, state: 'exists', time: Date.now(), traces: { pid: foreign.pid, started: start } },
    ];
    for (const line of [...lines(90, `${started}1`), ...lines(91, started)]) {
      appendFileSync(home.journal(), `${JSON.stringify(line)}\n`);
    }

    const { runs } = await home.collect({ forget: false });
    const left = runs[0]!.findings;
    assert.deepEqual(
      left.map(({ outcome, what, byHand }) => `${outcome}: ${what}: ${byHand}`),
      [
        `left: the process ${foreign.pid} (sleep): kill -- -${foreign.pid}`,
        `left: the output folder ${out}: rmdir ${out}`,
        `left: the unfinished image ${image}: rm ${image}`,
      ],
    );
    assert.match(left[0]!.reason!, /runs another command: sleep 300/);
    process.kill(foreign.pid!, 0);
    assert.equal(readFileSync(image, 'utf8'), 'foreign');
    assert.ok(existsSync(out));

    assert.equal((await home.collect({ forget: true })).runs[0]?.findings.length, 3, 'still told');
    assert.deepEqual((await home.collect()).runs, [], 'and forgotten when the user was told');
  },
);

test('files stay as long as a machine that may use them cannot be stopped', async (t) => {
  const home = new Home();
  const image = join(mkdtempSync(join(tmpdir(), 'place-')), '.web.partial-0a1b2c.qcow2');
  const run = await startRun(
    t,
    home,
    `
    await intend({ kind: 'file', path: ${JSON.stringify(image)}, what: 'the unfinished image' });
    writeFileSync(${JSON.stringify(image)}, 'half');
    await (await intend({ kind: 'machine', name: 'web', program: '/usr/sbin/vmctl' })).exists({ id: 3, pid: 77 });
    `,
  );
  await kill(run);
  let isStuck = true;
  const remnant: Remnant = {
    what: 'the virtual machine web',
    verb: 'stop',
    byHand: 'vmctl stop -f -w web',
    remove: () => (isStuck ? Promise.reject(new Error('vmd hangs')) : Promise.resolve()),
  };
  const machines = () => () => Promise.resolve([remnant]);
  const first = await home.collect({ machines });
  assert.deepEqual(outcomes(first), [
    'stop left the virtual machine web',
    `remove left the unfinished image ${image}`,
  ]);
  assert.deepEqual(
    first.runs[0]?.findings.map(({ reason }) => reason),
    ['Vmd hangs.', 'It may be in use as long as the virtual machine web is there.'],
  );
  assert.ok(existsSync(image));
  isStuck = false;
  assert.deepEqual(outcomes(await home.collect({ machines })), [
    'stop done the virtual machine web',
    `remove done the unfinished image ${image}`,
  ]);
  assert.deepEqual(home.journals(), []);
});

test('a torn line costs nothing but itself, and a journal that others may have written is not believed', async (t) => {
  const home = new Home();
  const image = join(mkdtempSync(join(tmpdir(), 'place-')), '.web.partial-0a1b2c.qcow2');
  const run = await startRun(
    t,
    home,
    `await intend({ kind: 'file', path: ${JSON.stringify(image)}, what: 'the unfinished image' });
     writeFileSync(${JSON.stringify(image)}, 'half');`,
  );
  await kill(run);
  appendFileSync(home.journal(), '{"entry":2,"state":"intended","thing":{"kind":"file","pa');
  chmodSync(home.journal(), 0o666);
  const { runs, problems } = await home.collect();
  assert.deepEqual(runs, []);
  assert.match(problems.join(), /is left alone: it may be written by others \(mode 666\)/);
  assert.ok(existsSync(image));

  chmodSync(home.journal(), 0o600);
  assert.deepEqual(outcomes(await home.collect()), [`remove done the unfinished image ${image}`]);
  assert.ok(!existsSync(image));
});

test('a journal that cannot be dealt with is told, and keeps nobody from the others', async (t) => {
  const home = new Home();
  const place = mkdtempSync(join(tmpdir(), 'place-'));
  const make = (name: string) => `
    await intend({ kind: 'file', path: ${JSON.stringify(join(place, name))}, what: 'the unfinished image' });
    writeFileSync(${JSON.stringify(join(place, name))}, 'half');`;
  await kill(await startRun(t, home, make('first')));
  const stuck = home.journal();
  // What stands where its lock would be is no file.
  mkdirSync(`${stuck}.lock`);
  await kill(await startRun(t, home, make('second')));
  const collection = await home.collect();
  assert.deepEqual(outcomes(collection), [`remove done the unfinished image ${join(place, 'second')}`]);
  assert.match(
    collection.problems.join('\n'),
    /^The journal \S+\.jsonl cannot be dealt with: EISDIR[^\n]*\.$/,
  );
  assert.deepEqual(readdirSync(place), ['first']);
});

test('a run that ends in order leaves no journal; what it leaves on purpose stays until it is asked for', async (t) => {
  const home = new Home();
  const image = join(mkdtempSync(join(tmpdir(), 'place-')), '.web.partial-0a1b2c.qcow2');
  const make = `
    await intend({ kind: 'file', path: ${JSON.stringify(image)}, what: 'the unfinished image' });
    writeFileSync(${JSON.stringify(image)}, 'half');`;
  const clean = await startRun(
    t,
    home,
    `${make} (await import('node:fs')).rmSync(${JSON.stringify(image)}); await journal.end(false);`,
  );
  await kill(clean);
  assert.deepEqual(home.journals(), []);

  await kill(await startRun(t, home, `${make} await journal.end(true);`));
  const kept = await home.collect();
  assert.deepEqual(
    kept.runs.map(({ state, findings }) => ({ state, findings })),
    [{ state: 'kept', findings: [] }],
  );
  assert.ok(existsSync(image));
  assert.deepEqual(outcomes(await home.collect({ kept: true })), [
    `remove done the unfinished image ${image}`,
  ]);
  assert.deepEqual(home.journals(), []);
});
