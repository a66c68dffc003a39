// Installs a whole Debian 12 over the serial console on QEMU, with examples/debian-serial, and looks into the image:
// `npm run debian [-- FLAGS]`, where FLAGS are those of `vmm-hcl build`, such as -var mirror=http://MIRROR/debian. It needs a mirror
// of Debian, and ten minutes or more without KVM, so it is not one of the tests.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'node:test';
import ssh2 from 'ssh2';
import { BootedImage } from '../test/e2e/support/booted-image.ts';

const path = (relative: string): string => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const example = path('examples/debian-serial');

/** What the booted image must print. */
const CHECKS: readonly (readonly [command: string, output: RegExp])[] = [
  ['. /etc/os-release; echo $ID $VERSION_CODENAME', /^debian bookworm$/],
  ['hostname', /^debian$/],
  // "degraded" means that some unit has failed.
  ['systemctl is-system-running --wait', /^running$/],
  ['findmnt -no SOURCE,FSTYPE /', /^\/dev\/vda1 ext4$/],
  ['systemctl is-active serial-getty@ttyS0 ssh', /^active\nactive$/],
  // From the provisioner.
  ['dpkg-query -W -f "\\${Status}" sudo', /^install ok installed$/],
  ['dpkg --audit', /^$/],
  ['uname -r', /-cloud-amd64$/],
  // The key that we gave, and no longer that of the build.
  ['wc -l </root/.ssh/authorized_keys', /^1$/],
];

const key = ssh2.utils.generateKeyPairSync('ed25519');
const undo: (() => void)[] = [];
try {
  run('bash', [join(example, 'build-cd.sh')]);
  run(process.execPath, [
    ...[path('dist/vmm-hcl.js'), 'build', '-hypervisor=qemu', `-vm-conf=${join(example, 'vm.conf')}`],
    ...[
      '-timestamp-ui',
      '-var=cpus=2',
      `-var=authorized_key=${key.public}`,
      ...process.argv.slice(2),
      example,
    ],
  ]);
  await look();
} finally {
  for (const action of undo.reverse()) action();
}

function run(command: string, words: readonly string[]): void {
  const { status, error } = spawnSync(command, words, { stdio: 'inherit' });
  if (status !== 0) throw error ?? new Error(`${command} ${words.join(' ')} ended with ${status}`);
}

async function look(): Promise<void> {
  const image = 'output/debian-serial/debian.qcow2';
  console.log(`Booting ${image} once more, without writing to it.`);
  const context = { after: (action: () => void) => undo.push(action) } as unknown as TestContext;
  const machine = await BootedImage.boot(
    context,
    image,
    { privateKey: key.private },
    { memory: 512, seconds: 900 },
  );
  for (const [command, output] of CHECKS) {
    // is-system-running tells with its status too; the text says more.
    const text = (await machine.run(`${command} || true`)).trim();
    console.log(`  ${command}: ${text.replaceAll('\n', ' ')}`);
    assert.match(text, output, command);
  }
  assert.match(readFileSync('output/debian-serial/debian.sha256', 'utf8'), /^[0-9a-f]{64}\tdebian\.qcow2\n$/);
  console.log('The image is well.');
}
