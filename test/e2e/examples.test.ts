// The examples, as they are: `plan` of each tells the command lines with which `build` then works on the strict fake of vmctl.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { describe, type TestContext } from 'node:test';
import ssh2 from 'ssh2';
import type { BuildPreview } from '../../src/build/preview/preview.ts';
import {
  asLogged,
  assertAsPlanned,
  assertFilesAppeared,
  commandsOf,
  planAndBuild,
} from './support/as-planned.ts';
import { runCli } from './support/cli.ts';
import { FakeHost, SSH_PORT } from './support/fake-host.ts';
import type { GuestSshd } from './support/guest-sshd.ts';
import { cliTest } from './support/machine-test.ts';
import { ROOT, VMCTL_FAKE } from './support/paths.ts';
import { Workspace } from './support/workspace.ts';

interface Example {
  /** Who logs in, with a key unless there is a password. */
  readonly login: Pick<GuestSshd, 'user' | 'password'>;
  /** Values for what a checkout has not: the big files; and for places that this user may not write to. */
  readonly vars: (workspace: Workspace) => readonly string[];
}

const EXAMPLES: Readonly<Record<string, Example>> = {
  'tiny-linux': {
    login: { user: 'root', password: 'tiny-secret' },
    vars: (at) => [`iso=${at.path('cd.iso')}`, `output_directory=${at.path('vm')}`],
  },
  'debian-serial': {
    login: { user: 'root' },
    vars: (at) => [`iso=${at.path('cd.iso')}`, `output_directory=${at.path('vm')}`],
  },
  'debian-preseed': {
    login: { user: 'packer' },
    vars: (at) => [`iso_url=${at.path('cd.iso')}`, 'iso_checksum=none', `image_directory=${at.path('vm')}`],
  },
  'openbsd-base': {
    login: { user: 'packer' },
    vars: (at) => [`kernel=${at.path('bsd.rd')}`, `image_directory=${at.path('vm')}`],
  },
  'openbsd-dev': {
    login: { user: 'packer' },
    vars: (at) => [`base_image=${at.path('base.qcow2')}`, `image_directory=${at.path('vm')}`],
  },
  'centos-base': {
    login: { user: 'packer' },
    vars: (at) => [`iso=${at.path('cd.iso')}`, `image_directory=${at.path('vm')}`],
  },
};

/** An image of a system that is installed, as the fake sees it. */
function writeBaseImage(workspace: Workspace): void {
  const path = workspace.path('base.qcow2');
  // Not by the host of the build, whose log is compared with the plan.
  const env = { ...process.env, VMM_FAKE_STATE: workspace.path('elsewhere') };
  execFileSync(`${VMCTL_FAKE}/vmctl`, ['create', '-s', '20G', path], { env, stdio: 'pipe' });
  const file = openSync(path, 'r+');
  writeSync(file, 'FAKE-OS {"system":"installed"}\n', 8192);
  closeSync(file);
}

/** An SSH agent with one key, on this path. */
async function startAgent(context: TestContext, path: string): Promise<void> {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = ssh2.utils.parseKey(pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
  assert.ok(!(key instanceof Error));
  const agent = createServer((connection) => {
    const protocol = new ssh2.AgentProtocol(false);
    protocol.on('identities', (request) => protocol.getIdentitiesReply(request, [key]));
    protocol.on('sign', (request, _key, data, options) =>
      protocol.signReply(request, key.sign(data, options.hash) as Buffer),
    );
    connection
      .on('error', () => {})
      .pipe(protocol)
      .pipe(connection);
  }).listen(path);
  await once(agent, 'listening');
  context.after(() => agent.close());
}

/** The example in the workspace, with one line more: only root may have a server on port 22. */
function copyWithPort(name: string, workspace: Workspace, port: number): string {
  const folder = workspace.path(name);
  cpSync(`${ROOT}/examples/${name}`, folder, { recursive: true });
  const template = `${folder}/${name}.pkr.hcl`;
  const text = readFileSync(template, 'utf8');
  const changed = text.replace(/^( +)(ssh_username\b)/m, `$1ssh_port = ${port}\n$1$2`);
  assert.notEqual(changed, text);
  writeFileSync(template, changed);
  return folder;
}

// They mostly wait for what they type to a machine.
describe('examples', { concurrency: true }, () => {
  cliTest('every example is built here', async () => {
    assert.deepEqual(Object.keys(EXAMPLES).sort(), readdirSync(`${ROOT}/examples`).sort());
  });

  for (const [name, example] of Object.entries(EXAMPLES)) {
    cliTest(`examples/${name}: its build runs the command lines of its plan`, async (context) => {
      const workspace = new Workspace(context);
      const uploads = workspace.path('uploads');
      mkdirSync(uploads);
      // Slow enough for those keys of a boot_command that a real installer reads in its last moments.
      const host = new FakeHost(workspace, { guest: { pace: 1_000 } }, { ...example.login, uploads });
      for (const file of ['cd.iso', 'bsd.rd']) writeFileSync(workspace.path(file), 'an installer');
      writeBaseImage(workspace);
      await startAgent(context, workspace.path('agent'));
      const env = { HOME: workspace.path('home'), SSH_AUTH_SOCK: workspace.path('agent') };
      const vars = example.vars(workspace).map((word) => `-var=${word}`);
      const folder = copyWithPort(name, workspace, SSH_PORT);

      const words = ['plan', '-json', '-hypervisor=vmctl', `-vm-conf=${host.vmConf}`, ...vars];
      const original = await runCli(context, [...words, `${ROOT}/examples/${name}`], {
        cwd: workspace.directory,
        env: { ...host.env, ...env },
      });
      assert.equal(original.status, 0, original.stderr);
      const { plan, host: run, guest } = await planAndBuild(context, workspace, [...vars, folder], host, env);

      const planned = commandsOf(plan, 'host');
      const [ofExample] = (JSON.parse(original.stdout) as { builds: BuildPreview[] }).builds;
      assert.deepEqual(planned, commandsOf(ofExample!, 'host'), 'the copy has another plan');
      assert.equal(asLogged(planned).length, planned.length, 'planned are more programs than the fake has');
      // To install, and to provision what has been installed.
      assert.equal(run.filter(([, command]) => command === 'start').length, 2);
      assertAsPlanned(asLogged(planned), run);
      assertAsPlanned(commandsOf(plan, 'guest'), guest);
      assertFilesAppeared(plan, workspace);
    });
  }
});
