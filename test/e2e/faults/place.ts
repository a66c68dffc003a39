import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { join, relative } from 'node:path';
import type { TestContext } from 'node:test';
import { findProgram } from '../../../src/lib/process/find-program.ts';
import { type Behaviour, startSshServer, type TestServer } from '../../communicator/ssh-server.ts';
import { machinesOf, wholeLines } from '../support/fake-state.ts';
import { VMCTL_FAKE } from '../support/paths.ts';
import { Workspace } from '../support/workspace.ts';
import { type Source, templateText } from './template.ts';

export const SSH_PORT = 2222;
export const VM = 'web';
/** What the build's machine gets: the template and the foreign machine were there first. */
const VM_ID = 3;
const FOREIGN_ID = 2;
/** What a provisioner's script may run on this machine. */
const HARMLESS = ['sh', 'chmod', 'rm', 'cat', 'mkdir', 'sleep', 'true', 'false', 'test', 'kill', 'sync'];
/** Things of other people in the folders that a build uses. */
const FOREIGN_FILES = {
  'out/neighbour.qcow2': 'an image of somebody else',
  'out/.neighbour.partial-abc123.qcow2': 'an unfinished image of somebody else',
  'tmp/vmm-hcl-http-foreign/answers.txt': 'a temporary file of somebody else',
  'log/neighbour.log': 'a transcript of somebody else',
};
/** The image that a build with -force shall replace. */
const OLD_IMAGE = 'an image that has served well for years';
const VM_CONF = `vm "tiny" {
	disable
	memory 256M
	disk "/dev/null"
	local interface
	allow instance { boot, cdrom, disk, memory, owner builder }
}
`;

export interface Setting {
  /** scenario.json of the fake; see fixtures/vmctl/README.md. */
  readonly scenario?: object;
  readonly source?: Source | ((place: Place) => Source);
  /** Says how the guest's SSH server misbehaves; `none`: it never comes. Default: it does not. */
  readonly ssh?: Partial<Behaviour> | 'none';
  /** There is an image already. */
  readonly oldImage?: boolean;
  /** Without other people's files, so that the folders of the build are not there either. */
  readonly alone?: boolean;
  readonly vmConf?: string;
}

/** An OpenBSD host that the strict fake of vmctl plays, with other people's files and machine on it, and a template to build. */
export class Place {
  readonly workspace: Workspace;
  readonly env: Readonly<Record<string, string>>;
  ssh: TestServer | undefined;
  readonly #setting: Setting;
  readonly #undos: (() => void)[] = [];

  private constructor(context: TestContext, setting: Setting) {
    this.workspace = new Workspace(context);
    this.#setting = setting;
    this.env = {
      PATH: `${this.path('bin')}:${VMCTL_FAKE}:${process.env['PATH']}`,
      VMM_FAKE_STATE: this.path('vmd'),
      HOME: this.path('home'),
      XDG_STATE_HOME: this.path('state'),
      TMPDIR: this.path('tmp'),
    };
  }

  static async create(context: TestContext, setting: Setting): Promise<Place> {
    const place = new Place(context, setting);
    place.#furnish();
    await place.#startSsh(context);
    return place;
  }

  path(...names: string[]): string {
    return this.workspace.path(...names);
  }

  /** Where the guest is, and the host as the guest knows it. */
  address(end: 'host' | 'guest'): string {
    const [a, b] = this.workspace.network;
    return `127.${a}.${b + VM_ID}.${end === 'host' ? 2 : 3}`;
  }

  #furnish(): void {
    const { workspace } = this;
    const { scenario, source, vmConf = VM_CONF, oldImage, alone } = this.#setting;
    for (const folder of ['home', 'tmp', 'bin', 'guest', 'guest-bin', 'vmd/m']) {
      mkdirSync(this.path(folder), { recursive: true });
    }
    for (const [name, text] of Object.entries(alone === true ? {} : FOREIGN_FILES))
      workspace.write(name, text);
    if (oldImage === true) this.putOldImage();
    workspace.write('http/web.cfg.pkr.in', 'hostname = {{ .VMName }}\nfinish = poweroff\n');
    workspace.write('installer.iso', 'any file is a CD with an installer to the fake');
    const [a, b] = workspace.network;
    workspace.write('vmd/vm.conf', `local prefix 127.${a}.${b}.0/16\n${vmConf}`);
    this.scenario(scenario ?? {});
    // A machine of somebody else: it runs as long as we do.
    workspace.write('vmd/ids.json', JSON.stringify({ tiny: 1, foreign: FOREIGN_ID }));
    const foreign = { id: FOREIGN_ID, name: 'foreign', uid: 1000, owner: 'builder', memory: '1G', disks: [] };
    const running = { ...foreign, pid: process.pid, state: 'running', interfaces: 1, started: 0 };
    const prefix = `127.${a}.${b}.0`;
    workspace.write(`vmd/m/${FOREIGN_ID}/vm.json`, JSON.stringify({ ...running, prefix }));
    const remote = { remote_folder: this.path('guest') };
    const change = typeof source === 'function' ? source(this) : (source ?? {});
    workspace.write('build.pkr.hcl', templateText(change, remote, SSH_PORT));
    for (const name of HARMLESS) symlinkSync(findProgram(name, process.env)!, this.path('guest-bin', name));
  }

  async #startSsh(context: TestContext): Promise<void> {
    const { ssh } = this.#setting;
    if (ssh === 'none') return;
    const server = await startSshServer(context, {
      password: 'tiny-secret',
      path: this.path('guest-bin'),
      rewrite: (command) => (/\bpoweroff\b/.test(command) ? 'exit 0' : command),
      onExec: (command) => void (/\bpoweroff\b/.test(command) && this.tellMachine('force')),
      ...ssh,
    });
    this.ssh = server;
    const front = createServer((socket) => {
      const inner = connect(server.port, '127.0.0.1');
      socket.on('error', () => {}).on('close', () => inner.destroy());
      inner.on('error', () => {}).on('close', () => socket.destroy());
      socket.pipe(inner).pipe(socket);
    }).listen(SSH_PORT, this.address('guest'));
    await once(front, 'listening');
    context.after(() => front.close());
  }

  /** `undo` is called when the cell has ended, before the files are removed. */
  onEnd(undo: () => void): void {
    this.#undos.push(undo);
  }

  end(): void {
    for (const undo of this.#undos.splice(0).reverse()) undo();
  }

  /** Somebody has put an image where the build's shall go. */
  putOldImage(): void {
    this.workspace.write(`out/${VM}.qcow2`, OLD_IMAGE);
  }

  /** Other people's files in a folder. */
  foreignFiles(folder: string): Readonly<Record<string, string>> {
    const files = Object.entries(this.#setting.alone === true ? {} : FOREIGN_FILES);
    return Object.fromEntries(files.filter(([name]) => name.startsWith(`${folder}/`)));
  }

  /** Rewrites scenario.json: the next commands obey. */
  scenario(scenario: object): void {
    this.workspace.replace('vmd/scenario.json', JSON.stringify(scenario));
  }

  /** What the scenario holds goes on. */
  go(): void {
    this.workspace.write('vmd/go', '');
  }

  /** Tells the process of the build's machine something, as vmd would: `force` ends it. */
  tellMachine(word: string): void {
    const control = connect(this.path('vmd', 'm', String(VM_ID), 'control'));
    control.on('error', () => {}).end(`${word}\n`);
  }

  /** Command lines of vmctl and ifconfig so far. */
  log(): string[] {
    return wholeLines(this.workspace.read('vmd', 'log')).map((line) =>
      (JSON.parse(line) as string[]).join(' '),
    );
  }

  /** Whether vmctl or ifconfig was called with these words, so many times. */
  called(words: string, times = 1): boolean {
    return this.log().filter((line) => line.includes(words)).length >= times;
  }

  /** Everything that is there and should not be, in words. */
  leftovers(image: 'none' | 'new' | 'old'): string[] {
    return [...this.#machines(), ...this.#files(image)];
  }

  #machines(): string[] {
    const machines = machinesOf(this.path('vmd')).filter((id) => id !== String(FOREIGN_ID));
    const touched = this.log().filter((line) => /^vmctl (?!status).*\bforeign\b/.test(line));
    const complaints = this.workspace.read('vmd', 'vmd.log').trim();
    return [
      ...machines.map((id) => `vmd still has machine ${id}`),
      ...touched.map((line) => `the machine of somebody else was touched: ${line}`),
      ...(complaints === '' ? [] : [`the fake complains: ${complaints}`]),
    ];
  }

  #files(image: 'none' | 'new' | 'old'): string[] {
    const foreign = this.#setting.alone === true ? {} : FOREIGN_FILES;
    const changed = Object.entries(foreign).filter(([name, text]) => this.workspace.read(name) !== text);
    const wanted = new Set([
      ...Object.keys(foreign),
      ...(image === 'none' ? [] : [`out/${VM}.qcow2`]),
      `log/${VM}.log`,
    ]);
    const recordings = /^log\/web-((install|provision)\.cast$|failure\/)/;
    const wrong = this.#content().filter((name) => !wanted.has(name) && !recordings.test(name));
    const text = this.workspace.read(`out/${VM}.qcow2`);
    const is = text === '' ? 'none' : text === OLD_IMAGE ? 'old' : 'new';
    return [
      ...changed.map(([name]) => `${name} of somebody else was changed`),
      ...wrong.map((name) => `${name} is left`),
      ...(is === image ? [] : [`the image is the ${is} one, not the ${image} one`]),
      ...(is === 'new' && !text.includes('FAKE-OS') ? ['the image is empty'] : []),
    ];
  }

  /** Files below the folders that a build writes to, and folders of these without files. */
  #content(): string[] {
    const entries = ['out', 'log', 'tmp', 'state'].flatMap((folder) => {
      try {
        return readdirSync(this.path(folder), { recursive: true, withFileTypes: true });
      } catch {
        return [];
      }
    });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(this.path(''), join(entry.parentPath, entry.name)));
  }
}
