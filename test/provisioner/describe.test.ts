import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import type { Communicator } from '../../src/communicator/communicator.ts';
import type { Action } from '../../src/plan/action.ts';
import type { JsonObject } from '../../src/plan/json.ts';
import { findProvisioner } from '../../src/provisioner/registry.ts';
import { data } from './build-data.ts';

const context = { data, sourceName: 'web', sourceType: 'vmm' };

/** A guest in which everything succeeds, and the list of what was asked of it. */
function recorder(): { communicator: Communicator; done: string[] } {
  const done: string[] = [];
  const mode = (bits: number | undefined) => (bits === undefined ? '' : ` ${bits.toString(8)}`);
  const communicator: Communicator = {
    type: 'ssh',
    exec: (command) => {
      done.push(command);
      return Promise.resolve({ status: 0 });
    },
    upload: async (source, destination, options) => {
      // A stream has to be read to its end before its file may go.
      if (!(source instanceof Uint8Array)) await buffer(source);
      done.push(`=> ${destination}${mode(options.mode)}`);
    },
    uploadDirectory: (_, destination) => {
      done.push(`=> ${destination}`);
      return Promise.resolve({ files: 1, bytes: 1 });
    },
    download: (source, destination) => Promise.resolve(void done.push(`${source} => ${destination}`)),
    downloadFiles: (files) => {
      for (const { source, destination } of files) done.push(`${source} => ${destination}`);
      return Promise.resolve({ files: files.length, bytes: 1 });
    },
    shell: () => Promise.reject(new Error('a provisioner asked for a shell')),
    relay: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
  return { communicator, done };
}

/** A description in the words of the recorder. */
function told(action: Action): string[] {
  switch (action.type) {
    case 'command':
      return [action.command.join(' ')];
    case 'upload':
      return [`=> ${action.to}${action.mode === undefined ? '' : ` ${action.mode}`}`];
    case 'download':
      return [`${action.from} => ${action.to}`];
    default:
      return [];
  }
}

describe('what a provisioner tells is what it does', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-test-'));
    writeFileSync(join(folder, 'a.sh'), '#!/bin/sh\n', { mode: 0o750 });
    mkdirSync(join(folder, 'tree'));
    writeFileSync(join(folder, 'requirements.yml'), 'roles: [a]\ncollections: [b]\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  const cases: readonly (readonly [type: string, config: (folder: string) => JsonObject])[] = [
    ['shell', () => ({ inline: ['true'] })],
    ['shell', (folder) => ({ scripts: [`${folder}/a.sh`, `${folder}/a.sh`], env: { A: "it's" } })],
    ['shell', () => ({ inline: ['true'], use_env_var_file: true, environment_vars: ['A=b c'] })],
    ['shell', () => ({ inline: ['true'], skip_clean: true, remote_folder: '/var/my tmp' })],
    ['shell', () => ({ inline: ['true'], execute_command: 'doas sh {{.Path}} {{.Vars}}' })],
    ['file', (folder) => ({ source: `${folder}/a.sh`, destination: '/etc/' })],
    ['file', (folder) => ({ sources: [`${folder}/a.sh`, `${folder}/tree`], destination: '/srv' })],
    ['file', () => ({ content: 'text', destination: '/etc/motd' })],
    ['file', (folder) => ({ source: '/var/log/x', destination: `${folder}/`, direction: 'download' })],
    [
      'ansible-local',
      (folder) => ({
        playbook_files: [`${folder}/a.sh`, `${folder}/tree/site.yml`],
        playbook_dir: `${folder}/tree`,
        galaxy_file: `${folder}/requirements.yml`,
        role_paths: [`${folder}/tree`],
        clean_staging_directory: true,
      }),
    ],
    ['ansible-local', (folder) => ({ playbook_file: `${folder}/a.sh`, staging_directory: "/it's" })],
  ];
  for (const [type, configOf] of cases) {
    test(`${type} ${JSON.stringify(configOf('FOLDER'))}`, async () => {
      const provisioner = (await findProvisioner(type))!;
      const config = configOf(folder);
      const plan = (await provisioner.describe!(config, context)).flatMap(told);
      const { communicator, done } = recorder();
      const ui = { say: () => {}, error: () => {}, output: () => {} };
      await provisioner.run(config, { ...context, communicator, ui, signal: AbortSignal.timeout(20_000) });
      assert.ok(done.length > 0);
      assert.deepEqual(plan.map(withoutNumbers), done.map(withoutNumbers));
    });
  }

  test('a file that the build makes first may be missing when it is told', async () => {
    const file = (await findProvisioner('file'))!;
    const config = { source: '/nowhere/key.pub', destination: '/etc/', generated: true };
    assert.deepEqual((await file.describe!(config, context)).flatMap(told), ['=> /etc/key.pub']);
  });

  test('shell tells that it looks for a reboot', async () => {
    const shell = (await findProvisioner('shell'))!;
    const [mark] = await shell.describe!({ inline: ['reboot'], expect_disconnect: true }, context);
    assert.match(told(mark!).join(), /boot_id/);
  });

  test('what cannot be done is a reason not to begin', async () => {
    const shell = (await findProvisioner('shell'))!;
    await assert.rejects(shell.describe!({ script: '/nowhere/a.sh' }, context), /script cannot be read/);
    const file = (await findProvisioner('file'))!;
    await assert.rejects(
      file.describe!({ source: '/nowhere/a', destination: '/b' }, context),
      /file to upload cannot be read/,
    );
  });
});

/** The names of scripts and of staging directories are random. A placeholder in a command line is quoted, a number need not be. */
function withoutNumbers(line: string): string {
  return line
    .replaceAll('<number>', '0')
    .replace(/(script|varfile)_\d+/g, '$1_0')
    .replaceAll(/<uuid>|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '0')
    .replace(/'(\/tmp\/[\w./-]+)'/g, '$1');
}
