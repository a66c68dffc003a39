// Files to and from the sshd(8) that users have, by every way that the communicator knows.
import '../private-tmp.ts';
import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SshConfig } from '../../src/plan/ssh-config.ts';
import { connectTo, PACKER_ID, PASSWORD, sshdTest, startSshd } from './support/openssh.ts';

const options = { signal: new AbortController().signal };
const LARGE = Buffer.alloc(5_000_000, 'abcdefg');
const NAMES = [
  'plain',
  'with space',
  `it's "quoted" $HOME \`x\``,
  'new\nline',
  'ünï',
  '-dash',
  'a;b',
  '*',
  '~tilde',
  'n'.repeat(255),
];

/** What the guest has for files: its SFTP server and scp, or the one without the other. */
const WAYS: readonly [name: string, method: SshConfig['ssh_file_transfer_method'], sftp: boolean][] = [
  ['sftp', 'sftp', true],
  ['scp', 'scp', true],
  ['scp, where sftp was asked for and is not there', 'sftp', false],
];

async function guestOf(t: TestContext, method: SshConfig['ssh_file_transfer_method'], sftp: boolean) {
  const sshd = await startSshd(t, { sftp });
  const { ssh } = await connectTo(t, sshd, { ssh_password: PASSWORD, ssh_file_transfer_method: method });
  const folder = mkdtempSync(join(tmpdir(), 'local-'));
  return { ssh, ...sshd, folder, local: (name: string) => join(folder, name) };
}

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8);

for (const [way, method, sftp] of WAYS) {
  sshdTest(`${way}: names, sizes and modes arrive and come back`, async (t) => {
    const { ssh, home, local } = await guestOf(t, method, sftp);
    const there = (name: string) => readFileSync(join(home, name), 'utf8');
    for (const name of NAMES) {
      await ssh.upload(Buffer.from(name), name, options);
      assert.equal(there(name), name);
      await ssh.download(name, local('back'), options);
      assert.equal(readFileSync(local('back'), 'utf8'), name);
      await ssh.upload(Buffer.from(`${name}, again`), join(home, name), options);
      assert.equal(there(name), `${name}, again`, 'by its absolute path');
    }
    await ssh.upload(Buffer.from('x'), '~/in home', options);
    assert.equal(there('in home'), 'x');
    await ssh.download('~/in home', local('in home'), options);
    await ssh.upload(Buffer.alloc(0), 'empty', options);
    await ssh.download('empty', local('empty'), options);
    assert.equal(statSync(local('empty')).size, 0);
    writeFileSync(local('large'), LARGE);
    await ssh.upload(createReadStream(local('large')), 'large', { ...options, mode: 0o751 });
    assert.ok(readFileSync(join(home, 'large')).equals(LARGE));
    assert.equal(modeOf(join(home, 'large')), '751');
    await ssh.download('large', local('large again'), options);
    assert.ok(readFileSync(local('large again')).equals(LARGE));
    assert.equal(modeOf(local('large again')), '751');
    assert.equal(modeOf(join(home, 'plain')), '644');
    chmodSync(join(home, 'plain'), 0o600);
    await ssh.upload(Buffer.from('secret'), 'plain', options);
    assert.equal(modeOf(join(home, 'plain')), '600', 'of a file that was there');
  });

  sshdTest(`${way}: what cannot be written or read is told with its reason`, async (t) => {
    const { ssh, home, small, folder, local } = await guestOf(t, method, sftp);
    mkdirSync(join(home, 'dir'));
    chownSync(join(home, 'dir'), PACKER_ID, PACKER_ID);
    writeFileSync(join(home, 'of root'), 'x');
    const up = (to: string, content = Buffer.from('x')) => ssh.upload(content, to, options);
    await assert.rejects(up('dir'), { message: 'Uploading dir failed: it is a folder in the guest.' });
    assert.deepEqual(readdirSync(join(home, 'dir')), []);
    await assert.rejects(
      up('no/such/file'),
      /^CommunicatorError: Uploading no\/such\/file failed: .*No such file/,
    );
    await assert.rejects(up('of root'), /^CommunicatorError: Uploading of root failed: .*Permission denied/);
    const full =
      /^CommunicatorError: Uploading .*\/file failed: .*(the disk of the guest is full|No space left on device)\.$/;
    await assert.rejects(up(join(small, 'file'), LARGE), full);
    await ssh.exec(`rm ${small}/file`, options);
    const down = (from: string, to = local('file')) => ssh.download(from, to, options);
    await assert.rejects(down('nothing'), /^CommunicatorError: Downloading nothing failed: .*No such file/);
    await assert.rejects(
      down('dir'),
      /^CommunicatorError: Downloading dir failed: .*(is a folder in the guest|not a regular file)\.$/,
    );
    await assert.rejects(
      down('/etc/shadow'),
      /^CommunicatorError: Downloading \/etc\/shadow failed: .*Permission denied/,
    );
    await assert.rejects(down('of root', folder), /^CommunicatorError: Downloading of root failed: EISDIR/);
    assert.deepEqual(readdirSync(folder), [], 'nothing half is left');
    assert.equal(existsSync(`${folder}.partial-${process.pid}`), false);
    await up('after all that');
  });

  sshdTest(`${way}: folders arrive with what is in them, and many files come back`, async (t) => {
    const { ssh, home, small, local } = await guestOf(t, method, sftp);
    const tree = local('tree');
    mkdirSync(join(tree, 'hollow'), { recursive: true });
    mkdirSync(join(tree, 'sub dir'), { mode: 0o700 });
    for (const name of NAMES) writeFileSync(join(tree, 'sub dir', name), name);
    writeFileSync(join(tree, 'run'), '#!/bin/sh\n');
    chmodSync(join(tree, 'run'), 0o750);
    symlinkSync('run', join(tree, 'link'));
    writeFileSync(join(tree, 'empty'), '');
    const files = NAMES.length + 3;
    assert.equal((await ssh.uploadDirectory(tree, join(home, 'up'), options)).files, files);
    await ssh.uploadDirectory(`${tree}/`, '~/new/deep', options);
    // Once more, over what is there; only scp's protocol has no room for one of the names.
    rmSync(join(home, 'new/deep/sub dir/new\nline'));
    await ssh.uploadDirectory(`${tree}/`, 'new/deep/', options);
    for (const place of ['up/tree', 'new/deep'].map((name) => join(home, name))) {
      assert.deepEqual(readdirSync(join(place, 'hollow')), []);
      for (const name of NAMES) assert.equal(readFileSync(join(place, 'sub dir', name), 'utf8'), name);
      assert.equal(modeOf(join(place, 'run')), '750');
      assert.equal(modeOf(join(place, 'sub dir')), '700');
      assert.equal(readFileSync(join(place, 'link'), 'utf8'), '#!/bin/sh\n');
      assert.equal(statSync(join(place, 'empty')).size, 0);
      assert.equal(statSync(place).uid, PACKER_ID);
    }
    const wanted = NAMES.map((name, index) => ({
      source: `~/up/tree/sub dir/${name}`,
      destination: local(`back ${index}`),
    }));
    const { bytes } = await ssh.downloadFiles(wanted, options);
    assert.equal(bytes, Buffer.byteLength(NAMES.join('')));
    for (const [index, name] of NAMES.entries())
      assert.equal(readFileSync(local(`back ${index}`), 'utf8'), name);
    const missing = [...wanted, { source: 'nothing', destination: local('nothing') }];
    await assert.rejects(ssh.downloadFiles(missing, options), /Downloading nothing failed: .*No such file/);
    writeFileSync(join(tree, 'large'), LARGE);
    await assert.rejects(
      ssh.uploadDirectory(tree, small, options),
      /^CommunicatorError: Uploading the folder .*\/tree failed: the disk of the guest is full: .*No space left on device\.$/,
    );
    rmSync(join(tree, 'large'));
    const odd = Buffer.concat([Buffer.from(`${tree}/`), Buffer.of(0xff, 0x41)]);
    writeFileSync(odd, 'x');
    await assert.rejects(ssh.uploadDirectory(tree, 'up', options), /is not valid UTF-8; rename it\.$/);
    rmSync(odd);
    await assert.rejects(ssh.uploadDirectory(tree, '/etc/vmm-hcl', options), /Permission denied\.$/);
    await assert.rejects(ssh.uploadDirectory(tree, 'up/tree/run', options), /File exists|Not a directory/);
  });
}
