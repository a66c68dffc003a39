import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { StepName } from '../../src/build/events.ts';
import type { OnError } from '../../src/build/options.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import { startSshServer } from '../communicator/ssh-server.ts';
import type { TestServer } from '../communicator/ssh-server.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import type { FakeMachine } from './fake-hypervisor.ts';
import { makePlan, postProcessor, provisioner, run, temporaryFolder } from './harness.ts';

interface Setting {
  readonly folder: string;
  readonly plan: BuildPlan;
  readonly hypervisor: FakeHypervisor;
  readonly ssh: TestServer;
  /** Base URL of the HTTP server of the build, once it is known. */
  httpPort?: number;
}

/** A build that uses every step. */
async function setting(
  t: TestContext,
  change: { provisioners?: BuildPlan['provisioners'] } = {},
): Promise<Setting> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'http'));
  await writeFile(join(folder, 'http', 'web1.pkr.in'), '{{ .HTTPPort }}');
  const ssh = await startSshServer(t, { password: 'correct horse' });
  let machine: FakeMachine | undefined;
  ssh.behaviour.onExec = (command) => {
    if (command.includes('power-off-the-fake')) machine?.powerOff();
  };
  const hypervisor = new FakeHypervisor({
    guest: { host: '127.0.0.1', port: ssh.port },
    provision: (started) => {
      machine = started;
    },
  });
  const plan = makePlan(folder, {
    config: {
      http_directory: join(folder, 'http'),
      communicator: 'ssh',
      shutdown_command: ': power-off-the-fake',
      boot_command: 'go<enter>',
    },
    plan: {
      provisioners: change.provisioners ?? [provisioner('shell', { inline: ['true'] })],
      postProcessors: [[postProcessor('checksum', { output: join(folder, 'sum') })]],
    },
  });
  return { folder, plan, hypervisor, ssh };
}

async function temporary(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => /^vmm-hcl-(http|scp|script)-/.test(name));
}

const steps: StepName[] = [
  'output directory',
  'disk',
  'start (install)',
  'http server',
  'generated files',
  'boot command',
  'install',
  'start (provision)',
  'connect',
  'provision',
  'shutdown',
  'image',
];

describe('an interrupt at any step leaves nothing behind', () => {
  for (const step of steps) {
    test(step, async (t) => {
      const { folder, plan, hypervisor } = await setting(t);
      const before = await temporary();
      const interrupt = new AbortController();
      let httpPort = 0;
      const { result, log } = await run(plan, hypervisor, {
        signal: interrupt.signal,
        onEvent: (event) => {
          if (event.type === 'say')
            httpPort = Number(/at http:\/\/[\d.]+:(\d+)\//.exec(event.text)?.[1] ?? httpPort);
          if (event.type === 'step-start' && event.step === step) {
            // During the step, not before it.
            setImmediate(() => interrupt.abort(new Error('interrupted')));
          }
        },
      });
      // Some steps are too short to be interrupted, and an image that is complete stays.
      if (result.outcome === 'success')
        assert.ok(['image', 'shutdown'].includes(step), `${step} was not interrupted`);
      else assert.equal(result.outcome, 'cancelled');
      assert.equal(hypervisor.running.size, 0);
      assert.deepEqual(await temporary(), before);
      if (result.outcome === 'cancelled' && step !== 'image') {
        assert.ok(!existsSync(join(folder, 'out')), 'no image, no lock, no folder');
        assert.deepEqual(result.failure?.leftBehind, []);
        assert.equal(result.failure?.message, 'The build was cancelled.');
      }
      if (httpPort > 0) await assert.rejects(fetch(`http://127.0.0.1:${httpPort}/`), /fetch failed/);
      assert.ok(
        log.filter((line) => line.startsWith('undo')).every((line) => !line.includes(': ')),
        log.join('\n'),
      );
    });
  }
});

describe('undo in reverse order, after a failure in', () => {
  const failures: [name: string, arrange: (setting: Setting) => void, expected: string[]][] = [
    [
      'createDisk',
      ({ hypervisor }) => (hypervisor.failAt = { call: 'createDisk', error: new Error('disk full') }),
      ['disk: failure', 'undo disk', 'undo output directory'],
    ],
    [
      'start',
      ({ hypervisor }) => (hypervisor.failAt = { call: 'start install', error: new Error('no') }),
      ['start (install): failure', 'undo start (install)', 'undo disk', 'undo disk', 'undo output directory'],
    ],
    [
      'the second start',
      ({ hypervisor }) => (hypervisor.failAt = { call: 'start provision', error: new Error('no') }),
      [
        'start (provision): failure',
        'undo generated files',
        'undo http server',
        'undo start (install)',
        'undo disk',
        'undo disk',
        'undo output directory',
      ],
    ],
  ];
  for (const [name, arrange, expected] of failures) {
    test(name, async (t) => {
      const all = await setting(t);
      arrange(all);
      const { result, log } = await run(all.plan, all.hypervisor);
      assert.equal(result.outcome, 'failure');
      assert.deepEqual(log.slice(-expected.length), expected);
      assert.ok(!existsSync(join(all.folder, 'out')));
      assert.equal(all.hypervisor.running.size, 0);
    });
  }
});

describe('a failure at any step leaves nothing behind', () => {
  const failures: Partial<Record<StepName, (setting: Setting) => Promise<void> | void>> = {
    'output directory': ({ folder }) => writeFile(join(folder, 'out'), 'a file is in the way'),
    disk: ({ hypervisor }) => void (hypervisor.failAt = { call: 'createDisk', error: new Error('x') }),
    'start (install)': ({ folder }) => writeFile(join(folder, 'log'), 'a file is in the way'),
    'http server': ({ plan }) => void Object.assign(plan.source.config, { http_bind_address: '203.0.113.1' }),
    'generated files': ({ folder }) => writeFile(join(folder, 'http', 'web1-bad.pkr.in'), '{{ .VMName'),
    'boot command': ({ plan }) => void Object.assign(plan.source.config, { boot_command: '{{ nothing }}' }),
    install: ({ hypervisor }) =>
      void Object.assign(hypervisor.options, {
        install: (machine: FakeMachine) => machine.typedUntil('\r').then(() => machine.die('x')),
      }),
    'start (provision)': ({ hypervisor }) =>
      void (hypervisor.failAt = { call: 'start provision', error: new Error('x') }),
    connect: ({ plan }) =>
      void Object.assign(plan.source.ssh, { ssh_password: 'wrong', ssh_handshake_attempts: 1 }),
    provision: ({ plan }) =>
      void Object.assign(plan, { provisioners: [provisioner('shell', { inline: ['exit 1'] })] }),
    shutdown: ({ plan }) =>
      void Object.assign(plan.source.config, { shutdown_command: 'exit 1', shutdown_timeout: 1 }),
    image: ({ folder, ssh }) => {
      const { onExec } = ssh.behaviour;
      ssh.behaviour.onExec = (command, signals) => {
        // The name is taken just before the end.
        writeFileSync(join(folder, 'out', 'images', 'web1.qcow2'), 'foreign');
        onExec?.(command, signals);
      };
    },
  };
  for (const [step, arrange] of Object.entries(failures)) {
    test(step, async (t) => {
      const all = await setting(t);
      await arrange(all);
      const before = await temporary();
      const { result } = await run(all.plan, all.hypervisor);
      assert.equal(result.outcome, 'failure');
      assert.equal(result.failure?.step, step);
      assert.deepEqual(result.failure?.leftBehind, []);
      assert.equal(all.hypervisor.running.size, 0);
      assert.deepEqual(await temporary(), before);
      const foreign = { 'output directory': 'a file', image: 'foreign' }[step];
      if (foreign === undefined) assert.ok(!existsSync(join(all.folder, 'out')));
      else if (step === 'image')
        assert.deepEqual(await readdir(join(all.folder, 'out/images')), ['web1.qcow2']);
    });
  }
});

describe('-on-error', () => {
  const failing = [provisioner('shell', { inline: ['exit 7'] })];
  const withCleanup = async (t: TestContext) => {
    const all = await setting(t, { provisioners: failing });
    const mark = join(all.folder, 'cleanup-ran');
    const plan = {
      ...all.plan,
      errorCleanupProvisioner: provisioner('shell', { inline: [`echo > ${mark}`] }),
    };
    return { ...all, plan, mark };
  };

  test('cleanup: the cleanup provisioner runs while the guest is up, then everything is undone', async (t) => {
    const { plan, hypervisor, mark, folder } = await withCleanup(t);
    const { result, log } = await run(plan, hypervisor);
    assert.match(result.failure?.message ?? '', /inline script ended with exit status 7/);
    assert.ok(existsSync(mark));
    assert.deepEqual(log.slice(log.indexOf('provision: failure') + 1).slice(0, 3), [
      'undo provision',
      'undo connect',
      'undo start (provision)',
    ]);
    assert.ok(!existsSync(join(folder, 'out')));
  });

  test('abort: the machine and the disk stay, and the result says how to remove them', async (t) => {
    const { plan, hypervisor, mark, folder } = await withCleanup(t);
    const { result, log } = await run(plan, hypervisor, { onError: 'abort' });
    assert.ok(!existsSync(mark));
    assert.deepEqual(
      [...hypervisor.running].map(({ kept }) => kept),
      [true],
    );
    // What would end with the process anyway is released: the SSH connection, the HTTP server, the log.
    assert.deepEqual(
      log.filter((line) => line.startsWith('undo')),
      ['undo connect', 'undo http server', 'undo start (install)', 'undo disk'],
    );
    assert.ok(log.includes('skip start (provision)'));
    const left = result.failure?.leftBehind.join('\n') ?? '';
    assert.match(left, /the running machine web1 \(stop it with: fake stop\)/);
    assert.match(left, /the unfinished image .*\.web1\.partial-/);
    const [kept = '', ...others] = await readdir(join(folder, 'out/images'));
    assert.match(kept, /^\.web1\.partial-/);
    assert.deepEqual(others, [], 'no lock');
    for (const machine of hypervisor.running) await machine.stop(0);
    // The next build of the same image neither needs nor touches it, with or without -force.
    for (const force of [false, true]) {
      const next = await run(makePlan(folder), new FakeHypervisor(), { force });
      assert.equal(next.result.outcome, 'success', next.result.failure?.message);
      const told = next.events.flatMap((event) => (event.type === 'say' ? [event.text] : []));
      assert.ok(told.some((text) => text.includes(`unfinished image ${join(folder, 'out/images', kept)}`)));
      assert.ok(told.some((text) => text.includes('gc -kept')));
      assert.deepEqual((await readdir(join(folder, 'out/images'))).sort(), [kept, 'web1.qcow2']);
    }
  });

  test('run-cleanup-provisioner: only that runs', async (t) => {
    const { plan, hypervisor, mark } = await withCleanup(t);
    const { log } = await run(plan, hypervisor, { onError: 'run-cleanup-provisioner' });
    assert.ok(existsSync(mark));
    assert.deepEqual(
      log.filter((line) => line.startsWith('undo')),
      ['undo provision', 'undo connect', 'undo http server', 'undo start (install)', 'undo disk'],
    );
    assert.equal(hypervisor.running.size, 1);
    for (const machine of hypervisor.running) await machine.stop(0);
  });

  test('ask: retry runs the step again, and a success then is a success', async (t) => {
    const folder = await temporaryFolder(t);
    const all = await setting(t, {
      provisioners: [provisioner('shell', { inline: [`[ -e ${folder}/second ]`] })],
    });
    const questions: string[] = [];
    const { result } = await run(all.plan, all.hypervisor, {
      onError: 'ask',
      prompt: {
        onError: async (question) => {
          questions.push(`${question.step}: ${question.message}`);
          await writeFile(join(folder, 'second'), '');
          return 'retry';
        },
        pause: () => Promise.resolve(),
      },
    });
    assert.deepEqual(questions, ['provision: The inline script ended with exit status 1.']);
    assert.equal(result.outcome, 'success', result.failure?.message);
    assert.equal(result.failure, undefined);
  });

  test('ask: retry goes on with the provisioner that failed, continue with the one after it', async (t) => {
    const folder = await temporaryFolder(t);
    const append = (text: string) => `echo ${text} >>${folder}/order`;
    const all = await setting(t, {
      provisioners: [
        provisioner('shell', { inline: [append('one')] }),
        provisioner('shell', { inline: [append('two'), `[ -e ${folder}/mended ]`] }),
        provisioner('shell', { inline: [append('three'), 'false'] }),
        provisioner('shell', { inline: [append('four')] }),
      ],
    });
    const questions: string[] = [];
    const answers = ['retry', 'continue'] as const;
    const { result } = await run(all.plan, all.hypervisor, {
      onError: 'ask',
      prompt: {
        onError: async ({ step, mayContinue, access }) => {
          const { console, shell } = access();
          questions.push(`${step} ${mayContinue} ${typeof console?.watch} ${typeof shell}`);
          await writeFile(join(folder, 'mended'), '');
          return answers[questions.length - 1]!;
        },
        pause: () => Promise.resolve(),
      },
    });
    assert.equal(result.outcome, 'success', result.failure?.message);
    assert.deepEqual(questions, ['provision true function function', 'provision true function function']);
    assert.equal(await readFile(join(folder, 'order'), 'utf8'), 'one\ntwo\ntwo\nthree\nfour\n');
  });

  test('ask: what the console showed is forgotten when the step is tried again', async (t) => {
    const folder = await temporaryFolder(t);
    const hypervisor = new FakeHypervisor({
      install: async (machine) => {
        machine.print('ddb> ');
        await machine.typedUntil('boot reboot\r');
        await writeFile(machine.spec.disk.path, 'installed');
        machine.powerOff();
      },
    });
    const asked: string[] = [];
    const { result } = await run(makePlan(folder, { config: { boot_command: '' } }), hypervisor, {
      onError: 'ask',
      prompt: {
        onError: async ({ message, access }) => {
          asked.push(message);
          const { console } = access();
          assert.equal(await console?.write(Buffer.from('boot reboot\r')), true);
          return 'retry';
        },
        pause: () => Promise.resolve(),
      },
    });
    assert.equal(result.outcome, 'success', result.failure?.message);
    assert.deepEqual(asked, ['The kernel of the guest stopped in its debugger: "ddb>".']);
  });

  for (const [answer, running] of [
    ['abort', 1],
    ['cleanup', 0],
  ] as const) {
    test(`ask: ${answer}`, async (t) => {
      const { plan, hypervisor } = await withCleanup(t);
      const prompt = { onError: () => Promise.resolve(answer), pause: () => Promise.resolve() };
      const { result } = await run(plan, hypervisor, { onError: 'ask', prompt });
      assert.equal(result.outcome, 'failure');
      assert.equal(hypervisor.running.size, running);
      for (const machine of hypervisor.running) await machine.stop(0);
    });
  }

  test('an interrupt cleans up under every policy', async (t) => {
    for (const onError of ['abort', 'ask', 'run-cleanup-provisioner'] satisfies OnError[]) {
      const { plan, hypervisor, folder } = await setting(t);
      const interrupt = new AbortController();
      await run(plan, hypervisor, {
        onError,
        signal: interrupt.signal,
        onEvent: (event) => {
          if (event.type === 'step-start' && event.step === 'install')
            interrupt.abort(new Error('interrupted'));
        },
      });
      assert.equal(hypervisor.running.size, 0);
      assert.ok(!existsSync(join(folder, 'out')), onError);
    }
  });
});

test('-debug pauses after each step and before each cleanup', async (t) => {
  const { plan, hypervisor } = await setting(t);
  const pauses: string[] = [];
  await run(plan, hypervisor, {
    debug: true,
    prompt: {
      onError: () => Promise.resolve('cleanup'),
      pause: (text) => {
        pauses.push(text);
        return Promise.resolve();
      },
    },
  });
  assert.ok(pauses.includes('after step "disk"') && pauses.includes('before the cleanup of step "connect"'));
});

describe('shutdown', () => {
  test('a shutdown_command that fails is told at once, with what it said', async (t) => {
    const { plan, hypervisor } = await setting(t);
    const config = {
      ...plan.source.config,
      shutdown_command: 'echo sudo: no >&2; exit 1',
      // Time enough for the command on a busy machine; the machine then never powers off.
      shutdown_timeout: 1500,
    };
    const { result } = await run({ ...plan, source: { ...plan.source, config } }, hypervisor);
    assert.equal(result.failure?.step, 'shutdown');
    assert.match(
      result.failure?.message ?? '',
      /ended with status 1 and the machine still runs; it said: sudo: no\./,
    );
    assert.equal(hypervisor.running.size, 0);
  });

  test('a guest that does not power off in time fails the build: its image may be damaged', async (t) => {
    const { plan, hypervisor, folder } = await setting(t);
    const config = { ...plan.source.config, shutdown_command: 'true', shutdown_timeout: 200 };
    const { result } = await run({ ...plan, source: { ...plan.source, config } }, hypervisor);
    assert.match(result.failure?.message ?? '', /did not power off within 0\.2 s \(shutdown_timeout\)/);
    assert.ok(!existsSync(join(folder, 'out')));
  });

  test('without a shutdown_command the disks are synced and the machine is stopped from outside', async (t) => {
    const { plan, hypervisor, ssh } = await setting(t);
    const commands: string[] = [];
    ssh.behaviour.onExec = (command) => commands.push(command);
    const config = { ...plan.source.config, shutdown_command: undefined };
    const stops: number[][] = [];
    Object.assign(hypervisor.options, { provision: (machine: FakeMachine) => stops.push(machine.stops) });
    const { result } = await run({ ...plan, source: { ...plan.source, config } }, hypervisor);
    assert.equal(result.outcome, 'success', result.failure?.message);
    assert.equal(commands.at(-1), 'sync');
    assert.equal(stops[0]?.[0], 5000);
  });
});
