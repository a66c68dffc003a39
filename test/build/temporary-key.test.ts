import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startSshServer } from '../communicator/ssh-server.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import type { FakeMachine } from './fake-hypervisor.ts';
import { makePlan, provisioner, run, temporaryFolder } from './harness.ts';

const noOtherWay = { ssh_password: undefined, temporary_key_pair: { type: 'ed25519' } } as const;

async function fetchText(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

/** A guest whose installer learns the public key as `learn` says, and lets nobody in but with that key. */
async function withGuest(t: TestContext, learn: (typed: string) => Promise<string> | string) {
  const server = await startSshServer(t);
  const commands: string[] = [];
  let machine: FakeMachine | undefined;
  server.behaviour.onExec = (command) => {
    commands.push(command);
    if (command.includes('power-off-the-fake')) machine?.powerOff();
  };
  const hypervisor = new FakeHypervisor({
    guest: { host: '127.0.0.1', port: server.port },
    install: async (started) => {
      await started.typedUntil('\r');
      server.behaviour.publicKey = await learn(started.typed.replaceAll('\r', ''));
      await writeFile(started.spec.disk.path, 'installed');
      started.powerOff();
    },
    provision: (started) => {
      machine = started;
    },
  });
  return { server, hypervisor, commands };
}

test('a temporary key from the boot command lets the build in, and is cleared; no event has its private half', async (t) => {
  const folder = await temporaryFolder(t);
  const { server, hypervisor, commands } = await withGuest(t, (typed) =>
    decodeURIComponent(typed.replaceAll('+', ' ')),
  );
  // The commands run on this machine, so their home is another one.
  await mkdir(join(folder, '.ssh'));
  const authorized = join(folder, '.ssh/authorized_keys');
  server.behaviour.rewrite = (command) =>
    command.includes('forget-key') ? `cd / && HOME='${folder}' && export HOME && ${command}` : command;
  hypervisor.onCall = (call) => {
    if (call === 'start provision') {
      void writeFile(authorized, `${server.behaviour.publicKey}\nssh-ed25519 AAAA mine\n`);
    }
  };
  const plan = makePlan(folder, {
    config: {
      communicator: 'ssh',
      boot_command: '{{ .SSHPublicKey | urlquery }}<enter>',
      shutdown_command: ': power-off-the-fake',
    },
    ssh: {
      ...noOtherWay,
      temporary_key_pair: { type: 'ed25519', name: 'packer-key' },
      ssh_clear_authorized_keys: true,
    },
    plan: { provisioners: [provisioner('shell', { inline: ['echo hello'] })] },
  });
  const { result, events, log } = await run(plan, hypervisor);
  assert.equal(result.failure, undefined);
  assert.match(server.behaviour.publicKey ?? '', /^ssh-ed25519 \S+ packer-key$/);
  assert.equal(await readFile(authorized, 'utf8'), 'ssh-ed25519 AAAA mine\n');
  assert.ok(commands.some((command) => command.includes('forget-key')));
  const said = events.flatMap((event) => (event.type === 'say' ? [event.text] : []));
  assert.ok(
    said.some((text) => text.startsWith('Removed the temporary key from ')),
    said.join('\n'),
  );
  assert.ok(said.some((text) => text.includes(`(ed25519) for this build: ${server.behaviour.publicKey}`)));
  assert.ok(log.includes('temporary key: success') && log.includes('undo temporary key'));
  assert.doesNotMatch(JSON.stringify(events), /PRIVATE KEY/);
});

test('a generated file brings the temporary key into the guest; provisioners know the pair', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'http'));
  await writeFile(join(folder, 'http/web1.conf.pkr.in'), '{{ .SSHPublicKey }}');
  const { hypervisor, server, commands } = await withGuest(t, (url) =>
    fetchText(url.replace(/\/\/[^:]+/, '//127.0.0.1')),
  );
  let known: { SSHPublicKey?: unknown; SSHPrivateKey?: unknown } = {};
  const plan = makePlan(folder, {
    config: {
      communicator: 'ssh',
      http_directory: join(folder, 'http'),
      http_bind_address: '127.0.0.1',
      http_port_min: 20_000,
      http_port_max: 30_000,
      boot_command: 'http://{{ .HTTPIP }}:{{ .HTTPPort }}/web1.conf<enter>',
      shutdown_command: ': power-off-the-fake',
    },
    ssh: noOtherWay,
    plan: {
      provisioners: [
        provisioner(
          'shell-local',
          {},
          {
            resolve: (data) => {
              known = data;
              return { ok: true, config: { inline: ['true'] } };
            },
          },
        ),
      ],
    },
  });
  const { result } = await run(plan, hypervisor);
  assert.equal(result.failure, undefined);
  assert.equal(known.SSHPublicKey, server.behaviour.publicKey);
  assert.match(String(known.SSHPrivateKey), /^-----BEGIN OPENSSH PRIVATE KEY-----/);
  // Nobody asked to clear the keys.
  assert.ok(!commands.some((command) => command.includes('forget-key')));
});

test('a temporary key that no generated file shows ends the build before anything is installed', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'http'));
  await writeFile(join(folder, 'http/other.conf.pkr.in'), '{{ .SSHPublicKey }}');
  await writeFile(join(folder, 'http/web1.conf.pkr.in'), 'no key');
  const plan = makePlan(folder, {
    config: { communicator: 'ssh', http_directory: join(folder, 'http'), http_bind_address: '127.0.0.1' },
    ssh: noOtherWay,
  });
  const { result } = await run(plan, new FakeHypervisor());
  assert.equal(result.failure?.step, 'generated files');
  assert.match(result.failure?.message ?? '', /only way into the guest, but no file .*web1\*\.pkr\.in holds/);
});
