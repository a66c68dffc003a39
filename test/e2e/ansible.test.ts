// Playbooks that fail, or are interrupted, in whole builds on the strict fake of vmctl: what is said, and what is left.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { startSocksServer } from '../communicator/socks-server.ts';
import { Place, SSH_PORT } from './faults/place.ts';
import type { Source } from './faults/template.ts';
import { CliRun } from './support/cli.ts';
import { commandsWith } from './process-list.ts';
import { ANSIBLE, cliTest } from './support/machine-test.ts';

/** A build whose provisioner plays this playbook in a guest with the programs of this machine. */
async function play(
  context: TestContext,
  playbook: string,
  { source, ansible = '' }: { source?: (place: Place) => Source['source']; ansible?: string } = {},
): Promise<{ place: Place; run: CliRun }> {
  const place = await Place.create(context, {
    source: (own) => ({
      source: source?.(own),
      build: `  provisioner "ansible" {\n    playbook_file = "site.yml"\n${ansible}  }\n`,
    }),
  });
  place.workspace.write('site.yml', playbook);
  const run = new CliRun(
    context,
    ['build', '-hypervisor=vmctl', `-vm-conf=${place.path('vmd/vm.conf')}`, 'build.pkr.hcl'],
    {
      cwd: place.path(),
      env: place.env,
    },
  );
  return { place, run };
}

const raw = (command: string): string =>
  `- hosts: all\n  gather_facts: false\n  tasks:\n    - name: the one task\n      raw: ${command}\n`;

cliTest(
  'a task that fails, through a SOCKS proxy, ends the build with its name, and nothing of Ansible is left',
  async (context) => {
    const login = { user: 'me', password: 'of the proxy' };
    const socks = await startSocksServer(context, { login });
    const source = (place: Place) => ({
      ssh_host: place.address('guest'),
      ssh_proxy_host: '127.0.0.1',
      ssh_proxy_port: socks.port,
      ssh_proxy_username: login.user,
      ssh_proxy_password: login.password,
    });
    const { place, run } = await play(context, raw('echo it is so; exit 3'), { source });
    const { status, stdout, stderr } = await run.ended;
    assert.equal(status, 1, `${stdout}\n${stderr}`);
    assert.match(
      stdout,
      /^==> .*: While Ansible runs, 127\.0\.0\.1:\d+ leads to the guest through the SOCKS proxy/m,
    );
    assert.match(stdout, /"stdout": "it is so/);
    assert.match(stderr, /ansible-playbook failed with exit status 2\.\n  at build\.pkr\.hcl:\d+:3/);
    assert.match(stderr, /Probably: The task "the one task" failed;/);
    assert.deepEqual([...new Set(socks.asked)], [`${place.address('guest')}:${SSH_PORT}`]);
    assert.ok(socks.asked.length >= 2, 'Ansible has not come through the proxy');
    assert.deepEqual(run.processes, []);
    assert.deepEqual(place.leftovers('none'), []);
    place.end();
  },
  ANSIBLE,
);

cliTest(
  'a user whom the guest does not know: the verdict says that Ansible could not log in',
  async (context) => {
    const { place, run } = await play(context, raw('echo in'), { ansible: '    user = "nobody-here"\n' });
    const { status, stdout, stderr } = await run.ended;
    assert.equal(status, 1, `${stdout}\n${stderr}`);
    assert.match(stderr, /Probably: Ansible could not log in to the guest by itself: "nobody-here@.*denied/);
    assert.deepEqual(place.leftovers('none'), []);
    place.end();
  },
  ANSIBLE,
);

cliTest(
  'Ctrl-C while a task runs ends Ansible, its connections and its files',
  async (context) => {
    const { place, run } = await play(context, raw('sleep 300'));
    await run.until('the task runs', () => run.stdout.includes('the one task') && place.ssh!.running() > 0);
    run.interrupt();
    const { status } = await run.ended;
    assert.equal(status, 1);
    assert.deepEqual(run.processes, []);
    // A lasting connection of ssh has no environment to know it by, but the place of its socket as its name.
    assert.deepEqual(await commandsWith(place.path('tmp')), []);
    assert.deepEqual(place.leftovers('none'), []);
    place.end();
  },
  ANSIBLE,
);
