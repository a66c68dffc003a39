import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BuildEvent } from '../../src/build/events.ts';
import { startSshServer } from '../communicator/ssh-server.ts';
import { FakeHypervisor } from './fake-hypervisor.ts';
import { makePlan, provisioner, run, temporaryFolder } from './harness.ts';

/** Each command of a build with its end. */
function commandsOf(events: readonly BuildEvent[], build: string): unknown[] {
  return events.flatMap((event) => {
    if (event.build !== build || event.type !== 'command') return [];
    const ends = events.filter(
      (end) => end.type === 'command-end' && end.build === build && end.id === event.id,
    );
    return [[event.where, event.command.at(-1), ...ends.map(endOf)]];
  });
}

function endOf(event: BuildEvent): unknown {
  assert.ok(event.type === 'command-end' && event.duration >= 0);
  return event.signal ?? event.error ?? event.status;
}

test('every command is an event of the build that ran it, and so is its end', async (t) => {
  const folder = await temporaryFolder(t);
  const ssh = await startSshServer(t, { password: 'correct horse' });
  const hypervisor = new FakeHypervisor({ guest: { host: '127.0.0.1', port: ssh.port } });
  const local = (word: string, status: number) =>
    provisioner('shell-local', {
      execute_command: ['/bin/sh', '-c', `exit ${status}`, word],
      inline: ['true'],
      valid_exit_codes: [0, status],
    });
  const plans = ['one', 'two'].map((name, index) =>
    makePlan(join(folder, name), {
      config: { communicator: index === 0 ? 'ssh' : 'none', vm_name: name },
      plan: {
        name: `vmm.${name}`,
        provisioners: [
          local(name, index + 3),
          ...(index === 0
            ? [
                provisioner('shell', {
                  inline: ['exit 7'],
                  valid_exit_codes: [7],
                  execute_command: 'sh {{.Path}}',
                  remote_path: join(folder, 'script.sh'),
                  skip_clean: true,
                }),
              ]
            : []),
        ],
      },
    }),
  );
  const { results, events } = await run(plans, hypervisor);
  assert.deepEqual(
    results.map(({ outcome, failure }) => failure?.message ?? outcome),
    ['success', 'success'],
  );
  assert.deepEqual(commandsOf(events, 'vmm.one'), [
    ['host', 'one', 3],
    ['guest', `sh ${join(folder, 'script.sh')}`, 7],
    ['guest', 'sync', 0],
  ]);
  assert.deepEqual(commandsOf(events, 'vmm.two'), [['host', 'two', 4]]);
});

test('a program that cannot be started, and one that is killed, have an end too', async (t) => {
  const folder = await temporaryFolder(t);
  const ssh = await startSshServer(t, { password: 'correct horse' });
  const hypervisor = new FakeHypervisor({ guest: { host: '127.0.0.1', port: ssh.port } });
  const gone = { continueOnError: true };
  const plan = makePlan(folder, {
    config: { communicator: 'ssh' },
    plan: {
      provisioners: [
        provisioner('shell-local', { execute_command: ['/no/such/program'], inline: ['true'] }, gone),
        provisioner(
          'shell-local',
          { execute_command: ['/bin/sh', '-c', 'kill -9 $$'], inline: ['true'] },
          gone,
        ),
      ],
    },
  });
  const { events } = await run(plan, hypervisor);
  const [missing, killed] = commandsOf(events, plan.name) as [unknown[], unknown[]];
  assert.match(String(missing[2]), /^\/no\/such\/program was not found/);
  assert.equal(killed[2], 'SIGKILL');
});

test('how far SSH came is an event whenever it changes, not at each attempt', async (t) => {
  const folder = await temporaryFolder(t);
  const ssh = await startSshServer(t, { password: 'another' });
  const hypervisor = new FakeHypervisor({ guest: { host: '127.0.0.1', port: ssh.port } });
  const plan = makePlan(folder, { config: { communicator: 'ssh' }, ssh: { ssh_handshake_attempts: 2 } });
  const { events, result } = await run(plan, hypervisor);
  assert.equal(result.failure?.step, 'connect');
  const states = events.filter((event) => event.type === 'ssh-state');
  assert.equal(states.length, 1);
  assert.equal(states[0]?.stage, 'authentication');
  assert.deepEqual(states[0]?.tried?.slice(0, 1), ['password']);
  assert.match(states[0]?.text ?? '', /^user "root" was refused/);
});
