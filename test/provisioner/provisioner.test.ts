import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parse } from 'yaml';
import type { Communicator, ExecOptions } from '../../src/communicator/communicator.ts';
import { noCommunicator } from '../../src/communicator/none.ts';
import { connectSsh } from '../../src/communicator/ssh/ssh-communicator.ts';
import type { JsonObject } from '../../src/plan/json.ts';
import type { ProvisionContext } from '../../src/provisioner/provisioner.ts';
import { findProvisioner, provisionerTypes } from '../../src/provisioner/registry.ts';
import { startSshServer } from '../communicator/ssh-server.ts';
import type { TestServer } from '../communicator/ssh-server.ts';
import { data } from './build-data.ts';

interface Place {
  /** Stands for /tmp of the guest. */
  readonly dir: string;
  readonly server: TestServer;
  readonly communicator: Communicator;
  /** Commands that were run in the guest. */
  readonly commands: string[];
}

async function guest(t: TestContext): Promise<Place> {
  const dir = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const server = await startSshServer(t, { password: 'correct horse' });
  const commands: string[] = [];
  server.behaviour.onExec = (command) => commands.push(command);
  const communicator = await connectSsh(
    {
      host: '127.0.0.1',
      port: server.port,
      config: {
        ssh_port: 22,
        ssh_username: 'root',
        ssh_password: 'correct horse',
        ssh_agent_auth: false,
        ssh_timeout: 20_000,
        ssh_handshake_attempts: 0,
        ssh_pty: false,
        ssh_disable_agent_forwarding: false,
        ssh_file_transfer_method: 'sftp',
        ssh_keep_alive_interval: 5_000,
        pause_before_connecting: 0,
      },
      onStatus: () => {},
      onWarning: () => {},
    },
    AbortSignal.timeout(20_000),
  );
  t.after(() => communicator.close());
  return { dir, server, communicator, commands };
}

interface Outcome {
  readonly stdout: string[];
  readonly stderr: string[];
  readonly said: string[];
  readonly errors: string[];
}

async function provision(
  type: string,
  config: JsonObject,
  communicator: Communicator = noCommunicator,
  change: Partial<Pick<ProvisionContext, 'signal' | 'pause'>> & { readonly data?: Partial<typeof data> } = {},
): Promise<Outcome> {
  const outcome: Outcome = { stdout: [], stderr: [], said: [], errors: [] };
  const provisioner = await findProvisioner(type);
  assert.ok(provisioner);
  await provisioner.run(config, {
    communicator,
    ui: {
      say: (text) => outcome.said.push(text),
      error: (text) => outcome.errors.push(text),
      output: (stream, line) => outcome[stream].push(line),
    },
    signal: change.signal ?? new AbortController().signal,
    data: { ...data, ...change.data },
    sourceName: 'web',
    sourceType: 'vmm',
    pause: change.pause,
  });
  return outcome;
}

test('the registry knows its types and nothing else', async () => {
  assert.deepEqual(provisionerTypes, [
    'shell',
    'shell-local',
    'file',
    'ansible',
    'ansible-local',
    'sleep',
    'breakpoint',
  ]);
  assert.equal(await findProvisioner('toString'), undefined);
  assert.equal(await findProvisioner('powershell'), undefined);
});

test('shell: the environment, quoted, and where each part comes from', async (t) => {
  const { dir, communicator } = await guest(t);
  const quotes = `it's "a" $HOME \`x\` \\ %s {{ x }}`;
  const result = await provision(
    'shell',
    {
      inline: ['env | grep -E "^(PACKER_|A=|B=|C=)" | LC_ALL=C sort'],
      environment_vars: ['A=list=with equals', 'B=list', `C=${quotes}`],
      env: { B: 'map wins' },
      remote_folder: dir,
    },
    communicator,
  );
  assert.deepEqual(result.stdout, [
    'A=list=with equals',
    'B=map wins',
    `C=${quotes}`,
    'PACKER_BUILDER_TYPE=vmm',
    'PACKER_BUILD_NAME=web',
    'PACKER_HTTP_ADDR=100.64.1.2:8123',
    'PACKER_HTTP_IP=100.64.1.2',
    'PACKER_HTTP_PORT=8123',
  ]);
  assert.deepEqual(await readdir(dir), [], 'the script is removed');
  const unknown = {
    PackerHTTPIP: 'ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER',
    PackerHTTPAddr: '',
    PackerHTTPPort: '',
  };
  const bare = await provision('shell', { inline: ['env'], remote_folder: dir }, communicator, {
    data: unknown,
  });
  assert.ok(!bare.stdout.some((line) => line.startsWith('PACKER_HTTP')));
});

test('shell: the environment in a file', async (t) => {
  const { dir, communicator, commands } = await guest(t);
  const config = {
    inline: ['echo "$SECRET"', `stat -c %a ${dir}/varfile_*`],
    env: { SECRET: `it's hidden` },
    use_env_var_file: true,
    remote_folder: dir,
  };
  const result = await provision('shell', config, communicator);
  assert.deepEqual(result.stdout, [`it's hidden`, '600']);
  assert.ok(commands.every((command) => !command.includes('hidden')));
  assert.match(commands[0] ?? '', /^chmod \+x (\S+script_\d{1,4}\.sh); \. \S+varfile_\d{1,4}\.sh && \1$/);
  assert.deepEqual(await readdir(dir), []);
});

test('shell: scripts, their place in the guest, line ends, and the command that runs them', async (t) => {
  const { dir, communicator, commands } = await guest(t);
  const one = join(dir, 'one.sh');
  const two = join(dir, 'two.sh');
  await writeFile(one, '#!/bin/sh\r\necho "$0" one\r\n');
  await writeFile(two, '#!/bin/sh\necho two; wc -c < "$0"');
  const result = await provision(
    'shell',
    {
      scripts: [one, two],
      remote_path: join(dir, 'remote script'),
      execute_command: `X=y {{ .Vars }} sh -e "{{ .Path }}"`,
      env_var_format: '%s="%s" ',
      skip_clean: true,
    },
    communicator,
  );
  assert.deepEqual(result.stdout, [`${dir}/remote script one`, 'two', '32']);
  assert.match(commands[0] ?? '', /^X=y PACKER_BUILDER_TYPE="vmm" .* sh -e "\/.*\/remote script"$/);
  assert.ok(existsSync(join(dir, 'remote script')));
  assert.deepEqual(result.said, [
    `Provisioning with the shell script ${one}`,
    `Provisioning with the shell script ${two}`,
  ]);

  await writeFile(one, '#!/bin/sh\nprintf "a\r\n" | wc -c\n');
  await writeFile(two, 'printf "a\r\n" | wc -c # \r\n');
  const binary = await provision('shell', { script: one, binary: true, remote_folder: dir }, communicator);
  assert.deepEqual(binary.stdout, ['3']);
  const text = await provision(
    'shell',
    { script: one, remote_folder: dir, remote_file: 'named' },
    communicator,
  );
  assert.deepEqual(text.stdout, ['2']);
  assert.ok(commands.some((command) => command.startsWith(`chmod +x ${dir}/named; `)));
  await assert.rejects(
    provision('shell', { script: join(dir, 'none') }, communicator),
    /script cannot be read: ENOENT/,
  );
});

test('shell: the first line of an inline script', async (t) => {
  const { dir, communicator } = await guest(t);
  const run = async (config: JsonObject) =>
    (await provision('shell', { remote_folder: dir, ...config }, communicator)).stdout.join('|');
  assert.equal(
    await run({ inline: ['false || echo "$-"', 'head -1 "$0"'] }).then((x) => x.split('|')[1]),
    '#!/bin/sh -e',
  );
  assert.match(await run({ inline: ['head -1 "$0"'], inline_shebang: '/bin/sh -u' }), /^#!\/bin\/sh -u$/);
  assert.equal(
    await run({ inline: ['#!/bin/sh -f', 'head -1 "$0"'], inline_shebang: '/bin/sh -e' }),
    '#!/bin/sh -f',
  );
  await assert.rejects(run({ inline: ['false', 'true'] }), /inline script ended with exit status 1\./);
});

test('shell: exit statuses, signals, output on both streams', async (t) => {
  const { dir, communicator } = await guest(t);
  const run = (inline: string[], more: JsonObject = {}) =>
    provision('shell', { inline, remote_folder: dir, inline_shebang: '/bin/sh', ...more }, communicator);
  const output = await run(['printf "10%%\\r50%%\\r100%%  \\nlast"; printf "é\\n" >&2']);
  assert.deepEqual([output.stdout, output.stderr], [['100%', 'last'], ['é']]);
  await run(['exit 3'], { valid_exit_codes: [0, 3] });
  await assert.rejects(
    run(['exit 3'], { valid_exit_codes: [0, 2] }),
    /exit status 3 \(valid_exit_codes: 0, 2\)/,
  );
  await assert.rejects(
    run(['kill -KILL $$'], { execute_command: 'exec {{ .Path }}' }),
    /ended by signal KILL/,
  );
});

test('shell: a lost connection is an error, unless it was expected', async (t) => {
  const { dir, communicator, server } = await guest(t);
  const config = { inline: ['true # restart'], remote_folder: dir, remote_file: 'goes-down.sh' };
  server.behaviour.dropOn = 'chmod +x';
  await assert.rejects(
    provision('shell', config, communicator),
    /connection was lost .* set expect_disconnect = true/,
  );

  // What identifies the boot: before, on the system that still goes down, and on the new one.
  const marks = ['one', 'one', 'two', 'three'];
  server.behaviour.rewrite = (command) => (command.includes('boot_id') ? `echo ${marks.shift()}` : command);
  const result = await provision(
    'shell',
    { ...config, expect_disconnect: true, skip_clean: true },
    communicator,
  );
  assert.ok(result.said.some((text) => text.includes('waiting for the guest to come back')));
  assert.deepEqual(marks, ['three'], 'the provisioner ends when the new boot answers');
});

test('shell: the upload is tried again, until the time is up, and at once given up when that cannot help', async (t) => {
  const { dir, communicator } = await guest(t);
  const missing = join(dir, 'later');
  const run = (more: JsonObject) =>
    provision('shell', { inline: ['echo hi'], remote_folder: missing, ...more }, communicator);
  await assert.rejects(run({ start_retry_timeout: '1s' }), /Uploading .*later\/script_\d+\.sh failed/);
  const attempt = run({ start_retry_timeout: '30s' });
  await mkdir(missing);
  assert.deepEqual((await attempt).stdout, ['hi']);
  await assert.rejects(provision('shell', { inline: ['true'] }, noCommunicator), /communicator = "none"/);
});

test('shell: an abort ends the script in the guest', async (t) => {
  const { dir, communicator, server } = await guest(t);
  const stop = new AbortController();
  server.behaviour.onExec = () => setImmediate(() => stop.abort(new Error('interrupted')));
  const run = provision('shell', { inline: ['sleep 1000'], remote_folder: dir }, communicator, {
    signal: stop.signal,
  });
  await assert.rejects(run, /interrupted/);
  while (server.running() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('shell-local: scripts, environment, exit statuses; nothing is left behind', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const leftovers = async () =>
    (await readdir(tmpdir())).filter((name) => name.startsWith('vmm-hcl-script-'));
  const before = await leftovers();
  const script = join(dir, `it's a script.sh`);
  await writeFile(script, '#!/bin/sh\necho "$0 $A $PACKER_BUILD_NAME $PACKER_RUN_UUID"\n');
  await chmod(script, 0o755);
  const named = await provision('shell-local', { script, env: { A: `it's` } });
  assert.deepEqual(named.stdout, [`${script} it's web run-uuid`]);

  const secret = { env: { SECRET: 'correct horse' } };
  const inline = await provision('shell-local', {
    inline: [
      'stat -c %a "$0" "$(dirname "$0")"; tr "\\0" " " < /proc/$PPID/cmdline; echo; cat /proc/$$/cmdline | tr "\\0" " "; echo "$SECRET" >&2; echo "$CORRECT"',
    ],
    tempfile_extension: '.sh',
    ...secret,
  });
  assert.deepEqual(inline.stdout.slice(0, 2), ['700', '700']);
  assert.ok(!inline.stdout.join().includes('correct horse'), 'the environment is not in the arguments');
  assert.deepEqual(inline.stderr, ['correct horse']);

  const custom = await provision('shell-local', {
    inline: ['echo "$A$B"'],
    environment_vars: ['A=1'],
    execute_command: ['/bin/sh', '-c', 'B=2 {{.Vars}} /bin/sh {{.Script}}'],
  });
  assert.deepEqual(custom.stdout, ['12']);
  assert.deepEqual((await provision('shell-local', { command: 'echo command' })).stdout, ['command']);
  await provision('shell-local', { inline: ['exit 4'], valid_exit_codes: [4] });
  await assert.rejects(
    provision('shell-local', { inline: ['exit 4'] }),
    /inline script on this machine failed with exit status 4/,
  );
  await assert.rejects(provision('shell-local', { script: join(dir, 'none') }), /cannot be read/);
  const skipped = await provision('shell-local', { inline: ['echo no'], only_on: ['windows'] });
  assert.deepEqual(
    [skipped.stdout, skipped.said],
    [[], [`Skipped: this machine runs ${process.platform}, and only_on says windows`]],
  );
  assert.deepEqual(await leftovers(), before);
});

test('shell-local: an abort ends the script and what it has started', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const stop = new AbortController();
  const provisioner = await findProvisioner('shell-local');
  let child = 0;
  const run = provisioner?.run(
    { inline: ['sleep 1000 & echo $!; wait'] },
    {
      communicator: noCommunicator,
      ui: {
        say: () => {},
        error: () => {},
        output: (_stream, line) => {
          child = Number(line);
          stop.abort(new Error('interrupted'));
        },
      },
      signal: stop.signal,
      data,
      sourceName: 'web',
      sourceType: 'vmm',
    },
  );
  await assert.rejects(run ?? Promise.resolve(), /interrupted/);
  const isGone = () => {
    try {
      process.kill(child, 0);
      return false;
    } catch {
      return true;
    }
  };
  while (!isGone()) await new Promise((resolve) => setTimeout(resolve, 10));
});

test('file: up, with names, modes, folders and content', async (t) => {
  const { dir, communicator } = await guest(t);
  const source = join(dir, 'run.sh');
  await writeFile(source, 'run');
  await chmod(source, 0o750);
  await mkdir(join(dir, 'tree', 'sub'), { recursive: true });
  await writeFile(join(dir, 'tree', 'sub', 'leaf'), 'leaf');
  await mkdir(join(dir, 'guest'));
  const upload = (config: JsonObject) => provision('file', config, communicator);
  await upload({ source, destination: `${dir}/guest/` });
  await upload({
    sources: [source, join(dir, 'tree')],
    destination: `${dir}/guest/many/`.replace('many/', ''),
  });
  await upload({ source: `${dir}/tree/`, destination: `${dir}/guest/contents` });
  await upload({ content: 'text\n', destination: `${dir}/guest/content` });
  assert.equal((await stat(join(dir, 'guest', 'run.sh'))).mode & 0o777, 0o750);
  assert.deepEqual((await readdir(join(dir, 'guest'), { recursive: true })).sort(), [
    'content',
    'contents',
    'contents/sub',
    'contents/sub/leaf',
    'run.sh',
    'tree',
    'tree/sub',
    'tree/sub/leaf',
  ]);
  assert.equal(await readFile(join(dir, 'guest', 'content'), 'utf8'), 'text\n');
  await assert.rejects(
    upload({ content: 'x', destination: `${dir}/guest/` }),
    /Give the name of the file to write/,
  );
  await assert.rejects(
    upload({ source: join(dir, 'none'), destination: '/x' }),
    /file to upload cannot be read: ENOENT/,
  );
});

test('file: down, into folders that are made for it', async (t) => {
  const { dir, communicator } = await guest(t);
  await writeFile(join(dir, 'remote'), 'remote');
  const download = (config: JsonObject) =>
    provision('file', { direction: 'download', ...config }, communicator);
  await download({ source: join(dir, 'remote'), destination: join(dir, 'a', 'b', 'local') });
  await download({ source: join(dir, 'remote'), destination: `${join(dir, 'c')}/` });
  assert.equal(await readFile(join(dir, 'a', 'b', 'local'), 'utf8'), 'remote');
  assert.equal(await readFile(join(dir, 'c', 'remote'), 'utf8'), 'remote');
});

test('file: folders and patterns come down into a folder', async (t) => {
  const { dir, communicator } = await guest(t);
  const there = join(dir, "it's $HOME");
  await mkdir(join(there, 'deep', 'er'), { recursive: true });
  const files = ['a.log', 'b.log', 'c.txt', 'deep/d.log', 'deep/er/e\nf', 'deep/er/.hidden'];
  for (const name of files) await writeFile(join(there, name), name);
  await mkdir(join(there, 'hollow', 'folder'), { recursive: true });
  const download = async (source: string, to: string) => {
    const destination = join(dir, to);
    await provision('file', { direction: 'download', source, destination }, communicator);
    const found = (await readdir(destination, { recursive: true, withFileTypes: true })).filter((one) =>
      one.isFile(),
    );
    const names = found.map((one) => relative(destination, join(one.parentPath, one.name))).sort();
    for (const name of names)
      assert.ok(files.includes(await readFile(join(destination, name), 'utf8')), name);
    return names;
  };
  assert.deepEqual(await download(`${there}/`, 'all'), [...files].sort());
  assert.ok(existsSync(join(dir, 'all', 'hollow', 'folder')), 'empty folders come too');
  assert.deepEqual(await download(`${there}/*.log`, 'x/logs/'), ['a.log', 'b.log']);
  assert.deepEqual(await download(`${there}/[c-d]*`, 'tree'), files.slice(2).sort());
  assert.deepEqual(await download(`${there}/d??p/d.*`, 'one'), ['d.log']);
  await assert.rejects(
    download(`${there}/none*`, 'none'),
    /cannot be listed in the guest \(status 1\): .*none\*/,
  );
  assert.ok(!existsSync(join(dir, 'none')), 'nothing is made for nothing');
  await assert.rejects(download(`${there}/a.log/`, 'none'), /a\.log is a file in the guest, and the source/);
  await mkdir(join(there, 'other'));
  await writeFile(join(there, 'other', 'd.log'), 'another');
  await assert.rejects(
    download(`${there}/*/d.log`, 'none'),
    /deep\/d\.log and .*other\/d\.log would both become d\.log/,
  );
  const liar = {
    ...noCommunicator,
    exec: (_command: string, { onStdout }: ExecOptions) => {
      onStdout?.(Buffer.from('/a\0\0/a\0\0/a/../../etc/passwd\0'));
      return Promise.resolve({ status: 0 });
    },
  };
  const lie = provision(
    'file',
    { direction: 'download', source: '/a/', destination: join(dir, 'lie') },
    liar,
  );
  await assert.rejects(lie, /names a file .*passwd, which is not below/);
});

test('sleep: the time passes, and an abort ends it', async () => {
  const before = performance.now();
  const { said } = await provision('sleep', { duration: '20ms' });
  assert.ok(performance.now() - before >= 19);
  assert.deepEqual(said, ['Sleeping 0.02 s']);
  const stop = new AbortController();
  const sleeping = provision('sleep', { duration: '1h' }, noCommunicator, { signal: stop.signal });
  stop.abort(new Error('interrupted'));
  await assert.rejects(sleeping, /interrupted/);
});

test('breakpoint: waits for Enter, says so where nobody can press it, and can be disabled', async () => {
  const asked: string[] = [];
  const pause = (text: string) => Promise.resolve(void asked.push(text));
  await provision('breakpoint', { note: 'look', disable: false }, noCommunicator, { pause });
  await provision('breakpoint', {}, noCommunicator, { pause });
  assert.deepEqual(asked, ['The breakpoint "look"', 'The breakpoint']);
  await assert.rejects(
    provision('breakpoint', { note: 'look' }),
    /"look" waits for Enter, and there is no terminal/,
  );
  const { said } = await provision('breakpoint', { note: 'look', disable: true }, noCommunicator, { pause });
  assert.deepEqual(said, ['The breakpoint "look" is disabled; going on']);
  assert.equal(asked.length, 2);
});

/** A program that writes down how it was called, and the inventory and the key as it found them. */
async function fakeAnsible(t: TestContext, status = 0) {
  const dir = await mkdtemp(join(tmpdir(), 'vmm-hcl-test-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const command = join(dir, 'ansible-playbook');
  const lines = [
    '#!/bin/sh',
    `printf '%s\\n' "$@" > '${dir}/args'`,
    `env > '${dir}/env'`,
    'while [ "$1" != -i ]; do shift; done',
    `ls -l "$2" | cut -c1-10 > '${dir}/mode'`,
    `cp "$2" '${dir}/inventory'`,
    `key=$(sed -n 's/.*private_key_file":"\\([^"]*\\)".*/\\1/p' "$2")`,
    `[ -z "$key" ] || { cat "$key"; ls -l "$key" | cut -c1-10; } > '${dir}/key'`,
    'echo "PLAY RECAP"; echo warning >&2',
    `exit ${status}`,
  ];
  await writeFile(command, lines.join('\n'), { mode: 0o755 });
  return { dir, command, read: (name: string) => readFile(join(dir, name), 'utf8') };
}

const reachable: Communicator = { ...noCommunicator, type: 'ssh', relay: () => Promise.resolve(undefined) };

test('ansible: arguments, inventory and environment; secrets are in files for their owner only', async (t) => {
  const { command, read } = await fakeAnsible(t);
  const password = 'p"{{ x }}\\';
  const config = {
    playbook_file: 'site.yml',
    command,
    extra_arguments: ['--tags', 'a b'],
    ansible_env_vars: ['A=1=2'],
    groups: ['web'],
    empty_groups: ['db'],
    ansible_ssh_extra_args: ['-o A=1', '-v'],
    roles_path: '/roles',
    use_proxy: true,
  };
  const { stdout, stderr, said } = await provision('ansible', config, reachable, {
    data: { Password: password, SSHPrivateKey: 'KEY\nLINE' },
  });
  assert.deepEqual([stdout, stderr], [['PLAY RECAP'], ['warning']]);
  assert.match(said[0] ?? '', /use_proxy has no effect/);
  const args = (await read('args')).trimEnd().split('\n');
  const inventory = args.at(-2) ?? '';
  assert.deepEqual(args, [
    ...[
      '-e',
      'packer_build_name=web',
      '-e',
      'packer_builder_type=vmm',
      '-e',
      'packer_http_addr=100.64.1.2:8123',
    ],
    ...['--tags', 'a b', '-i', inventory, resolve('site.yml')],
  ]);
  assert.ok(!existsSync(dirname(inventory)), 'the private folder is gone');
  assert.equal(await read('mode'), '-rw-------\n');
  assert.equal(await read('key'), 'KEY\nLINE\n-rw-------\n');
  const inventoryNow = async () => {
    const customTags = [{ tag: '!unsafe', resolve: (text: string) => text }];
    const { all } = parse(await read('inventory'), { customTags }) as {
      all: { hosts: Record<string, Record<string, unknown>>; children: unknown };
    };
    return { children: all.children, host: all.hosts['default'] ?? {} };
  };
  const { children, host: variables } = await inventoryNow();
  const { ansible_ssh_private_key_file: keyFile, ansible_ssh_common_args: common, ...host } = variables;
  assert.equal(dirname(String(keyFile)), dirname(inventory));
  assert.match(String(common), /StrictHostKeyChecking=no .*IdentitiesOnly=yes/);
  assert.deepEqual(host, {
    ansible_host: '100.64.1.3',
    ansible_port: 22,
    ansible_user: 'root',
    ansible_connection: 'ssh',
    ansible_ssh_extra_args: '-o A=1 -v',
  });
  assert.deepEqual(children, { web: { hosts: { default: {} } }, db: {} });
  const environment = await read('env');
  for (const line of ['A=1=2', 'ANSIBLE_HOST_KEY_CHECKING=False', 'ANSIBLE_ROLES_PATH=/roles'])
    assert.ok(environment.split('\n').includes(line), line);
  assert.ok(!environment.includes('KEY\n'));
  await provision('ansible', config, reachable, { data: { Password: password } });
  assert.equal((await inventoryNow()).host['ansible_password'], password);
  for (const name of ['args', 'env']) assert.ok(!(await read(name)).includes(password), name);
});

test("ansible: through a relay where the guest is not reached directly, unless the inventory is the user's own", async (t) => {
  const { dir, command, read } = await fakeAnsible(t, 2);
  const relays: string[] = [];
  const far: Communicator = {
    ...reachable,
    relay: () => {
      relays.push('opened');
      const close = () => Promise.resolve(void relays.push('closed'));
      return Promise.resolve({
        host: '127.0.0.1',
        port: 40_022,
        through: 'through the bastion host b:22',
        close,
      });
    },
  };
  const config = { playbook_file: 'site.yml', command };
  await assert.rejects(provision('ansible', config, far), /status 2/);
  assert.match(await read('inventory'), /"ansible_host":"127\.0\.0\.1","ansible_port":40022,/);
  assert.deepEqual(relays, ['opened', 'closed'], 'also after a failure');
  await writeFile(join(dir, 'hosts'), 'mine');
  await assert.rejects(
    provision('ansible', { ...config, inventory_file: join(dir, 'hosts') }, far),
    /status 2/,
  );
  assert.equal(relays.length, 2);
});

test('ansible: inventories in a folder of the user, failures, and other communicators', async (t) => {
  const { dir, command, read } = await fakeAnsible(t, 2);
  const own = join(dir, 'own');
  await mkdir(own);
  const config = { playbook_file: 'site.yml', command, inventory_directory: own };
  await assert.rejects(provision('ansible', config, reachable), /ansible-playbook failed with exit status 2/);
  assert.ok((await read('args')).includes(`${own}/vmm-hcl-inventory-`));
  assert.deepEqual(await readdir(own), [], 'also after a failure');
  await assert.rejects(provision('ansible', { ...config, keep_inventory_file: true }, reachable), /status 2/);
  assert.equal((await readdir(own)).length, 1);
  await writeFile(join(own, 'hosts'), 'mine');
  await assert.rejects(
    provision('ansible', { ...config, inventory_file: join(own, 'hosts') }, reachable),
    /status 2/,
  );
  assert.equal(await read('inventory'), 'mine');
  assert.ok(existsSync(join(own, 'hosts')));
  await assert.rejects(
    provision('ansible', { ...config, command: join(dir, 'none') }, reachable),
    /none was not found/,
  );
  const data = { ConnType: 'none' };
  await assert.rejects(provision('ansible', config, noCommunicator, { data }), /Set communicator = "ssh"/);
});

test('ansible-local: what is uploaded, and how the playbooks are played', async (t) => {
  const { dir, communicator } = await guest(t);
  const local = (name: string) => join(dir, 'local', name);
  for (const name of [
    'play/site.yml',
    'play/tasks/main.yml',
    'alone.yml',
    'roles/base/tasks/main.yml',
    'collections/acme/galaxy.yml',
    'common/x.yml',
    'gv/all.yml',
    'hv/127.0.0.1.yml',
  ]) {
    await mkdir(dirname(local(name)), { recursive: true });
    await writeFile(local(name), name);
  }
  await writeFile(local('req.yml'), 'roles: [a.b]\ncollections: [c.d]\n');
  const log = join(dir, 'log');
  const tool = join(dir, 'tool');
  await writeFile(
    tool,
    `#!/bin/sh\n{ pwd; echo "$A"; printf '<%s>' "$@"; echo; } >> '${log}'\necho playing\n`,
    {
      mode: 0o755,
    },
  );
  const staging = join(dir, "it's staged");
  const config = {
    playbook_files: [local('play/site.yml'), local('alone.yml')],
    playbook_dir: local('play'),
    playbook_paths: [local('common')],
    role_paths: [local('roles/base')],
    collection_paths: [`${local('collections/acme')}/`],
    group_vars: local('gv'),
    host_vars: local('hv'),
    inventory_groups: ['web', 'db'],
    galaxy_file: local('req.yml'),
    galaxy_command: `'${tool}'`,
    galaxy_roles_path: '/etc/roles',
    command: `A=1 '${tool}'`,
    extra_arguments: ['--tags "a b"'],
    staging_directory: staging,
  };
  const { stdout, said } = await provision('ansible-local', config, communicator);
  assert.deepEqual(stdout, Array(4).fill('playing'));
  assert.ok(said.includes(`Playing ${local('alone.yml')}`));
  assert.deepEqual((await readdir(staging, { recursive: true })).sort(), [
    'alone.yml',
    'collections',
    'collections/acme',
    'collections/acme/galaxy.yml',
    'group_vars',
    'group_vars/all.yml',
    'host_vars',
    'host_vars/127.0.0.1.yml',
    'packer-provisioner-ansible-local.hosts',
    'playbooks',
    'playbooks/common',
    'playbooks/common/x.yml',
    'req.yml',
    'roles',
    'roles/base',
    'roles/base/tasks',
    'roles/base/tasks/main.yml',
    'site.yml',
    'tasks',
    'tasks/main.yml',
  ]);
  const hosts = join(staging, 'packer-provisioner-ansible-local.hosts');
  assert.equal(await readFile(hosts, 'utf8'), '[web]\n127.0.0.1\n[db]\n127.0.0.1\n');
  const variables = 'packer_build_name=web packer_builder_type=vmm packer_http_addr=100.64.1.2:8123';
  const play = (name: string) =>
    `<${staging}/${name}><--extra-vars><${variables}><--tags><a b><-c><local><-i><${hosts}>`;
  assert.deepEqual((await readFile(log, 'utf8')).split('\n'), [
    ...[staging, '', `<install><-r><${staging}/req.yml><-p></etc/roles><-f>`],
    ...[staging, '', `<collection><install><-r><${staging}/req.yml><-p><${staging}/collections><-f>`],
    ...[staging, '1', play('site.yml')],
    ...[staging, '1', play('alone.yml')],
    '',
  ]);
});

test('ansible-local: an own inventory, the staging directory, and failures', async (t) => {
  const { dir, communicator, commands } = await guest(t);
  const playbook = join(dir, 'site.yml');
  const inventory = join(dir, 'own');
  await writeFile(playbook, '');
  await writeFile(inventory, 'localhost\n');
  const staging = join(dir, 'staging');
  const run = (more: JsonObject) =>
    provision(
      'ansible-local',
      { playbook_file: playbook, inventory_file: inventory, staging_directory: staging, ...more },
      communicator,
    );
  await run({ command: 'cat own; :' }).then(({ stdout }) => assert.deepEqual(stdout, ['localhost']));
  assert.ok(existsSync(staging));
  await run({ command: ':', clean_staging_directory: true });
  assert.ok(!existsSync(staging));
  await assert.rejects(run({ command: 'exit 4;' }), /" failed in the guest with status 4\.$/);
  await assert.rejects(run({ command: 'no-such-ansible' }), /status 127\. .*install Ansible in the guest/);
  commands.length = 0;
  await assert.rejects(run({ playbook_file: join(dir, 'none.yml') }), /uploads cannot be read: ENOENT/);
  await assert.rejects(run({ group_vars: playbook }), /needs a folder and .*site\.yml is a file/);
  await writeFile(join(dir, 'req.yml'), 'a: [');
  await assert.rejects(run({ galaxy_file: join(dir, 'req.yml') }), /req\.yml is not a file of requirements/);
  assert.deepEqual(commands, [], 'nothing was begun');
  await assert.rejects(provision('ansible-local', { playbook_file: playbook }), /communicator = "none"/);
});
