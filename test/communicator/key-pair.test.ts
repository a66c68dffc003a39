import '../private-tmp.ts';
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { forgetKeyCommand } from '../../src/communicator/ssh/forget-key.ts';
import { makeKeyPair, readKeyPair } from '../../src/communicator/ssh/key-pair.ts';
import type { TemporaryKeyPair } from '../../src/plan/ssh-config.ts';

const noKeygen = spawnSync('ssh-keygen', ['-?']).error && 'there is no ssh-keygen';

const kinds: readonly [TemporaryKeyPair, RegExp][] = [
  [{ type: 'ed25519', name: 'packer-key' }, /^256 .* packer-key \(ED25519\)/],
  [{ type: 'ecdsa' }, /^521 .* vmm-hcl-[0-9a-f]{8} \(ECDSA\)/],
  [{ type: 'ecdsa', bits: 256 }, /^256 .*\(ECDSA\)/],
  [{ type: 'ecdsa', bits: 384 }, /^384 .*\(ECDSA\)/],
  [{ type: 'rsa', bits: 2048 }, /^2048 .*\(RSA\)/],
];

for (const [wanted, told] of kinds) {
  test(`OpenSSH takes a key pair of ${JSON.stringify(wanted)}`, { skip: noKeygen }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-test-'));
    const pair = await makeKeyPair(wanted);
    assert.ok(!pair.publicKey.includes('\n'));
    writeFileSync(join(folder, 'key'), `${pair.privateKey.trimEnd()}\n`, { mode: 0o600 });
    writeFileSync(join(folder, 'key.pub'), `${pair.publicKey}\n`);
    const ofPrivate = execFileSync('ssh-keygen', ['-y', '-f', join(folder, 'key')], { encoding: 'utf8' });
    assert.equal(ofPrivate.split(' ')[1]?.trim(), pair.publicKey.split(' ')[1]);
    assert.match(
      execFileSync('ssh-keygen', ['-l', '-f', join(folder, 'key.pub')], { encoding: 'utf8' }),
      told,
    );
  });
}

test('the public half of a private key in PKCS #8 is known, for every type', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmm-hcl-test-'));
  for (const [index, { privateKey, publicKey }] of [
    generateKeyPairSync('ed25519'),
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ].entries()) {
    const path = join(folder, String(index));
    writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const [type = '', blob = ''] = (await readKeyPair(path)).publicKey.split(' ');
    const { x = '', n = '' } = publicKey.export({ format: 'jwk' });
    assert.match(type, /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp384)$/);
    assert.ok(Buffer.from(blob, 'base64').includes(Buffer.from(x || n, 'base64url')), type);
  }
});

/** A home, and programs for the command: `id`, `doas` and `sudo` as they are wanted. */
function guest(authorized: string | undefined, uid: number, programs: readonly string[] = []) {
  const home = mkdtempSync(join(tmpdir(), 'vmm-hcl-test-'));
  const bin = join(home, 'bin');
  mkdirSync(bin);
  mkdirSync(join(home, '.ssh'));
  const file = join(home, '.ssh/authorized_keys');
  if (authorized !== undefined) writeFileSync(file, authorized, { mode: 0o640 });
  writeFileSync(join(bin, 'id'), `#!/bin/sh\necho ${uid}\n`);
  for (const name of ['doas', 'sudo']) {
    const body = programs.includes(name) ? `echo ${name} >>${home}/used; shift; exec "$@"` : 'exit 1';
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
  }
  for (const name of ['id', 'doas', 'sudo']) chmodSync(join(bin, name), 0o755);
  const forget = (publicKey: string) => {
    const { stdout, stderr, status } = spawnSync('/bin/sh', ['-c', forgetKeyCommand(publicKey)], {
      env: { HOME: home, PATH: `${bin}:${process.env['PATH']}` },
      encoding: 'utf8',
    });
    return { lines: stdout.replaceAll(home, '~').trim().split('\n'), stderr, status };
  };
  return { home, file, forget };
}

test('the temporary key is forgotten, other keys and the mode of the file stay', async () => {
  const { publicKey } = await makeKeyPair({ type: 'ed25519' });
  const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDmU0Ik8 root@$(hostname) \\1 `x`';
  const { file, forget } = guest(`# "mine"\n${other}\nfrom="10.0.0.0/8" ${publicKey}\n\n`, 1000);
  const first = forget(publicKey);
  assert.deepEqual(first, {
    lines: ['unseen /root/.ssh/authorized_keys', 'removed ~/.ssh/authorized_keys'],
    stderr: '',
    status: 0,
  });
  assert.equal(readFileSync(file, 'utf8'), `# "mine"\n${other}\n`);
  assert.equal(statSync(file).mode & 0o777, 0o640);
  // What is not there any more is no failure, and nothing is written.
  assert.deepEqual(forget(publicKey).lines, ['unseen /root/.ssh/authorized_keys']);
});

test('a file with nothing but the temporary key is empty afterwards; one that is not there is none', async () => {
  const { publicKey } = await makeKeyPair({ type: 'ed25519' });
  const { file, forget } = guest(`${publicKey}\n`, 0);
  assert.deepEqual(forget(publicKey).lines, ['removed ~/.ssh/authorized_keys']);
  assert.equal(readFileSync(file, 'utf8'), '');
  assert.deepEqual(guest(undefined, 0).forget(publicKey), { lines: [''], stderr: '', status: 0 });
});

for (const program of ['doas', 'sudo']) {
  test(`${program} is used where it asks for no password`, async () => {
    const { publicKey } = await makeKeyPair({ type: 'ed25519' });
    const { home, forget } = guest(`${publicKey}\n`, 1000, [program]);
    assert.deepEqual(forget(publicKey).lines, ['removed ~/.ssh/authorized_keys']);
    assert.match(readFileSync(join(home, 'used'), 'utf8'), new RegExp(`^(${program}\n)+$`));
  });
}

test('csh and its like can read the command: no line end, no exclamation mark', async () => {
  const { publicKey } = await makeKeyPair({ type: 'ed25519' });
  assert.doesNotMatch(forgetKeyCommand(publicKey), /[\n!]/);
});
