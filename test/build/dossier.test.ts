import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { commandsText } from '../../src/build/dossier/documents.ts';
import { Recorder } from '../../src/build/dossier/recorder.ts';
import { renderScreen } from '../../src/build/dossier/screen.ts';
import { Emitter } from '../../src/build/emitter.ts';
import { Cancellation } from '../../src/build/options.ts';
import type { RunOptions } from '../../src/build/options.ts';
import { startSshServer } from '../communicator/ssh-server.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import type { FakeOptions } from './fake-hypervisor.ts';
import { makePlan, provisioner, run, temporaryFolder } from './harness.ts';
import type { PlanOptions } from './harness.ts';

const password = 'correct horse';
const secret = 'S3cret-of-the-house';
const dossier = {
  program: 'vmm-hcl 1.2.3',
  report: (_build: unknown, { message }: { message: string }) => `REPORT ${message}`,
};

/** A build with files over HTTP whose second provisioner fails; the guest shows a secret in the middle of which the cursor moves. */
async function failingBuild(t: TestContext, more: Partial<FakeOptions> = {}, options: PlanOptions = {}) {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'http'));
  await writeFile(join(folder, 'http', 'install.conf'), 'answers');
  const ssh = await startSshServer(t, { password });
  const hypervisor = new FakeHypervisor({
    guest: { host: '127.0.0.1', port: ssh.port },
    provision: (machine) => {
      machine.print('\x1b[2J\x1b[HWelcome\r\nkey: S3cret-of\x1b[2;15H-the-house\r\n\r\n');
      machine.print(`${'long line '.repeat(12)}\r\nlogin: `);
    },
    ...more,
  });
  const plan = makePlan(folder, {
    ...options,
    config: { communicator: 'ssh', http_directory: join(folder, 'http'), ...options.config },
    plan: {
      sensitive: [secret],
      provisioners: [
        provisioner('shell', { inline: [`echo ${password} | cat >/dev/null`] }),
        provisioner('shell', { inline: [`echo the end of it; echo ${secret} >&2; exit 3`] }),
      ],
      ...options.plan,
    },
  });
  const build = (extra: Partial<RunOptions> = {}) => run(plan, hypervisor, { dossier, ...extra });
  return { folder, path: join(folder, 'log/web1-failure'), build, plan, hypervisor };
}

test('a failed build leaves one folder with all that is known, for its owner only, without secrets', async (t) => {
  const { path, build } = await failingBuild(t);
  process.env['PACKER_GITHUB_API_TOKEN'] = 'ghp_of_the_host';
  t.after(() => delete process.env['PACKER_GITHUB_API_TOKEN']);
  const { result } = await build();
  assert.equal(result.failure?.dossier, path);
  assert.equal(result.failure?.dossierProblem, undefined);
  assert.equal((await stat(path)).mode & 0o777, 0o700);
  const files: Record<string, string> = {};
  for (const name of await readdir(path)) {
    assert.equal((await stat(join(path, name))).mode & 0o777, 0o600, name);
    files[name] = await readFile(join(path, name), 'utf8');
    assert.ok(!files[name].includes(password), `${name} has the password`);
    assert.ok(!files[name].includes(secret), `${name} has the sensitive value`);
  }
  const expected: Record<string, RegExp> = {
    'verdict.txt': /^vmm-hcl 1\.2\.3, 20\S+Z\n\nREPORT The inline script ended with exit status 3\.$/m,
    'screen.txt':
      /^--- the last screen \(80x24, installed system\), cursor in row 6, column 8 ---\nWelcome\nkey: <sensitive>\n\n(long line ){11}long line\nlogin:\n$/,
    'console.txt': /^20\S+Z key: <sensitive>/m,
    'log.txt': /^20\S+Z the end of it$/m,
    'http.txt':
      /^Served at http:\S+: 0 requests, 0 different files handed out\.\noffered and never asked for: \/install\.conf$/m,
    'ssh.txt': /^20\S+Z 127\.0\.0\.1:\d+ connected: logged in$/m,
    'commands.txt': /^20\S+Z guest: chmod \+x \/tmp\/script_\d+\.sh; .*\n {4}status 3 after \S+$/m,
    'template.txt':
      /^# test\.pkr\.hcl:1:1, evaluated, with defaults\nsource "vmm" "web" \{\n(?:.*\n)* {2}shutdown_timeout = "5s"\n(?:.*\n)* {2}ssh_password = "<sensitive>"\n(?:.*\n)*provisioner "shell" \{\n {2}inline = /m,
    'steps.txt': /^20\S+Z step provision: failure after \S+: The inline script(?:.*\n)*.* cleanup of disk: /m,
    'environment.txt':
      /^ssh2 \d+\.\d+\.\d+\n(?:.*\n)*room in \S+: \S+ \S+ free of (?:.*\n)*PACKER_GITHUB_API_TOKEN is set$/m,
  };
  assert.deepEqual(Object.keys(files).sort(), Object.keys(expected).sort());
  for (const [name, pattern] of Object.entries(expected)) assert.match(files[name] ?? '', pattern, name);
  assert.equal(result.failure?.output?.of, 'the provisioner shell');
  assert.deepEqual(result.failure?.output?.lines, ['the end of it', '<sensitive>']);
  assert.equal(result.failure?.verdict?.rule, 'provisioner-failed');
});

test('the next failure replaces the files of the last one, and nothing else', async (t) => {
  const { path, build } = await failingBuild(t);
  await mkdir(path, { recursive: true, mode: 0o755 });
  await writeFile(join(path, 'screen.txt'), 'old');
  await writeFile(join(path, 'notes'), 'of somebody');
  await build();
  assert.match(await readFile(join(path, 'screen.txt'), 'utf8'), /Welcome/);
  assert.equal(await readFile(join(path, 'notes'), 'utf8'), 'of somebody');
  assert.equal((await stat(path)).mode & 0o777, 0o700);
});

test('what is in the way of the folder is told, stays, and does not hide the failure', async (t) => {
  for (const kind of ['file', 'link'] as const) {
    const { folder, path, build } = await failingBuild(t);
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await mkdir(join(folder, 'log'));
    if (kind === 'file') await writeFile(path, 'of somebody');
    else await symlink(elsewhere, path);
    const { result } = await build();
    assert.match(result.failure?.message ?? '', /exit status 3/);
    assert.match(result.failure?.dossierProblem ?? '', /web1-failure is not a folder of yours\.$/);
    assert.equal(result.failure?.dossier, undefined);
    assert.equal((await lstat(path)).isSymbolicLink(), kind === 'link');
    assert.deepEqual(await readdir(elsewhere), []);
  }
});

test('a file that cannot be written costs that file only', async (t) => {
  const { path, build } = await failingBuild(t);
  await mkdir(join(path, 'screen.txt', 'in the way'), { recursive: true });
  const { result } = await build();
  // The older one cannot be removed.
  assert.match(result.failure?.dossierProblem ?? '', /The evidence could not be written/);
});

test('no folder: for a success, for bad input, for Ctrl-C; but for a build that was ended from outside', async (t) => {
  const folderOf = async (path: string) =>
    (await readdir(join(path, '..')).catch(() => [])).filter((name) => !name.endsWith('.cast')).join();
  const good = await failingBuild(t, {}, { plan: { provisioners: [] } });
  assert.equal((await good.build()).result.outcome, 'success');
  assert.equal(await folderOf(good.path), 'web1.log');

  const bad = await failingBuild(t);
  await mkdir(join(bad.folder, 'out/images'), { recursive: true });
  await writeFile(join(bad.folder, 'out/images/web1.qcow2'), 'an image');
  assert.match((await bad.build()).result.failure?.message ?? '', /exists already/);
  assert.equal(await folderOf(bad.path), '');

  for (const byPerson of [true, false]) {
    const controller = new AbortController();
    const { path, build } = await failingBuild(t, {
      provision: (machine) => machine.print('still here'),
    });
    const { result } = await build({
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'provisioner-start')
          controller.abort(new Cancellation('Ended by SIGTERM.', byPerson));
      },
    });
    assert.equal(result.outcome, 'cancelled');
    assert.equal(result.failure?.message, byPerson ? 'The build was cancelled.' : 'Ended by SIGTERM.');
    assert.equal(await folderOf(path), byPerson ? 'web1.log' : 'web1-failure,web1.log');
  }
});

test('the screen is that of a terminal: overwriting, scrolling, the cursor, cut sequences', async () => {
  const rows: [text: string, lines: string[], above: number][] = [
    ['boot: \x1b[5Dx\r\n', ['bxot:'], 0],
    ['old\x1b[2J\x1b[Hnew', ['new'], 0],
    [`${Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\r\n')}`, [], 6],
    ['5;3Hrest of a sequence\r\nthen this', ['5;3Hrest of a sequence', 'then this'], 0],
  ];
  for (const [text, lines, above] of rows) {
    const screen = await renderScreen(text);
    if (lines.length > 0) assert.deepEqual(screen.lines, lines);
    else assert.deepEqual([screen.lines[0], screen.lines.at(-1)], ['line 6', 'line 29']);
    assert.equal(screen.above.length, above);
  }
});

test('commands that are repeated in turns are told once with their number, and push nothing out', () => {
  const recorder = new Recorder();
  const emitter = new Emitter('vmm.web', [], (event) => recorder.event(event));
  const command = (words: string, status: number | undefined) =>
    emitter.command('host', words.split(' '))(status === undefined ? { signal: 'SIGTERM' } : { status });
  command('vmctl start web', 0);
  for (let turn = 0; turn < 3000; turn++) {
    command('vmctl wait web', undefined);
    command('vmctl status web', 0);
  }
  command('vmctl status web', 1);
  const stillRunning = emitter.command('host', ['vmctl', 'status', 'web']);
  const text = (commandsText(recorder) ?? '').replaceAll(/20\S+Z/g, 'T').replaceAll(/after \S+/g, 'after D');
  assert.equal(
    text,
    [
      'T host: vmctl start web\n    status 0 after D',
      'T host: vmctl wait web\n    signal SIGTERM after D (3000 times, the last until T)',
      'T host: vmctl status web\n    status 0 after D (3000 times, the last until T)',
      'T host: vmctl status web\n    status 1 after D',
      'T host: vmctl status web\n    still running\n',
    ].join('\n'),
  );
  stillRunning({ status: 1 });
  assert.match(commandsText(recorder) ?? '', /status 1 after \S+ \(2 times, the last until \S+\)\n$/);
});
