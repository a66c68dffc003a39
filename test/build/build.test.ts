import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HypervisorError } from '../../src/hypervisor/hypervisor.ts';
import { startSshServer } from '../communicator/ssh-server.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import type { FakeMachine } from './fake-hypervisor.ts';
import { makePlan, provisioner, run, temporaryFolder } from './harness.ts';

async function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
    }).on('error', reject);
  });
}

/** A whole build needs an SSH server for the provisioning boot; "power off" is what the fake guest does on shutdown_command. */
async function withGuest(
  t: Parameters<typeof temporaryFolder>[0],
  provision: (machine: FakeMachine) => void = () => {},
) {
  const ssh = await startSshServer(t, { password: 'correct horse' });
  let machine: FakeMachine | undefined;
  ssh.behaviour.onExec = (command) => {
    if (command.includes('power-off-the-fake')) machine?.powerOff();
  };
  const hypervisor = new FakeHypervisor({
    guest: { host: '127.0.0.1', port: ssh.port },
    provision: (started) => {
      machine = started;
      provision(started);
    },
  });
  return { ssh, hypervisor };
}

const sshConfig = { communicator: 'ssh', shutdown_command: ': power-off-the-fake' } as const;

test('communicator none, no provisioners: the image is done when the installer has powered off', async (t) => {
  const folder = await temporaryFolder(t);
  const hypervisor = new FakeHypervisor();
  const { result, log, events } = await run(makePlan(folder), hypervisor);
  const image = join(folder, 'out/images/web1.qcow2');
  assert.equal(result.outcome, 'success');
  assert.equal(await readFile(image, 'utf8'), 'installed');
  assert.deepEqual(await readdir(join(folder, 'out/images')), ['web1.qcow2']);
  assert.deepEqual(
    result.artifacts.map(({ files, builderId, id }) => ({ files, builderId, id })),
    [{ files: [image], builderId: 'openbsd.vmm', id: 'web1' }],
  );
  assert.deepEqual(log, [
    'output directory: success',
    'disk: success',
    'start (install): success',
    'boot command: success',
    'install: success',
    'image: success',
    'undo start (install)',
    'undo disk',
  ]);
  assert.deepEqual(
    result.steps.map(({ step }) => step),
    ['output directory', 'disk', 'start (install)', 'boot command', 'install', 'image'],
  );
  assert.equal(hypervisor.running.size, 0);
  const transcript = await readFile(join(folder, 'log/web1.log'), 'utf8');
  assert.match(transcript, /^--- installation, .*---\r\nboot: go\r\r\ninstalling\.\.\.\r\n$/);
  assert.equal((await stat(join(folder, 'log/web1.log'))).mode & 0o777, 0o600);
  const lines = events.flatMap((event) => (event.type === 'console-line' ? [event.line] : []));
  assert.deepEqual(lines, ['boot: go', 'installing...']);
  assert.equal(events[0]?.type, 'build-start');
  assert.equal(events.at(-1)?.type, 'build-end');
});

test('the whole way: files over HTTP, boot command, second boot, provisioners in order, shutdown', async (t) => {
  const folder = await temporaryFolder(t);
  const http = join(folder, 'http');
  await mkdir(http);
  await writeFile(
    join(http, 'web1-install.conf.pkr.in'),
    'host {{ .VMName }} at {{ .HTTPIP }}:{{ .HTTPPort }}',
  );
  await writeFile(join(http, 'plain'), 'plain');
  const answers: string[] = [];
  const { hypervisor } = await withGuest(t);
  Object.assign(hypervisor.options, {
    install: async (machine: FakeMachine) => {
      machine.print('boot: ');
      await machine.typedUntil('\r');
      const url = /http:\/\/100\.64\.1\.2(:\d+\/\S+)/.exec(machine.typed)?.[1] ?? '';
      answers.push(await fetchText(`http://127.0.0.1${url}`));
      answers.push(await fetchText(`http://127.0.0.1${url.replace('install', 'instal')}`));
      await writeFile(machine.spec.disk.path, 'installed');
      machine.powerOff();
    },
  });
  const out = join(folder, 'order');
  const plan = makePlan(folder, {
    config: {
      ...sshConfig,
      http_directory: http,
      cdrom: '/iso',
      cpus: 2,
      switches: ['uplink'],
      boot_device: 'cdrom',
      memory: '512M',
      boot_command: 'install http://{{ .HTTPIP }}:{{ .HTTPPort }}/{{ .Name }}-install.conf<enter>',
    },
    plan: {
      provisioners: [
        provisioner('shell', { inline: [`echo "one $PACKER_HTTP_ADDR" >> ${out}`] }),
        provisioner('file', { content: 'two', destination: join(folder, 'uploaded') }),
        provisioner('shell', {
          inline: [`cat ${folder}/uploaded >> ${out}; echo to stdout; echo to stderr >&2`],
        }),
      ],
    },
  });
  const before = await temporaryLeftovers();
  const { result, log, events } = await run(plan, hypervisor);
  assert.equal(result.outcome, 'success', JSON.stringify(result.failure));
  assert.match(answers[0] ?? '', /^200 host web1 at 100\.64\.1\.2:\d+$/);
  assert.match(answers[1] ?? '', /^404 /);
  assert.match(readFileSync(out, 'utf8'), /^one 100\.64\.1\.2:\d+\ntwo$/);
  assert.deepEqual(await temporaryLeftovers(), before);
  assert.deepEqual(await readdir(http), ['plain', 'web1-install.conf.pkr.in']);
  assert.deepEqual(
    log.filter((line) => !line.startsWith('undo')).map((line) => line.split(':')[0]),
    [
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
    ],
  );
  const [first, second] = hypervisor.specs;
  assert.deepEqual(
    { ...first, disk: undefined },
    {
      name: 'web1',
      template: 'generic',
      disk: undefined,
      memory: '512M',
      cpus: 2,
      switches: ['uplink'],
      bootDevice: 'cdrom',
      boot: undefined,
      cdrom: '/iso',
      purpose: 'install',
      guestPort: 22,
    },
  );
  assert.deepEqual(
    { ...second, disk: undefined },
    {
      name: 'web1',
      template: 'generic',
      disk: undefined,
      memory: '512M',
      cpus: 2,
      switches: ['uplink'],
      purpose: 'provision',
      guestPort: 22,
    },
  );
  assert.match(first?.disk.path ?? '', /\/out\/images\/\.web1\.partial-[0-9a-f]{6}\.qcow2$/);
  const output = events.flatMap((event) =>
    event.type === 'output' ? [`${event.stream} ${event.line}`] : [],
  );
  assert.deepEqual(output, ['stdout to stdout', 'stderr to stderr']);
  const requests = events.flatMap((event) => (event.type === 'http-request' ? [event.status] : []));
  assert.deepEqual(requests, [200, 404]);
});

async function temporaryLeftovers(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => /^vmm-hcl-(http|scp|script)-/.test(name));
}

test('an existing image is refused before anything is created, and replaced under -force only when complete', async (t) => {
  const folder = await temporaryFolder(t);
  const images = join(folder, 'out/images');
  await mkdir(images, { recursive: true });
  await writeFile(join(images, 'web1.qcow2'), 'old');
  const hypervisor = new FakeHypervisor();
  const refused = await run(makePlan(folder), hypervisor);
  assert.equal(refused.result.outcome, 'failure');
  assert.match(refused.result.failure?.message ?? '', /web1\.qcow2 exists already/);
  assert.match(refused.result.failure?.hint ?? '', /-force/);
  assert.deepEqual(hypervisor.calls, ['probe']);

  const dying = new FakeHypervisor({ install: (machine) => machine.die('boom') });
  const failed = await run(makePlan(folder), dying, { force: true });
  assert.equal(failed.result.outcome, 'failure');
  assert.deepEqual(await readdir(images), ['web1.qcow2']);
  assert.equal(await readFile(join(images, 'web1.qcow2'), 'utf8'), 'old');

  const seen: string[] = [];
  const replaced = await run(makePlan(folder), hypervisor, {
    force: true,
    onEvent: (event) => {
      if (event.type === 'step-start' && event.step === 'image') {
        seen.push(readFileSync(join(images, 'web1.qcow2'), 'utf8'));
      }
    },
  });
  assert.equal(replaced.result.outcome, 'success');
  assert.deepEqual(seen, ['old']);
  assert.equal(await readFile(join(images, 'web1.qcow2'), 'utf8'), 'installed');
});

test('an image that appears during the build is not overwritten', async (t) => {
  const folder = await temporaryFolder(t);
  const image = join(folder, 'out/images/web1.qcow2');
  const hypervisor = new FakeHypervisor({
    install: async (machine) => {
      await machine.typedUntil('\r');
      await writeFile(image, 'foreign');
      await writeFile(machine.spec.disk.path, 'installed');
      machine.powerOff();
    },
  });
  const { result } = await run(makePlan(folder), hypervisor);
  assert.match(result.failure?.message ?? '', /has appeared during the build/);
  assert.deepEqual(await readdir(join(folder, 'out/images')), ['web1.qcow2']);
  assert.equal(await readFile(image, 'utf8'), 'foreign');
});

test('two builds of the same image exclude each other; different ones run together', async (t) => {
  const folder = await temporaryFolder(t);
  const hypervisor = new FakeHypervisor();
  const same = await run([makePlan(folder), makePlan(folder)], hypervisor);
  const outcomes = same.results.map(({ outcome }) => outcome).sort();
  assert.deepEqual(outcomes, ['failure', 'success']);
  const failure = same.results.find(({ outcome }) => outcome === 'failure')?.failure;
  assert.match(failure?.message ?? '', /Two builds of this run write the same image/);

  const other = makePlan(folder, { config: { vm_name: 'web2' } });
  const both = await run([other, makePlan(folder, { config: { vm_name: 'web3' } })], hypervisor);
  assert.deepEqual(
    both.results.map(({ outcome }) => outcome),
    ['success', 'success'],
  );
  assert.deepEqual((await readdir(join(folder, 'out/images'))).sort(), [
    'web1.qcow2',
    'web2.qcow2',
    'web3.qcow2',
  ]);
});

test('what a killed build has left is taken over: its lock and its unfinished image', async (t) => {
  const folder = await temporaryFolder(t);
  const images = join(folder, 'out/images');
  await mkdir(images, { recursive: true });
  const { hostname } = await import('node:os');
  const lock = { pid: 2 ** 22 + 1, started: '1', host: hostname(), note: '.web1.partial-0123ab.qcow2' };
  await writeFile(join(images, '.web1.qcow2.lock'), JSON.stringify(lock));
  await writeFile(join(images, '.web1.partial-0123ab.qcow2'), 'half');
  await writeFile(join(images, '.web1.partial-ffffff.qcow2'), 'foreign');
  const { result } = await run(makePlan(folder), new FakeHypervisor());
  assert.equal(result.outcome, 'success');
  assert.deepEqual((await readdir(images)).sort(), ['.web1.partial-ffffff.qcow2', 'web1.qcow2']);

  // The same process id, but of a process that started at another time.
  const reused = { ...lock, pid: process.pid };
  await writeFile(join(images, '.web1.qcow2.lock'), JSON.stringify(reused));
  assert.equal(
    (await run(makePlan(folder), new FakeHypervisor(), { force: true })).result.outcome,
    'success',
  );

  // A lock of another machine cannot be judged.
  await writeFile(join(images, '.web1.qcow2.lock'), JSON.stringify({ ...lock, host: 'elsewhere' }));
  const foreign = await run(makePlan(folder), new FakeHypervisor(), { force: true });
  assert.match(foreign.result.failure?.message ?? '', /process \d+ on elsewhere, is writing the same image/);
  assert.ok(existsSync(join(images, '.web1.qcow2.lock')));
});

test('a machine that dies fails the step at once, with the last lines of its console', async (t) => {
  const folder = await temporaryFolder(t);
  const during = {
    typing: (machine: FakeMachine) => machine.die('killed by signal 9'),
    install: async (machine: FakeMachine) => {
      machine.print('boot: \x1b[1mbold\x1b[0m\r\nold state\rnew state\r\npartial line');
      await machine.typedUntil('\r');
      machine.die('killed by signal 9');
    },
  };
  for (const [name, install] of Object.entries(during)) {
    const config = { boot_command: name === 'typing' ? '<wait60>x' : 'x<enter>' };
    const { result } = await run(makePlan(folder, { config }), new FakeHypervisor({ install }));
    assert.match(result.failure?.message ?? '', /died.*killed by signal 9\.( 0 of 1 keys|$)/, name);
    assert.equal(result.failure?.step, name === 'typing' ? 'boot command' : 'install');
    assert.equal(result.failure?.consoleLog, join(folder, 'log/web1.log'));
    if (name === 'install') {
      assert.deepEqual(result.failure?.consoleTail, ['boot: bold', 'new state', 'partial linex']);
    }
    assert.ok(!existsSync(join(folder, 'out')), 'created folders are removed again');
  }
});

test('a guest that powers off early is a failure only when keys were left to type', async (t) => {
  const folder = await temporaryFolder(t);
  const install = async (machine: FakeMachine) => {
    await machine.typedUntil('a');
    await writeFile(machine.spec.disk.path, 'installed');
    machine.powerOff();
  };
  const only = { boot_command: 'a<wait60>' };
  assert.equal(
    (await run(makePlan(folder, { config: only }), new FakeHypervisor({ install }))).result.outcome,
    'success',
  );
  const more = { boot_command: 'a<wait60>b', vm_name: 'web2' };
  const { result } = await run(makePlan(folder, { config: more }), new FakeHypervisor({ install }));
  assert.match(result.failure?.message ?? '', /powered off before this step was done\. 1 of 2 keys/);
});

test('a machine that ends before anything is on its disk has installed nothing, unless its disk has a base', async (t) => {
  const folder = await temporaryFolder(t);
  const install = async (machine: FakeMachine) => {
    await machine.typedUntil('\r');
    machine.powerOff();
  };
  const { result } = await run(makePlan(folder), new FakeHypervisor({ install }));
  assert.match(result.failure?.message ?? '', /powered off, but nothing was written to its disk/);
  assert.deepEqual(await readdir(folder), ['log']);
  const config = { disk_base: '/base.qcow2', disk_size: undefined };
  const based = await run(makePlan(folder, { config }), new FakeHypervisor({ install }));
  assert.equal(based.result.outcome, 'success', based.result.failure?.message);
});

test('a machine that dies while provisioning ends the provisioner at once', async (t) => {
  const folder = await temporaryFolder(t);
  const { ssh, hypervisor } = await withGuest(t);
  const machine = () => [...hypervisor.running][0];
  ssh.behaviour.onExec = (command) => {
    if (command.includes('script_')) setImmediate(() => machine()?.die('panic'));
  };
  const plan = makePlan(folder, {
    config: sshConfig,
    plan: { provisioners: [provisioner('shell', { inline: ['sleep 1000'], skip_clean: true })] },
  });
  const { result } = await run(plan, hypervisor);
  assert.equal(result.failure?.step, 'provision');
  assert.match(result.failure?.message ?? '', /The machine with the installed system died: panic/);
});

test('the hypervisor is probed for each build before anything is created, and its failure is that of the build', async (t) => {
  const folder = await temporaryFolder(t);
  const hypervisor = new FakeHypervisor();
  hypervisor.failAt = { call: 'probe', error: new HypervisorError('There is no qemu-img.', 'Install it.') };
  const { results } = await run([makePlan(folder), makePlan(folder)], hypervisor);
  assert.deepEqual(
    results.map(({ failure }) => [failure?.message, failure?.hint]),
    [
      ['There is no qemu-img.', 'Install it.'],
      ['There is no qemu-img.', 'Install it.'],
    ],
  );
  assert.deepEqual(hypervisor.calls, ['probe', 'probe']);
});

test('parallel: at most so many builds at once', async (t) => {
  const folder = await temporaryFolder(t);
  const hypervisor = new FakeHypervisor();
  let most = 0;
  hypervisor.onCall = () => (most = Math.max(most, hypervisor.running.size));
  const plans = ['a', 'b', 'c', 'd'].map((vm_name) => makePlan(folder, { config: { vm_name } }));
  await run(plans, hypervisor, { parallel: 1 });
  assert.equal(most, 0, 'the next machine is started when the one before is gone');
  const two = await run(
    ['e', 'f', 'g'].map((vm_name) => makePlan(folder, { config: { vm_name } })),
    hypervisor,
    { parallel: 2 },
  );
  assert.deepEqual(
    two.results.map(({ outcome }) => outcome),
    ['success', 'success', 'success'],
  );
});

test('twenty builds at once do not make Node warn of listeners', async (t) => {
  const folder = await temporaryFolder(t);
  const warnings: Error[] = [];
  const listener = (warning: Error) => void warnings.push(warning);
  process.on('warning', listener);
  t.after(() => process.off('warning', listener));
  const plans = Array.from({ length: 20 }, (_, index) =>
    makePlan(folder, {
      config: { vm_name: `m${index}` },
      plan: { provisioners: [provisioner('shell-local', { inline: ['true'] })] },
    }),
  );
  const { results } = await run(plans, new FakeHypervisor());
  assert.equal(results.length, 20);
  // Warnings are emitted in a later turn.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test('communicator none: provisioners that need the guest fail at once, others run', async (t) => {
  const folder = await temporaryFolder(t);
  const plan = makePlan(folder, {
    plan: {
      provisioners: [
        provisioner('shell-local', { inline: [`echo hi > ${folder}/local`] }),
        provisioner('shell', { inline: ['true'] }),
      ],
    },
  });
  const { result } = await run(plan, new FakeHypervisor());
  assert.equal(await readFile(join(folder, 'local'), 'utf8'), 'hi\n');
  assert.match(result.failure?.message ?? '', /communicator = "none", so nothing can be run in the guest/);
  assert.equal(result.failure?.origin?.line, 20);
});

test('a breakpoint waits for the person at the terminal, by the name of its build', async (t) => {
  const folder = await temporaryFolder(t);
  const plan = makePlan(folder, { plan: { provisioners: [provisioner('breakpoint', { note: 'look' })] } });
  const asked: string[] = [];
  const pause = (text: string) => Promise.resolve(void asked.push(text));
  const prompt = { onError: () => Promise.reject(new Error('not asked')), pause };
  const { result } = await run(plan, new FakeHypervisor(), { prompt });
  assert.equal(result.outcome, 'success', result.failure?.message);
  assert.deepEqual(asked, ['The breakpoint "look" of vmm.web']);
});

test('an internal error says that it is one', async (t) => {
  const folder = await temporaryFolder(t);
  const hypervisor = new FakeHypervisor();
  hypervisor.failAt = { call: 'createDisk', error: new TypeError('x is not a function') };
  const { result } = await run(makePlan(folder), hypervisor);
  assert.match(result.failure?.message ?? '', /^Internal error: x is not a function/);
  assert.match(result.failure?.internal?.stack ?? '', /TypeError/);
});

test('meta-arguments: max_retries with the first error, timeout, continue_on_error, pause_before', async (t) => {
  const folder = await temporaryFolder(t);
  const count = join(folder, 'count');
  const attempt = `echo x >> ${count}; [ $(wc -l < ${count}) -ge 3 ] || exit $(wc -l < ${count})`;
  const { hypervisor } = await withGuest(t);
  const local = (inline: string, meta: Parameters<typeof provisioner>[2]) =>
    provisioner('shell-local', { inline: [inline] }, meta);
  const build = (name: string, ...provisioners: ReturnType<typeof provisioner>[]) =>
    run(makePlan(folder, { config: { vm_name: name }, plan: { provisioners } }), hypervisor);

  const retried = await build('a', local(attempt, { maxRetries: 2 }));
  assert.equal(retried.result.outcome, 'success', retried.result.failure?.message);
  const attempts = retried.events.flatMap((event) =>
    event.type === 'provisioner-end' ? [`${event.attempt} ${event.outcome}`] : [],
  );
  assert.deepEqual(attempts, ['1 failure', '2 failure', '3 success']);

  await writeFile(count, '');
  const tooOften = await build('b', local(attempt, { maxRetries: 1 }));
  assert.match(
    tooOften.result.failure?.message ?? '',
    /exit status 1\./,
    'the first error is the one reported',
  );

  const slow = await build('c', local('exec sleep 1000', { timeout: 100 }));
  assert.match(slow.result.failure?.message ?? '', /did not end within 0\.1 s \(timeout\)/);

  const goesOn = await build(
    'd',
    local('exit 1', { continueOnError: true, pauseBefore: 1 }),
    local(`echo on > ${folder}/on`, {}),
  );
  assert.equal(goesOn.result.outcome, 'success');
  assert.equal(await readFile(join(folder, 'on'), 'utf8'), 'on\n');
  assert.ok(goesOn.events.some((event) => event.type === 'say' && /Pausing 0\.001 s/.test(event.text)));
});

test(
  'the HTTP server follows the machine when its second boot has another network',
  { skip: process.platform === 'linux' ? false : 'needs 127.0.0.2' },
  async (t) => {
    const folder = await temporaryFolder(t);
    const { hypervisor } = await withGuest(t, (machine) => {
      machine.addresses = () =>
        Promise.resolve({
          host: '100.64.9.2',
          bind: '127.0.0.2',
          guest: { host: '127.0.0.1', port: guestPort },
        });
    });
    const guestPort = hypervisor.options.guest?.port ?? 0;
    const plan = makePlan(folder, {
      config: {
        ...sshConfig,
        http_content: { '/file': 'content' },
        http_port_min: 20_000,
        http_port_max: 30_000,
      },
      plan: { provisioners: [provisioner('shell', { inline: [`echo $PACKER_HTTP_ADDR > ${folder}/addr`] })] },
    });
    let answer: Promise<string> | undefined;
    let port = '';
    const { result } = await run(plan, hypervisor, {
      onEvent: (event) => {
        if (event.type === 'say') port = /at http:\/\/100\.64\.1\.2:(\d+)\//.exec(event.text)?.[1] ?? port;
        if (event.type === 'provisioner-start') answer = fetchText(`http://127.0.0.2:${port}/file`);
      },
    });
    assert.equal(result.outcome, 'success', result.failure?.message);
    assert.equal(await readFile(join(folder, 'addr'), 'utf8'), `100.64.9.2:${port}\n`);
    // The client comes from 127.0.0.1 only when it is the guest: this one does.
    assert.match((await answer) ?? '', /^(200 content|403 )/);
  },
);
