// 200 MB in one file and 5,000 small files go to a real guest, are compared there by their checksums, and come back.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from './support/cli.ts';
import { machineTest } from './support/machine-test.ts';
import { EXAMPLE, GUEST_ISO, TEMPLATES } from './support/paths.ts';
import { Workspace } from './support/workspace.ts';

const LARGE = 200_000_000;
const FOLDERS = 50;
const FILES_EACH = 100;

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Files of up to 4 kB, some with names that are hard to carry. Returns their paths below the workspace. */
function writeMany(workspace: Workspace): string[] {
  const names: string[] = [];
  for (let folder = 0; folder < FOLDERS; folder++) {
    const place = `many/dir-${folder}`;
    mkdirSync(workspace.path(place), { recursive: true });
    for (let file = 0; file < FILES_EACH; file++) {
      const name = `${place}/${file === 0 ? `it's ${'é'.repeat(60)} $HOME` : `file-${file}`}`;
      writeFileSync(workspace.path(name), randomBytes((folder * FILES_EACH + file) % 4096));
      names.push(name);
    }
  }
  writeFileSync(workspace.path('many/dir-0/run'), '#!/bin/sh\n');
  chmodSync(workspace.path('many/dir-0/run'), 0o750);
  mkdirSync(workspace.path('many/hollow folder'));
  return [...names, 'many/dir-0/run'];
}

machineTest('200 MB and 5,000 small files reach the guest as they are, and come back', async (context) => {
  const workspace = new Workspace(context);
  const names = writeMany(workspace);
  const large = Buffer.concat(Array(LARGE / 1_000_000).fill(randomBytes(1_000_000)));
  // No two blocks are the same: one that is lost or repeated shows.
  for (let at = 0; at < large.length; at += 1000) large.writeUInt32LE(at, at);
  writeFileSync(workspace.path('large'), large);
  const sums = [
    ...names.map((name) => [name, readFileSync(workspace.path(name))] as const),
    ['large', large] as const,
  ];
  writeFileSync(
    workspace.path('sums'),
    sums.map(([name, content]) => `${sha256(content)}  ${name}\n`).join(''),
  );

  const { status, stdout, stderr } = await runCli(
    context,
    [
      'build',
      '-hypervisor=qemu',
      `-vm-conf=${EXAMPLE}/vm.conf`,
      `-var=vm_name=${workspace.vmName}`,
      `-var=iso=${GUEST_ISO}`,
      `${TEMPLATES}/transfer.pkr.hcl`,
    ],
    { cwd: workspace.directory },
  );
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /Uploaded 5001 files, /);
  assert.match(stdout, /Downloaded 5001 files, /);

  for (const name of names) {
    const back = workspace.path('back', name.replace(/^many\//, ''));
    assert.ok(readFileSync(back).equals(readFileSync(workspace.path(name))), name);
  }
  assert.equal(statSync(workspace.path('back/dir-0/run')).mode & 0o777, 0o750);
  assert.deepEqual(readdirSync(join(workspace.path('back'), 'hollow folder')), []);
});
