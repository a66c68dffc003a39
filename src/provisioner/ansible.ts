import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Relay } from '../communicator/communicator.ts';
import { intend } from '../lib/belongings.ts';
import { LineSplitter } from '../lib/lines.ts';
import { describeEnd, startProcess } from '../lib/process/run.ts';
import { temporaryFolder } from '../lib/temporary-folder.ts';
import { hostCommand } from '../plan/action.ts';
import { inventoryText } from './ansible-inventory.ts';
import { ansibleEnvironment, endLastingConnections } from './ansible-ssh.ts';
import { scriptEnvironment } from './environment.ts';
import { Options } from './options.ts';
import type { ProvisionContext, Provisioner, ShownContext } from './provisioner.ts';

/** Runs ansible-playbook on this machine against the guest. Ansible connects by itself: there is no proxy in between. */
export const ansible: Provisioner = {
  type: 'ansible',
  async run(config, context) {
    const options = new Options(config);
    if (context.data.ConnType !== 'ssh') {
      throw new Error('The provisioner ansible reaches the guest over SSH. Set communicator = "ssh".');
    }
    const folder = await temporaryFolder('vmm-hcl-ansible-', 'the key and inventory for Ansible');
    let inventory: string | undefined;
    let relay: Relay | undefined;
    try {
      if (!options.string('inventory_file')) relay = await openRelay(context);
      inventory = await prepareInventory(folder.path, relay ?? addressOf(context), options, context);
      await play(folder.path, inventory, options, context);
    } finally {
      await endLastingConnections(folder.path);
      await relay?.close();
      await folder.remove();
      await removeInventory(inventory, options, context);
    }
  },
  describe: (config, context) => {
    const options = new Options(config);
    const place = options.string('inventory_directory') || '<temporary-folder>';
    const given = options.string('inventory_file');
    const inventory = given ? resolve(given) : join(place, 'inventory.yml');
    return Promise.resolve([
      ...(given
        ? []
        : [
            {
              type: 'path',
              path: inventory,
              what: 'inventory with the guest, for its owner only',
              stays: false,
            } as const,
          ]),
      hostCommand(commandOf(inventory, options, context)),
    ]);
  },
};

/** Ansible's ssh does not go through a bastion host or a proxy by itself, which may want a password: our connection leads it there. */
async function openRelay({ communicator, signal, ui }: ProvisionContext): Promise<Relay | undefined> {
  const relay = await communicator.relay(signal);
  if (relay !== undefined) {
    ui.say(`While Ansible runs, ${relay.host}:${relay.port} leads to the guest ${relay.through}`);
  }
  return relay;
}

function addressOf({ data }: ProvisionContext) {
  return { host: data.Host, port: data.Port };
}

/**
 * The inventory that is used: `inventory_file`, or one that is made with all that Ansible needs to log in. Arguments can be seen by
 * everybody, so the key and the password are in files for their owner alone.
 */
async function prepareInventory(
  folder: string,
  address: { readonly host: string; readonly port: number },
  options: Options,
  { data, ui }: ProvisionContext,
): Promise<string> {
  if (options.boolean('use_proxy')) {
    ui.say('use_proxy has no effect: Ansible logs in to the guest by itself, without an adapter');
  }
  const given = options.string('inventory_file');
  if (given) return resolve(given);
  let keyFile: string | undefined;
  if (data.SSHPrivateKey !== '') {
    keyFile = join(folder, 'key');
    // OpenSSH takes no key without its last line end.
    await writeFile(keyFile, `${data.SSHPrivateKey.trimEnd()}\n`, { mode: 0o600, flag: 'wx' });
  }
  const directory = options.string('inventory_directory');
  const name = directory ? `vmm-hcl-inventory-${randomBytes(4).toString('hex')}.yml` : 'inventory.yml';
  const path = join(directory ? resolve(directory) : folder, name);
  // In the temporary folder it goes with that.
  const isRecorded = directory !== '' && directory !== undefined && !options.boolean('keep_inventory_file');
  if (isRecorded) await intend({ kind: 'file', path, what: 'the inventory' });
  await writeFile(path, inventoryText(options, data, address, keyFile), { mode: 0o600, flag: 'wx' });
  return path;
}

/** The file in `inventory_directory`, unless it is to stay; a given one is not ours. */
async function removeInventory(
  path: string | undefined,
  options: Options,
  { ui }: ProvisionContext,
): Promise<void> {
  if (path === undefined || options.string('inventory_file')) return;
  if (options.boolean('keep_inventory_file') && options.string('inventory_directory')) {
    return ui.say(
      `The inventory stays (keep_inventory_file): ${path}. It may hold the password of the guest.`,
    );
  }
  await rm(path, { force: true });
}

/** The program that a block of ansible runs, whether it is there or not. */
export function ansibleProgram(options: Options): string {
  return options.string('command') || 'ansible-playbook';
}

function commandOf(inventory: string, options: Options, context: ShownContext): [string, ...string[]] {
  const address = scriptEnvironment(new Options({}), context).find(([name]) => name === 'PACKER_HTTP_ADDR');
  const variables = [
    `packer_build_name=${context.sourceName}`,
    `packer_builder_type=${context.sourceType}`,
    ...(address === undefined ? [] : [`packer_http_addr=${address[1]}`]),
  ];
  return [
    ansibleProgram(options),
    ...variables.flatMap((variable) => ['-e', variable]),
    ...(options.strings('extra_arguments') ?? []),
    '-i',
    inventory,
    resolve(options.string('playbook_file') ?? ''),
  ];
}

async function play(
  folder: string,
  inventory: string,
  options: Options,
  context: ProvisionContext,
): Promise<void> {
  const { signal, ui, data } = context;
  const [program, ...args] = commandOf(inventory, options, context);
  const given = Object.fromEntries(
    (options.strings('ansible_env_vars') ?? []).map((item): [string, string] => {
      const at = item.indexOf('=');
      return [item.slice(0, at), item.slice(at + 1)];
    }),
  );
  const { PATH, ...ours } = await ansibleEnvironment(folder, given['PATH'] ?? process.env['PATH']);
  const rolesPath = options.string('roles_path');
  const collectionsPath = options.string('collections_path');
  const output = {
    stdout: new LineSplitter((line) => ui.output('stdout', line)),
    stderr: new LineSplitter((line) => ui.output('stderr', line)),
  };
  ui.say(`Running ${program} with ${options.string('playbook_file')}`);
  const child = await startProcess(program, args, {
    signal,
    ownGroup: true,
    env: {
      // The guest is new: nobody knows its host key.
      ANSIBLE_HOST_KEY_CHECKING: 'False',
      PACKER_RUN_UUID: data.PackerRunUUID,
      ...ours,
      ...(rolesPath && { ANSIBLE_ROLES_PATH: resolve(rolesPath) }),
      ...(collectionsPath && { ANSIBLE_COLLECTIONS_PATH: resolve(collectionsPath) }),
      ...given,
      PATH,
    },
    onStdout: (chunk) => output.stdout.push(chunk),
    onStderr: (chunk) => output.stderr.push(chunk),
  });
  const end = await child.ended;
  output.stdout.end();
  output.stderr.end();
  signal.throwIfAborted();
  if (end.exitCode !== 0) throw new Error(`${program} ${describeEnd(end)}.`);
}
