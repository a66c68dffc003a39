// Builds in which all that comes after the installation has a part; and builds side by side.
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import { BootedImage } from './support/booted-image.ts';
import { startSshServer } from '../communicator/ssh-server.ts';
import { CliRun, runCli, type RunOutcome } from './support/cli.ts';
import { assertNothingRuns } from './support/leftovers.ts';
import { ANSIBLE, machineTest } from './support/machine-test.ts';
import { EXAMPLE, GUEST_ISO, TEMPLATES } from './support/paths.ts';
import { consoleText } from './support/steps.ts';
import { Workspace } from './support/workspace.ts';

const PASSWORD = 'correct-horse-battery';
const BASTION_PASSWORD = 'not-for-the-guest';

function assertSuccess({ status, stdout, stderr }: RunOutcome): void {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
}

machineTest(
  'every provisioner, a reboot among them, and every post-processor; then a second build on the image of the first',
  async (context) => {
    const workspace = new Workspace(context);
    const { vmName } = workspace;
    cpSync(`${TEMPLATES}/everything`, workspace.path('template'), { recursive: true });
    const build = async (only: string, ...flags: string[]): Promise<RunOutcome> => {
      const run = new CliRun(
        context,
        [
          'build',
          '-hypervisor=qemu',
          `-vm-conf=${EXAMPLE}/vm.conf`,
          `-only=${only}`,
          `-var=vm_name=${vmName}`,
          `-var=iso=${GUEST_ISO}`,
          ...flags,
          'template',
        ],
        { cwd: workspace.directory },
      );
      const commands = await commandsOf(run);
      for (const program of ['ansible-playbook', 'ssh']) {
        assert.ok(
          commands.some((command) => command.includes(`${program} `)),
          `${program} was not seen`,
        );
      }
      for (const secret of [PASSWORD, BASTION_PASSWORD, 'PRIVATE KEY']) {
        assert.deepEqual(
          commands.filter((command) => command.includes(secret)),
          [],
        );
      }
      await assertNothingRuns(run);
      return run.ended;
    };

    const first = await build('all.*');
    assertSuccess(first);
    assert.match(first.stdout, /The breakpoint "nobody is here" is disabled/);
    // Written in the guest after the reboot, brought here, and copied here.
    assert.equal(workspace.read('boot-after'), 'a new boot\n');
    assert.equal(workspace.read('boot-after-copy'), 'a new boot\n');
    assert.equal(workspace.read('post-processed'), 'post\n');
    assert.match(
      workspace.read('out', `${vmName}.sha256`),
      new RegExp(`^[0-9a-f]{64}\\t${vmName}\\.qcow2\\n$`),
    );
    // As the template names it.
    const archive = `out/${vmName}.tar.gz`;
    const manifest = JSON.parse(workspace.read('manifest.json')) as {
      builds: { files: { name: string; size: number }[] }[];
    };
    assert.deepEqual(manifest.builds[0]?.files, [
      { name: archive, size: statSync(workspace.path(archive)).size },
    ]);
    const image = workspace.path('out', `${vmName}.qcow2`);
    const before = readFileSync(image);

    const bastion = await startSshServer(context, {
      user: 'me',
      password: BASTION_PASSWORD,
      forwarding: true,
    });
    const second = await build('derived.*', `-var=bastion_port=${bastion.port}`);
    assertSuccess(second);
    assert.match(second.stdout, /dark green/);
    assert.match(
      second.stdout,
      /While Ansible runs, 127\.0\.0\.1:\d+ leads to the guest through the bastion host/,
    );
    assert.equal(
      bastion.connections(),
      1,
      'the communicator and Ansible share the connection to the bastion',
    );
    assertInventory(workspace);
    assert.ok(readFileSync(image).equals(before), 'the second build changed its base image');
    for (const { stdout, stderr } of [first, second]) {
      for (const secret of [PASSWORD, BASTION_PASSWORD]) {
        assert.ok(!stdout.includes(secret) && !stderr.includes(secret), 'a password is shown');
      }
    }

    const machine = await BootedImage.boot(
      context,
      workspace.path('out', `${vmName}-second.qcow2`),
      PASSWORD,
    );
    assert.equal(
      await machine.run(
        'cat /root/colour /root/build /root/second /root/tree/top "/root/tree/sub/with a space"',
      ),
      'dark green\nfirst\nsecond\na file of the tree\ndeeper\n',
    );
    assert.equal(await machine.run('hostname'), 'derived\n');
    assert.equal(await machine.run('ls /tmp'), '', 'the provisioners left files in the guest');
    await assertPlayed(machine);
    await assertPlayedInGuest(machine);
  },
  ANSIBLE,
);

/** Every command line of the run's processes, looked at again and again until it ends. */
async function commandsOf(run: CliRun): Promise<string[]> {
  const commands = new Set<string>();
  let ended = false;
  void run.ended.then(() => (ended = true));
  while (!ended) {
    for (const command of run.processes) commands.add(command);
    await delay(20);
  }
  return [...commands];
}

/** The inventory of the second build, which stays. */
function assertInventory(workspace: Workspace): void {
  const folder = workspace.path('template', 'ansible');
  const [name = ''] = readdirSync(folder).filter((file) => file.startsWith('vmm-hcl-inventory-'));
  assert.equal(statSync(`${folder}/${name}`).mode & 0o777, 0o600);
  const customTags = [{ tag: '!unsafe', resolve: (text: string) => text }];
  const { all } = parse(readFileSync(`${folder}/${name}`, 'utf8'), { customTags }) as Inventory;
  const { ansible_port: port, ansible_ssh_common_args: words, ...host } = all.hosts['default']!;
  assert.match(String(words), /UserKnownHostsFile=/);
  assert.notEqual(port, 22);
  assert.deepEqual(host, {
    ansible_host: '127.0.0.1',
    ansible_user: 'root',
    ansible_connection: 'ssh',
    ansible_password: PASSWORD,
  });
  assert.deepEqual(all.children, { guests: { hosts: { default: {} } } });
}

interface Inventory {
  readonly all: {
    readonly hosts: Readonly<Record<string, Record<string, unknown>>>;
    readonly children: unknown;
  };
}

/** What Ansible did from this machine: with the key in the first build, with the password in the second. */
async function assertPlayed(machine: BootedImage): Promise<void> {
  assert.equal(
    await machine.run('cat /root/ansible-colour /root/ansible-place'),
    'light the far east\nlight here\n' + 'tiny root hello from this machine 0\ndefault root  1\n',
  );
  assert.match(await machine.run('cat /root/ansible-report'), /^\S+ first vmm\nderived second vmm\n$/);
  assert.equal(await machine.run('ls /root | grep -c left-out || true'), '0\n');
}

/** What the stand-in for ansible-playbook was given in the guest (facts of Packer's ansible-local). */
async function assertPlayedInGuest(machine: BootedImage): Promise<void> {
  const read = (name: string) => machine.run(`cat /root/ansible-local/${name}`);
  const [staging = '', ...words] = (await read('arguments')).trimEnd().split('\n');
  assert.match(staging, /^\/tmp\/packer-provisioner-ansible-local\/[0-9a-f-]{36}$/);
  const [variables = '', ...rest] = words.slice(2);
  assert.deepEqual(words.slice(0, 2), [`<${staging}/local.yml>`, '<--extra-vars>']);
  assert.match(
    variables,
    /^<packer_build_name=first packer_builder_type=vmm packer_http_addr=100\.64\.\d+\.2:\d+>$/,
  );
  assert.deepEqual(rest, [
    '<--extra-vars>',
    "<region='the far east'>",
    '<-c>',
    '<local>',
    '<-i>',
    `<${staging}/packer-provisioner-ansible-local.hosts>`,
  ]);
  assert.equal(await read('inventory'), '[guests]\n127.0.0.1\n[tiny]\n127.0.0.1\n');
  assert.equal(await read('environment'), 'ANSIBLE_FORCE_COLOR=1\nPYTHONUNBUFFERED=1\n');
  assert.deepEqual((await read('files')).trimEnd().split('\n'), [
    './group_vars/guests.yml',
    './local.yml',
    './packer-provisioner-ansible-local.hosts',
    './report.sh',
    './roles/colour/tasks/main.yml',
    './site.yml',
  ]);
  assert.equal(await read('raw'), 'played in the guest\n');
}

machineTest('four builds at once share a folder of files, and each guest gets its own', async (context) => {
  const workspace = new Workspace(context);
  const names = [1, 2, 3, 4].map((number) => `${workspace.vmName}-${number}`);
  cpSync(`${TEMPLATES}/shared`, workspace.path('http'), { recursive: true });
  const outcome = await runCli(
    context,
    [
      'build',
      '-hypervisor=qemu',
      `-vm-conf=${EXAMPLE}/vm.conf`,
      `-var=names=${JSON.stringify(names)}`,
      '-var=http=http',
      `-var=iso=${GUEST_ISO}`,
      `${TEMPLATES}/four.pkr.hcl`,
    ],
    { cwd: workspace.directory },
  );
  assertSuccess(outcome);
  const ports = names.map((name) => {
    const text = consoleText(workspace, name);
    const port = /fetching http:\/\/[0-9.]+:(\d+)\/answers\.txt/.exec(text)?.[1];
    assert.ok(port, text);
    const image = readFileSync(workspace.path('out', `${name}.qcow2`));
    assert.ok(image.includes(`${name}-port-${port}\n`), `the answers of ${name} are not its own`);
    return port;
  });
  assert.equal(new Set(ports).size, names.length);
  assert.ok(!existsSync(workspace.path('http', 'answers.txt')), 'a generated file is left');
});
