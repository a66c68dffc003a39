import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { DISCONNECTED } from '../communicator/communicator.ts';
import { LineSplitter } from '../lib/lines.ts';
import { shellQuote } from '../lib/process/shell-words.ts';
import type { Action } from '../plan/action.ts';
import { guestCommand } from '../plan/action.ts';
import { scriptEnvironment } from './environment.ts';
import { Options } from './options.ts';
import type { ProvisionContext, Provisioner, ShownContext } from './provisioner.ts';
import { transfer, transferMany } from './transfer.ts';

/** Uploads playbooks, and what belongs to them, and runs ansible-playbook in the guest. */
export const ansibleLocal: Provisioner = {
  type: 'ansible-local',
  async run(config, context) {
    const work = await workOf(new Options(config), context, randomUUID());
    await must(work.prepare, context);
    for (const item of work.uploads) await upload(item, context);
    for (const { label, command } of work.commands) {
      context.ui.say(label);
      await must(command, context);
    }
    if (work.clean !== undefined) await must(work.clean, context);
  },
  async describe(config, context) {
    const work = await workOf(new Options(config), context, '<uuid>');
    return [
      guestCommand(work.prepare),
      ...work.uploads.map(({ to, ...item }): Action =>
        'content' in item
          ? { type: 'upload', content: item.content, to, mode: MODE.toString(8) }
          : item.isFolder
            ? { type: 'upload', from: `${resolve(item.from)}/`, to }
            : { type: 'upload', from: resolve(item.from), to, mode: MODE.toString(8) },
      ),
      ...work.commands.map(({ command }) => guestCommand(command)),
      ...(work.clean === undefined ? [] : [guestCommand(work.clean)]),
    ];
  },
};

/** Packer's folder for staging directories, each under a name of its own. */
const STAGING = '/tmp/packer-provisioner-ansible-local';

/** Permission bits of the files that are uploaded one by one. */
const MODE = 0o644;

type Upload = { readonly to: string } & (
  { readonly content: string } | { readonly from: string; readonly isFolder: boolean }
);

/** What is done, in order. */
interface Work {
  readonly prepare: string;
  readonly uploads: readonly Upload[];
  readonly commands: readonly { readonly label: string; readonly command: string }[];
  readonly clean?: string;
}

async function workOf(options: Options, context: ShownContext, uuid: string): Promise<Work> {
  const given = options.string('staging_directory');
  const staging = given || `${STAGING}/${uuid}`;
  const at = (...names: string[]) => posix.join(staging, ...names);
  const playbooks = playbooksOf(options);
  const inventoryFile = options.string('inventory_file');
  const inventory = at(inventoryFile ? basename(inventoryFile) : 'packer-provisioner-ansible-local.hosts');
  const galaxyFile = options.string('galaxy_file');
  const uploads: Upload[] = [];
  const folder = (from: string | undefined, to: string) => {
    if (from) uploads.push({ from, to, isFolder: true });
  };
  folder(options.string('playbook_dir'), staging);
  for (const { path, name, isInside } of playbooks)
    if (!isInside) uploads.push({ from: path, to: at(name), isFolder: false });
  if (galaxyFile) uploads.push({ from: galaxyFile, to: at(basename(galaxyFile)), isFolder: false });
  if (inventoryFile) uploads.push({ from: inventoryFile, to: inventory, isFolder: false });
  else uploads.push({ content: inventoryText(options.strings('inventory_groups') ?? []), to: inventory });
  folder(options.string('group_vars'), at('group_vars'));
  folder(options.string('host_vars'), at('host_vars'));
  for (const [option, place] of [
    ['role_paths', 'roles'],
    ['collection_paths', 'collections'],
    ['playbook_paths', 'playbooks'],
  ] as const) {
    for (const path of options.strings(option) ?? []) folder(path, at(place, basename(resolve(path))));
  }
  await checkReadable(uploads);
  const commands = galaxyFile ? await galaxyCommands(options, galaxyFile, staging) : [];
  for (const { name, path } of playbooks) {
    commands.push({
      label: `Playing ${path}`,
      command: playCommand(options, context, staging, inventory, name),
    });
  }
  return {
    prepare: `mkdir -p ${shellQuote(staging)}`,
    uploads,
    commands,
    ...(options.boolean('clean_staging_directory') && {
      // The folder around it is ours as well, if it is not in use.
      clean: `rm -rf ${shellQuote(staging)}${given ? '' : `; rmdir ${STAGING} 2>/dev/null || :`}`,
    }),
  };
}

interface Playbook {
  readonly path: string;
  /** Below the staging directory. */
  readonly name: string;
  /** It comes with `playbook_dir`. */
  readonly isInside: boolean;
}

function playbooksOf(options: Options): Playbook[] {
  const one = options.string('playbook_file');
  const directory = options.string('playbook_dir');
  return (options.strings('playbook_files') ?? (one === undefined ? [] : [one])).map((path) => {
    const inside = directory ? relative(resolve(directory), resolve(path)) : '..';
    const isInside = !isAbsolute(inside) && inside.split(sep)[0] !== '..';
    return { path, isInside, name: isInside ? inside.split(sep).join('/') : basename(path) };
  });
}

/** An inventory in which the guest is the only host, in the groups of the template. */
function inventoryText(groups: readonly string[]): string {
  if (groups.length === 0) return '127.0.0.1\n';
  return groups.map((group) => `[${group}]\n127.0.0.1\n`).join('');
}

/** @throws Error naming what cannot be read, before anything is done in the guest */
async function checkReadable(uploads: readonly Upload[]): Promise<void> {
  for (const item of uploads) {
    if ('content' in item) continue;
    const info = await stat(item.from).catch((cause: Error) => {
      throw new Error(`What ansible-local uploads cannot be read: ${cause.message}.`, { cause });
    });
    if (info.isDirectory() === item.isFolder) continue;
    throw new Error(
      `ansible-local needs a ${item.isFolder ? 'folder' : 'file'} and ${item.from} is a ${item.isFolder ? 'file' : 'folder'}.`,
    );
  }
}

/** A file of requirements is a list of roles, or has lists of `roles` and of `collections`, which take a command each. */
async function galaxyCommands(options: Options, path: string, staging: string) {
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Error(`galaxy_file ${path} is not a file of requirements: ${(cause as Error).message}`, {
      cause,
    });
  }
  const has = (key: string) => typeof content === 'object' && content !== null && key in content;
  const command = options.string('galaxy_command') || 'ansible-galaxy';
  const file = shellQuote(posix.join(staging, basename(path)));
  const install = (kind: string, what: string, place: string) => ({
    label: `Installing the ${what} of ${path}`,
    command: `cd ${shellQuote(staging)} && ${command} ${kind}install -r ${file} -p ${shellQuote(place)} -f`,
  });
  const roles = options.string('galaxy_roles_path') || posix.join(staging, 'roles');
  const collections = options.string('galaxy_collections_path') || posix.join(staging, 'collections');
  return [
    ...(Array.isArray(content) || has('roles') ? [install('', 'roles', roles)] : []),
    ...(has('collections') ? [install('collection ', 'collections', collections)] : []),
  ];
}

/** `command` and `extra_arguments` are text for the shell, as in Packer. */
function playCommand(
  options: Options,
  context: ShownContext,
  staging: string,
  inventory: string,
  playbook: string,
): string {
  const address = scriptEnvironment(new Options({}), context).find(([name]) => name === 'PACKER_HTTP_ADDR');
  const variables = [
    `packer_build_name=${context.sourceName}`,
    `packer_builder_type=${context.sourceType}`,
    ...(address === undefined ? [] : [`packer_http_addr=${address[1]}`]),
  ];
  return [
    `cd ${shellQuote(staging)} &&`,
    options.string('command') || 'ANSIBLE_FORCE_COLOR=1 PYTHONUNBUFFERED=1 ansible-playbook',
    shellQuote(posix.join(staging, playbook)),
    `--extra-vars ${shellQuote(variables.join(' '))}`,
    ...(options.strings('extra_arguments') ?? []),
    `-c local -i ${shellQuote(inventory)}`,
  ].join(' ');
}

async function upload(item: Upload, context: ProvisionContext): Promise<void> {
  const { communicator, ui } = context;
  const { to } = item;
  if ('content' in item) {
    await communicator.upload(Buffer.from(item.content), to, { signal: context.signal, mode: MODE });
    return;
  }
  const what = `Uploading ${item.from}`;
  ui.say(`${what} => ${to}`);
  if (item.isFolder) {
    await transferMany(what, 'Uploaded', context, (way) =>
      communicator.uploadDirectory(join(item.from, '/'), to, way),
    );
  } else {
    await transfer(what, context, (way) =>
      communicator.upload(createReadStream(item.from), to, { ...way, mode: MODE }),
    );
  }
}

/** Runs a command and shows what it prints. @throws Error when it fails */
async function must(command: string, { communicator, signal, ui }: ProvisionContext): Promise<void> {
  const output = {
    stdout: new LineSplitter((line) => ui.output('stdout', line)),
    stderr: new LineSplitter((line) => ui.output('stderr', line)),
  };
  const result = await communicator.exec(command, {
    signal,
    onStdout: (chunk) => output.stdout.push(chunk),
    onStderr: (chunk) => output.stderr.push(chunk),
  });
  output.stdout.end();
  output.stderr.end();
  if (result.status === 0) return;
  if (result.status === DISCONNECTED) throw new Error(`The SSH connection was lost while "${command}" ran.`);
  const how = result.signal === undefined ? `status ${result.status}` : `signal ${result.signal}`;
  const hint =
    result.status === 127
      ? ' The program is not there: install Ansible in the guest with a shell provisioner before, or set command and galaxy_command.'
      : '';
  throw new Error(`"${command}" failed in the guest with ${how}.${hint}`);
}
