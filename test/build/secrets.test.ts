import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { BuildEvent } from '../../src/build/events.ts';
import type { BuildResult } from '../../src/build/result.ts';
import { logText } from '../../src/cli/log.ts';
import { HumanView } from '../../src/cli/view/human-view.ts';
import { JsonView } from '../../src/cli/view/json-view.ts';
import { MachineView } from '../../src/cli/view/machine-view.ts';
import { styleOf } from '../../src/cli/view/style.ts';
import { stripAnsi } from '../../src/lib/ansi.ts';
import type { BuildPlan } from '../../src/plan/build-plan.ts';
import { output } from '../cli/fake-io.ts';
import { startSshServer } from '../communicator/ssh-server.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import type { FakeMachine } from './fake-hypervisor.ts';
import { makePlan, provisioner, run, temporaryFolder } from './harness.ts';

const secret = `S3cr'et "of" the house`;
const password = 'correct horse';

/** The processes that this one starts from now on. What a process is given is known a moment after it was made. */
function startedProcesses(t: TestContext): readonly ChildProcess[] {
  const started: ChildProcess[] = [];
  const listen = (message: unknown) => void started.push((message as { process: ChildProcess }).process);
  subscribe('child_process', listen);
  t.after(() => unsubscribe('child_process', listen));
  return started;
}

/** What each view shows of a run, on a terminal and off it, on standard output and standard error. */
async function shown(
  plan: BuildPlan,
  result: BuildResult,
  events: readonly BuildEvent[],
): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  const sink = (name: string, isTerminal = false) => {
    texts[name] = '';
    return output((text) => (texts[name] += text), isTerminal);
  };
  const human = (name: string, isTerminal: boolean) =>
    new HumanView({
      out: sink(name, isTerminal),
      errors: sink(`${name}, errors`, isTerminal),
      style: styleOf(isTerminal),
      timestamps: isTerminal,
      builds: [plan.name],
    });
  const views = [
    human('human view', false),
    human('human view on a terminal', true),
    new MachineView(sink('-machine-readable')),
    new JsonView(sink('-log-format=json'), sink('-log-format=json, errors')),
  ];
  for (const view of views) {
    for (const event of events) view.event(event);
    const run = { builds: [result], cancelled: false };
    await view.finish(run, 1000, [plan], new AbortController().signal);
  }
  texts['PACKER_LOG, a view of all details'] = events.map((event) => logText(event) ?? '').join('\n');
  return texts;
}

test('secrets reach no event, no result, no file, no view and no process, however they come by', async (t) => {
  const folder = await temporaryFolder(t);
  const processes = startedProcesses(t);
  const ssh = await startSshServer(t, { password });
  await mkdir(join(folder, 'http'));
  let machine: FakeMachine | undefined;
  const hypervisor = new FakeHypervisor({
    guest: { host: '127.0.0.1', port: ssh.port },
    install: async (started) => {
      await started.typedUntil('\r');
      // The console cuts its output anywhere, and firmware puts cursor movements in between.
      for (const character of `\r\npassword is ${password}.\r\n`) started.print(character);
      started.print(`moved: ${password.split('').join('')}`.replace('horse', 'ho\x1b[3;4Hrse'));
      // Firmware and loader both echo; and a loader wraps its line at the right border.
      started.print(`\r\ntwice: ${[...password].map((character) => character.repeat(2)).join('')}`);
      started.print(`\r\n${'.'.repeat(76)}corr\r\r\n\x1b[Kect horse\r\n`);
      await writeFile(started.spec.disk.path, 'installed');
      started.powerOff();
    },
    provision: (started) => {
      machine = started;
      started.print(`motd ${password} and ${secret}`);
    },
  });
  // The server runs the guest's commands here: who may see those is the guest's business.
  const inGuest = new Set<string | undefined>();
  ssh.behaviour.onExec = (command) => {
    inGuest.add(command);
    if (command.includes('power-off-the-fake')) machine?.powerOff();
  };
  const plan = makePlan(folder, {
    config: {
      communicator: 'ssh',
      shutdown_command: `echo '${password}' | cat >/dev/null; : power-off-the-fake`,
      boot_command: `login ${password}<enter>`,
      http_content: { [`/${encodeURIComponent(password)}`]: 'x' },
    },
    plan: {
      sensitive: [secret],
      provisioners: [
        provisioner('shell', { inline: [`echo "$SECRET"; echo ${password} >&2`], env: { SECRET: secret } }),
        provisioner(
          'shell-local',
          { inline: ['printf "%s" "$SECRET"; exit 3'], env: { SECRET: secret } },
          { continueOnError: true },
        ),
        provisioner('shell', { inline: ['exit 1'], valid_exit_codes: [0] }, { name: secret }),
      ],
    },
  });
  const report = (_build: unknown, failure: unknown) => JSON.stringify(failure);
  const { result, events } = await run(plan, hypervisor, { dossier: { program: 'x', report } });
  assert.equal(result.outcome, 'failure');
  const written = await readdir(join(folder, 'log'), { recursive: true, withFileTypes: true });
  const files = written
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  // The transcript, the dossier, and what else is recorded of the consoles.
  assert.ok(files.length > 10, files.join());
  const log = await readFile(join(folder, 'log/web1.log'), 'utf8');
  const consoleText = events.flatMap((event) => (event.type === 'console' ? [event.text] : [])).join('');
  const plain = events.flatMap((event) => (event.type === 'console-line' ? [event.line] : [])).join('\n');
  for (const [name, text] of Object.entries({
    log,
    recording: await readFile(join(folder, 'log/web1-install.cast'), 'utf8'),
    consoleText,
    plain,
    events: JSON.stringify(events),
    result: JSON.stringify({ ...result, artifacts: [] }),
    names: files.join(),
    ...(await shown(plan, result, events)),
    processes: processes
      .flatMap(({ spawnargs }) => (inGuest.has(spawnargs.at(-1)) ? [] : spawnargs))
      .join('\n'),
    ...Object.fromEntries(
      await Promise.all(files.map(async (path) => [path, await readFile(path, 'utf8')] as const)),
    ),
  })) {
    assert.ok(text !== '' || !/view|format|readable|processes/.test(name), `${name} is empty`);
    for (const form of [text, stripAnsi(text)]) {
      assert.ok(!form.includes(password), `${name} has the password`);
      assert.ok(!form.includes('S3cr'), `${name} has the sensitive value`);
      assert.doesNotMatch(form, /ccoorr|corr[\r\n]|ect horse/, `${name} has a part of the password`);
    }
  }
  assert.match(log, /login <sensitive>/);
  assert.match(plain, /password is <sensitive>\.\nmoved: <sensitive>\ntwice: <sensitive>\n\.+<sensitive>/);
  assert.match(result.failure?.consoleTail?.join('\n') ?? '', /motd <sensitive> and <sensitive>/);
  assert.ok(events.some((event) => event.type === 'output' && event.line === '<sensitive>'));
});

test('generated keys and passwords: a private key is hidden as soon as it is read', async (t) => {
  const folder = await temporaryFolder(t);
  const { generateKeyPairSync } = await import('node:crypto');
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();
  await writeFile(join(folder, 'key'), key);
  const ssh = await startSshServer(t, { password });
  const hypervisor = new FakeHypervisor({ guest: { host: '127.0.0.1', port: ssh.port } });
  const plan = makePlan(folder, {
    config: { communicator: 'ssh' },
    ssh: { ssh_private_key_file: join(folder, 'key') },
    plan: { provisioners: [provisioner('shell-local', { inline: [`cat ${folder}/key`] })] },
  });
  const { events } = await run(plan, hypervisor);
  const text = JSON.stringify(events);
  for (const line of key.split('\n').filter((line) => line.length > 4)) assert.ok(!text.includes(line), line);
});

test("a proxy's password that a script prints is hidden", async (t) => {
  const before = process.env['HTTPS_PROXY'];
  t.after(() => {
    if (before === undefined) delete process.env['HTTPS_PROXY'];
    else process.env['HTTPS_PROXY'] = before;
  });
  process.env['HTTPS_PROXY'] = 'http://me:gehe%40im-word@proxy.example:3128';
  const folder = await temporaryFolder(t);
  const script = provisioner('shell-local', { inline: ['echo "to $HTTPS_PROXY"'] });
  const { events } = await run(makePlan(folder, { plan: { provisioners: [script] } }), new FakeHypervisor());
  const text = JSON.stringify(events);
  assert.match(text, /to http:\/\/me:<sensitive>@proxy\.example:3128/);
  assert.doesNotMatch(text, /gehe/);
});

test('a password that is the user name, and values too short to hide, are told', async (t) => {
  const folder = await temporaryFolder(t);
  const plan = makePlan(folder, { ssh: { ssh_password: 'root' }, plan: { sensitive: ['abc', ''] } });
  const { events } = await run(plan, new FakeHypervisor());
  const said = events.flatMap((event) => (event.type === 'say' ? [event.text] : []));
  assert.ok(said.some((text) => text.startsWith('ssh_password is the same as ssh_username')));
  assert.ok(said.some((text) => text.startsWith('A sensitive value is shorter than 4 characters')));
});
