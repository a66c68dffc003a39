// What goes wrong around the commands: the network, the file systems, the guest, other builds.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import type { TestContext } from 'node:test';
import type { Cell } from './cell.ts';
import type { Place } from './place.ts';
import type { Source } from './template.ts';

const INSTALL_ONLY: Source = { communicator: 'none' };
const installOnly = (source: object, build = ''): Source => ({
  ...INSTALL_ONLY,
  source: { ...source },
  build,
});

/** The guest's SSH server is not what it should be. */
const SSH: readonly Cell[] = [
  {
    name: 'SSH: no server ever',
    ssh: 'none',
    source: { source: { ssh_timeout: '5s' } },
    says: [
      /SSH did not become available at \S+:2222 within 5 s \(ssh_timeout\)/,
      /connection (was )?refused/i,
    ],
  },
  {
    name: 'SSH: a server that accepts and says nothing',
    ssh: { silentConnections: 1000 },
    source: { source: { ssh_timeout: '5s' } },
    says: [/SSH did not become available/, /no SSH banner came/],
  },
  {
    name: 'SSH: wrong password',
    ssh: { password: 'another one' },
    source: { source: { ssh_handshake_attempts: 2 } },
    says: [/SSH login at \S+:2222 failed 2 times/, /user "root" was refused/],
    neverSays: [/tiny-secret/],
  },
  {
    name: 'SSH: a server that takes no passwords',
    ssh: { password: undefined, publicKey: 'none' },
    says: [/SSH to \S+:2222 cannot succeed/, /the server offers publickey/],
  },
  {
    name: 'SSH: the connection is cut when a script begins',
    ssh: { dropOn: 'script_' },
    source: { shell: { start_retry_timeout: '2s' } },
    says: [/connection|disconnect/i, /build\.pkr\.hcl:\d+/],
  },
  {
    name: 'SSH: the connection is cut in the middle of a script',
    source: { shell: { inline: ['echo half done', 'sleep 600'] } },
    meanwhile: async (run, place) => {
      await run.until('the script runs', () => run.stdout.includes('half done'));
      place.ssh?.cut();
    },
    says: [/connection|disconnect/i, /build\.pkr\.hcl:\d+/],
  },
  {
    name: 'SSH: the server has no SFTP',
    ssh: { sftp: false },
    says: [/guest starts no SFTP server/, /openssh-sftp-server/],
  },
  {
    name: 'SSH: the server is gone for the shutdown',
    source: { shell: { inline: ['echo last words', 'sleep 1'] }, source: { shutdown_timeout: '3s' } },
    meanwhile: async (run, place) => {
      await run.until('the shutdown begins', () => run.stdout.includes('with shutdown_command'));
      place.ssh?.cut();
    },
    status: 'any',
  },
];

async function occupy(place: Place, context: TestContext, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const server = createServer().listen(port, place.address('host'));
    await once(server, 'listening');
    context.after(() => server.close());
  }
}

/** The HTTP server, and the files that it gives out. */
const HTTP: readonly Cell[] = [
  {
    name: 'HTTP: the range of ports is exhausted',
    source: installOnly({ http_port_min: 8101, http_port_max: 8104 }),
    arrange: (place, context) => occupy(place, context, [8101, 8102, 8103]),
    says: [/Every port from 8101 to 8103 of 127\.\S+ is in use/, /Widen the range of http_port_min/],
  },
  {
    name: 'HTTP: the only port is in use',
    source: installOnly({ http_port_min: 8101, http_port_max: 8101 }),
    arrange: (place, context) => occupy(place, context, [8101]),
    says: [/Port 8101 of 127\.\S+ is in use/, /End the program that uses the port/],
  },
  {
    name: 'HTTP: one port of the range is free',
    source: installOnly({ http_port_min: 8101, http_port_max: 8104 }),
    arrange: (place, context) => occupy(place, context, [8101, 8103]),
    status: 0,
    says: [/Serving the installation files at http:\/\/\S+:8102\//],
  },
  {
    name: 'HTTP: http_bind_address is not of this machine',
    source: installOnly({ http_bind_address: '203.0.113.7' }),
    says: [/this machine has no such address/, /http_bind_address/],
  },
  {
    name: 'HTTP: a file to generate has a mistake',
    source: installOnly({ http_content: null, http_directory: 'http' }),
    arrange: (place) => place.workspace.write('http/web.cfg.pkr.in', 'a\nb {{ .HTTPPort\n'),
    says: [/web\.cfg\.pkr\.in:2:\d+/, /\{\{ \.HTTPPort \}\}/],
  },
  {
    name: 'HTTP: the directory vanishes before the files are generated',
    source: installOnly({ http_content: null, http_directory: 'http' }),
    scenario: { rules: [{ command: 'ifconfig', hold: true }] },
    meanwhile: async (run, place) => {
      await run.until('the machine starts', () => place.called('ifconfig'));
      rmSync(place.path('http'), { recursive: true });
      place.go();
    },
    says: [/http_directory cannot be searched/, /Create the folder, or correct http_directory/],
  },
  {
    name: 'HTTP: TMPDIR is not there',
    source: installOnly({ http_content: null, http_directory: 'http' }),
    alone: true,
    arrange: (place) => rmSync(place.path('tmp'), { recursive: true }),
    says: [/folder for temporary files/, /TMPDIR/],
  },
];

/** Mounts a small file system at a folder of the place. */
function mount(options: string, folder: string, content?: Readonly<Record<string, string>>): Cell['arrange'] {
  return (place) => {
    const path = place.path(folder);
    mkdirSync(path, { recursive: true });
    const files = { ...content, ...place.foreignFiles(folder) };
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path]);
    place.onEnd(() => execFileSync('umount', ['-l', path]));
    for (const [name, text] of Object.entries(files)) place.workspace.write(name, text);
    if (options !== '') execFileSync('mount', ['-o', `remount,${options}`, path]);
  };
}

const NEEDS_MOUNT = process.getuid?.() === 0 ? undefined : 'it mounts file systems, as root only';
const FILLER = 'x'.repeat(200_000);

/** File systems that are full, read-only, or have something else where a file shall be. */
const FILES: readonly Cell[] = [
  {
    name: 'files: output_directory is on a read-only file system',
    skip: NEEDS_MOUNT,
    source: INSTALL_ONLY,
    arrange: mount('ro', 'out'),
    says: [/output folder cannot be locked.*(EROFS|read-only)/i, /output_directory/],
  },
  {
    name: 'files: output_directory is on a full file system',
    skip: NEEDS_MOUNT,
    source: INSTALL_ONLY,
    arrange: fill('out'),
    says: [/output folder cannot be locked: ENOSPC/, /Free some space|Make room/],
    ignores: ['out/filler'],
  },
  {
    name: 'files: output_directory becomes full when the disk is created',
    skip: NEEDS_MOUNT,
    source: INSTALL_ONLY,
    arrange: mount('', 'out'),
    scenario: {
      rules: [
        {
          command: 'create',
          late: true,
          stderr: 'vmctl: create imagefile operation failed: No space left on device\n',
          exit: 1,
        },
      ],
    },
    says: [/the file system is full/, /Free some space|Make room/],
  },
  {
    name: 'files: the folder for temporary files is full',
    skip: NEEDS_MOUNT,
    source: installOnly({ http_content: null, http_directory: 'http' }),
    arrange: fill('tmp'),
    says: [/folder for temporary files, \S+: ENOSPC/, /Free some space|Make room/],
    ignores: ['tmp/filler'],
  },
  {
    name: 'files: the folder for temporary files is read-only',
    skip: NEEDS_MOUNT,
    source: installOnly({ http_content: null, http_directory: 'http' }),
    arrange: mount('ro', 'tmp'),
    says: [/folder for temporary files, \S+: EROFS/, /set TMPDIR/],
  },
  {
    name: 'files: log_directory is read-only',
    skip: NEEDS_MOUNT,
    source: INSTALL_ONLY,
    arrange: mount('ro', 'log'),
    says: [/console log cannot be written.*(EROFS|read-only)/i, /Set log_directory/],
  },
  {
    name: 'files: log_directory is full, which costs the transcript and not the build',
    skip: NEEDS_MOUNT,
    source: INSTALL_ONLY,
    arrange: fill('log'),
    status: 0,
    says: [/console log is incomplete.*ENOSPC/],
    ignores: ['log/filler'],
  },
  {
    name: 'files: a file is where output_directory shall be',
    alone: true,
    source: installOnly({ output_directory: 'installer.iso/images' }),
    says: [/output folder cannot be created/, /Set output_directory/],
  },
  {
    name: 'files: a file is where log_directory shall be',
    alone: true,
    source: installOnly({ log_directory: 'installer.iso' }),
    says: [/console log cannot be written/, /Set log_directory/],
  },
  {
    name: 'files: the image exists, without -force',
    source: INSTALL_ONLY,
    oldImage: true,
    image: 'old',
    says: [/The image \S+web\.qcow2 exists already/, /-force/],
    after: (place) => assert.ok(!place.called('vmctl create')),
  },
  {
    name: 'files: the image exists, with -force, and is replaced',
    source: INSTALL_ONLY,
    oldImage: true,
    flags: ['-force'],
    status: 0,
  },
  {
    name: 'files: the image appears while it is built',
    source: INSTALL_ONLY,
    scenario: { guest: { holds: 'finish' } },
    image: 'old',
    meanwhile: async (run, place) => {
      await run.until('the installer works', () => run.stdout.includes('Waiting for the installation'));
      place.putOldImage();
      place.go();
    },
    says: [/has appeared during the build and is not replaced/, /-force/],
  },
  {
    name: 'files: the unfinished image is removed while it is built',
    source: INSTALL_ONLY,
    scenario: { guest: { holds: 'finish' } },
    meanwhile: async (run, place) => {
      await run.until('the installer has written', () =>
        /Installing/.test(place.workspace.read('log', 'web.log')),
      );
      const name = place.workspace.list().find((one) => /^out\/\.web\.partial-[^/]*qcow2$/.test(one));
      rmSync(place.path(name ?? assert.fail('no unfinished image')));
      place.go();
    },
    says: [/unfinished image \S+ has vanished/, /which program cleans up/],
  },
  {
    name: 'files: another process has died while it built the same image',
    source: INSTALL_ONLY,
    arrange: (place) => {
      const partial = '.web.partial-0123ab.qcow2';
      const holder = { pid: 2 ** 22 + 1, started: '1', host: hostname(), note: partial };
      place.workspace.write('out/.web.qcow2.lock', JSON.stringify(holder));
      place.workspace.write(`out/${partial}`, 'half an image');
    },
    status: 0,
  },
];

/** Fills the file system of a folder to its last block. */
function fill(folder: string): Cell['arrange'] {
  const mounted = mount('', folder);
  return async (place, context) => {
    await mounted?.(place, context);
    // The log of the build itself needs to be there when it becomes full.
    const path = place.path(folder, 'filler');
    try {
      writeFileSync(path, FILLER);
    } catch {
      // Full.
    }
  };
}

/** A server with an ISO image. */
function serving(handle: RequestListener): Cell['arrange'] {
  return async (place, context) => {
    const server = createHttpServer(handle).listen(8099, place.address('host'));
    await once(server, 'listening');
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
  };
}

const ISO = 'an ISO image'.repeat(1000);
const fetched =
  (checksum = 'none') =>
  (place: Place): Source =>
    installOnly({
      cdrom: null,
      iso_url: `http://${place.address('host')}:8099/installer.iso`,
      iso_checksum: checksum,
    });
const sha256 = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const CACHE = { PACKER_CACHE_DIR: 'cache' };

const ISOS: readonly Cell[] = [
  {
    name: 'ISO: fetched',
    source: fetched(sha256(ISO)),
    env: CACHE,
    arrange: serving((_, response) => void response.end(ISO)),
    status: 0,
  },
  {
    name: 'ISO: the server always breaks off',
    source: fetched(sha256(ISO)),
    env: CACHE,
    arrange: serving((_, response) => {
      response.writeHead(200, { 'content-length': String(ISO.length) });
      response.write(ISO.slice(0, 500), () => response.destroy());
    }),
    says: [/http:\/\/\S+installer\.iso/, /iso_url/],
    neverSays: [/Starting the machine/],
  },
  {
    name: 'ISO: the server sends less than it should, as if that were all',
    source: fetched(sha256(ISO)),
    env: CACHE,
    arrange: serving((_, response) => void response.end(ISO.slice(0, 5000))),
    says: [/has another checksum: expected sha256/, /5000 bytes/],
    neverSays: [/Starting the machine/],
  },
  {
    name: 'ISO: the server answers with a page of text',
    source: fetched(sha256(ISO)),
    env: CACHE,
    arrange: serving((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome to our hotel</h1>');
    }),
    says: [/a page of text and no ISO image/],
  },
  {
    name: 'ISO: the server has no such file',
    source: fetched(),
    env: CACHE,
    arrange: serving((_, response) => void response.writeHead(404).end()),
    says: [/was answered with 404/, /Correct iso_url/],
  },
  {
    name: 'ISO: there is no server',
    source: fetched(),
    env: CACHE,
    says: [/ECONNREFUSED|refused/i, /iso_url/],
  },
  {
    name: 'ISO: cdrom names no file',
    source: installOnly({ cdrom: 'nowhere.iso' }),
    arrange: (place) => place.workspace.write('nowhere.iso', ''),
    scenario: { rules: [{ command: 'create', hold: true }] },
    meanwhile: async (run, place) => {
      // It is there when the template is read, and gone when the machine starts.
      await run.until('the disk is created', () => place.called('vmctl create'));
      rmSync(place.path('nowhere.iso'));
      place.go();
    },
    says: [/nowhere\.iso/],
  },
];

/** What the console shows when the guest has come to a dead end. */
const CONSOLES: readonly Cell[] = [
  ['[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs', /kernel of the guest panicked/],
  ['ddb{0}> ', /stopped in its debugger/],
  ['No bootable device.\r\n', /firmware found nothing to boot/],
  [
    'Question has no answer in response file: "Password for root account?"\r\n',
    /found no answer in its response file/,
  ],
  ['No response file found; non-interactive mode aborted.\r\n', /found no response file/],
  ['Autopartitioning failed.\r\n', /could not partition the disk/],
  ['failed; check /tmp/ai/ai.log\r\n', /non-interactive OpenBSD installation failed/],
].map(([text, meaning]): Cell => {
  return {
    name: `console: ${String(text).trim()}`,
    source: installOnly({ boot_command: ['<wait1h>'] }),
    scenario: { guest: { text: `\r\n${String(text)}` } },
    says: [meaning as RegExp, /The last lines of the console:/],
  };
});

/** Guests that do not end as they should. */
const GUESTS: readonly Cell[] = [
  {
    name: 'guest: it never powers off',
    source: { source: { shutdown_command: 'true', shutdown_timeout: '1s' } },
    says: [/did not power off within 1 s \(shutdown_timeout\)/, /raise shutdown_timeout/],
  },
  {
    name: 'guest: shutdown_command fails',
    // Time for the command; what is left of it the machine does not use.
    source: { source: { shutdown_command: 'false', shutdown_timeout: '5s' } },
    says: [/shutdown_command ended with status 1 and the machine still runs/, /doas\(1\) or sudo\(8\)/],
  },
  {
    name: 'guest: the installed system has no boot loader',
    source: {},
    scenario: { guest: { leavesNoSystem: true } },
    // On a slow host the firmware has given up before the start is seen.
    says: [/firmware found nothing to boot|ended as soon as it was started/],
  },
  {
    name: 'guest: a script fails',
    source: { shell: { inline: ['exit 3'] } },
    oldImage: true,
    flags: ['-force'],
    image: 'old',
    says: [/inline script ended with exit status 3/, /build\.pkr\.hcl:\d+:\d+/],
  },
  {
    name: 'guest: a script takes longer than its timeout',
    source: { shell: { inline: ['sleep 600'], timeout: '1s' } },
    says: [/did not end within 1 s \(timeout\)/, /build\.pkr\.hcl:\d+:\d+/],
  },
];

/** Programs, names and settings. */
const HOSTS: readonly Cell[] = [
  {
    name: 'host: there is no vmctl',
    source: INSTALL_ONLY,
    env: { VMM_HCL_VMCTL: '/nonexistent/vmctl' },
    says: [/The program \/nonexistent\/vmctl was not found/, /Correct VMM_HCL_VMCTL/],
  },
  {
    name: 'host: vmctl is another program',
    source: INSTALL_ONLY,
    env: { VMM_HCL_VMCTL: 'true' },
    says: [/there is no such file/, /another program/],
  },
  {
    name: 'host: VMM_HCL_VMCTL_TIMEOUT is no time',
    source: INSTALL_ONLY,
    env: { VMM_HCL_VMCTL_TIMEOUT: 'soon' },
    says: [/VMM_HCL_VMCTL_TIMEOUT is "soon"/, /such as "30s"/],
    isEarly: true,
  },
  {
    name: 'host: the name belongs to a machine of somebody else',
    source: installOnly({ vm_name: 'foreign' }),
    says: [/already knows a virtual machine foreign of builder \(running, ID 2\)/, /Choose another vm_name/],
  },
  {
    name: 'host: the name is that of a machine of vm.conf',
    source: installOnly({ vm_name: 'tiny' }),
    says: [/already knows a virtual machine tiny/, /remove the vm of that name from \/etc\/vm\.conf/],
  },
  {
    name: 'host: the user may not make instances',
    source: INSTALL_ONLY,
    scenario: { user: { name: 'mallory', uid: 1001 } },
    says: [/does not allow you to make instances/, /allow instance \{ owner YOU \}/],
  },
  {
    name: 'host: cpus, and vmctl does not know -p',
    source: installOnly({ cpus: 2 }),
    says: [/does not know the option -p/, /Remove cpus/],
    after: (place) => assert.ok(!place.called('vmctl create')),
  },
  {
    name: 'host: vmd does not run',
    source: INSTALL_ONLY,
    scenario: { vmd: 'down' },
    says: [/vmd\(8\) does not run/, /rcctl enable vmd; rcctl start vmd/],
  },
  {
    name: 'host: vmd is not for this user',
    source: INSTALL_ONLY,
    scenario: { vmd: 'forbidden' },
    says: [/you may not talk to vmd/, /socket owner/],
  },
  {
    name: 'host: vmd ends while the machine runs',
    source: INSTALL_ONLY,
    scenario: { guest: { pace: 600_000 } },
    meanwhile: async (run, place) => {
      await run.until('the installer works', () => run.stdout.includes('Waiting for the installation'));
      place.scenario({ vmd: 'down' });
      place.tellMachine('force');
    },
    says: [/is out of sight/, /vmd\(8\) does not run/, /Still there:\n {2}the running machine web/],
    stays: () => {},
  },
];

const POST = (inner: string) => installOnly({}, inner);

/** A post-processor that fails never costs the image. */
const POST_PROCESSORS: readonly Cell[] = [
  {
    name: 'post-processor: a script fails',
    source: POST('  post-processor "shell-local" {\n    inline = ["exit 5"]\n  }\n'),
    image: 'new',
    says: [/exit status 5/, /build\.pkr\.hcl:\d+:\d+/],
  },
  {
    name: 'post-processor: the second of a sequence fails',
    source: POST(
      '  post-processors {\n    post-processor "checksum" {\n      output = "out/sums"\n    }\n' +
        '    post-processor "shell-local" {\n      inline = ["exit 5"]\n    }\n  }\n',
    ),
    image: 'new',
    ignores: ['out/sums'],
    says: [/exit status 5/],
  },
  {
    name: 'post-processor: the checksum has nowhere to go',
    source: POST('  post-processor "checksum" {\n    output = "installer.iso/sums"\n  }\n'),
    image: 'new',
    says: [/checksum/, /build\.pkr\.hcl:\d+:\d+/],
  },
  {
    name: 'post-processor: the archive has nowhere to go',
    source: POST('  post-processor "compress" {\n    output = "installer.iso/web.tar.gz"\n  }\n'),
    image: 'new',
    says: [/compress/, /build\.pkr\.hcl:\d+:\d+/],
  },
  {
    name: 'post-processor: the archive fills the disk',
    skip: NEEDS_MOUNT,
    source: POST('  post-processor "compress" {\n    output = "small/web.tar"\n  }\n'),
    arrange: fill('small'),
    image: 'new',
    says: [/ENOSPC|no space left|full/i],
    after: (place) =>
      assert.deepEqual(
        place.workspace.list().filter((name) => /^small\/.*web/.test(name)),
        [],
      ),
  },
];

export const SURROUNDING_CELLS: readonly Cell[] = [
  ...SSH,
  ...HTTP,
  ...FILES,
  ...ISOS,
  ...CONSOLES,
  ...GUESTS,
  ...HOSTS,
  ...POST_PROCESSORS,
];
