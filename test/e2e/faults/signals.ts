// Each step of a build, and each signal that may come while it is under way.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import type { CliRun } from '../support/cli.ts';
import type { Cell } from './cell.ts';
import type { Place, Setting } from './place.ts';

/** A build that stays in a step. */
export interface Hold extends Setting {
  readonly step: string;
  /** What holds it there. */
  readonly by: string;
  readonly arrange?: Cell['arrange'];
  readonly env?: Cell['env'];
  /** Resolves when the build is in the step. */
  readonly moment: (run: CliRun, place: Place) => Promise<unknown>;
  /** The step may be over before the signal comes. */
  readonly isShort?: boolean;
  /** Afterwards. Default: none. */
  readonly image?: 'new';
}

const says = (text: string) => (run: CliRun) =>
  run.until(`it says "${text}"`, () => run.stdout.includes(text));
const called = (words: string, times?: number) => (run: CliRun, place: Place) =>
  run.until(`"${words}" is called`, () => place.called(words, times));
const INSTALL_ONLY = { communicator: 'none' } as const;

/** A step too short to be held: the signal comes as soon as the log tells of it. */
function short(step: string, setting: Setting = {}): Hold {
  return {
    step,
    by: 'nothing',
    source: INSTALL_ONLY,
    env: { PACKER_LOG: '1' },
    isShort: true,
    ...setting,
    moment: (run) => run.until(`step "${step}" begins`, () => run.stderr.includes(`step "${step}"`)),
  };
}

const withFiles: Setting = {
  source: { ...INSTALL_ONLY, source: { http_content: null, http_directory: 'http' } },
};

/** A server that sends the beginning of an ISO image and then nothing more. */
async function stallingServer(place: Place, context: TestContext): Promise<void> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': '1000000' });
    response.write('the beginning');
  }).listen(8099, place.address('host'));
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
}

export const HOLDS: readonly Hold[] = [
  {
    step: '',
    by: 'vmctl status that hangs before anything',
    source: INSTALL_ONLY,
    scenario: { rules: [{ command: 'status', hang: true }] },
    moment: called('vmctl status'),
  },
  short('output directory', { alone: true }),
  {
    step: 'iso image',
    by: 'a server that stalls',
    source: (place) => ({
      ...INSTALL_ONLY,
      source: {
        cdrom: null,
        iso_url: `http://${place.address('host')}:8099/installer.iso`,
        iso_checksum: 'none',
      },
    }),
    arrange: stallingServer,
    env: { PACKER_CACHE_DIR: 'cache' },
    moment: says('Fetching the ISO image'),
  },
  {
    step: 'disk',
    by: 'vmctl create that hangs',
    source: INSTALL_ONLY,
    scenario: { rules: [{ command: 'create', hang: true }] },
    moment: called('vmctl create'),
  },
  {
    step: 'disk',
    by: 'vmctl create that hangs when the image is there',
    source: INSTALL_ONLY,
    alone: true,
    scenario: { rules: [{ command: 'create', hang: true, late: true }] },
    moment: (run, place) =>
      run.until('the image is there', () => place.workspace.list().some((name) => /web\.partial/.test(name))),
  },
  {
    step: 'start (install)',
    by: 'vmctl start that hangs',
    source: INSTALL_ONLY,
    scenario: { rules: [{ command: 'start', hang: true }] },
    moment: called('vmctl start'),
  },
  {
    step: 'start (install)',
    by: 'vmctl start that hangs and ignores SIGTERM',
    source: INSTALL_ONLY,
    scenario: { rules: [{ command: 'start', hang: true, stubborn: true }] },
    moment: called('vmctl start'),
  },
  {
    step: 'start (install)',
    by: 'vmd that queues the machine',
    source: INSTALL_ONLY,
    scenario: { stagger: 600_000 },
    moment: called('vmctl status', 5),
  },
  {
    step: 'start (install)',
    by: 'a tap that gets no address',
    source: INSTALL_ONLY,
    scenario: { tapDelay: 600_000 },
    moment: called('ifconfig', 2),
  },
  short('http server'),
  short('generated files', withFiles),
  {
    step: 'boot command',
    by: '<wait1h>',
    source: { ...INSTALL_ONLY, source: { boot_command: ['word<wait1h>'] } },
    moment: says('Typing the boot command'),
  },
  {
    step: 'boot command',
    by: 'boot_wait',
    source: { ...INSTALL_ONLY, source: { boot_wait: '1h' } },
    moment: says('before the boot command (boot_wait)'),
  },
  {
    step: 'install',
    by: 'a slow installer',
    source: INSTALL_ONLY,
    oldImage: true,
    scenario: { guest: { pace: 600_000 } },
    moment: says('Waiting for the installation to end'),
  },
  {
    step: 'start (provision)',
    by: 'vmctl start that hangs',
    scenario: { rules: [{ command: 'start', after: 1, hang: true }] },
    moment: called('vmctl start', 2),
  },
  { step: 'connect', by: 'no SSH server', ssh: 'none', moment: says('Waiting for SSH') },
  {
    step: 'provision',
    by: 'a long script',
    source: { shell: { inline: ['echo it has begun', 'sleep 600'] } },
    moment: says('it has begun'),
  },
  {
    step: 'provision',
    by: 'pause_before',
    source: { shell: { pause_before: '1h' } },
    moment: says('(pause_before)'),
  },
  {
    step: 'shutdown',
    by: 'a shutdown_command that does not end',
    source: { source: { shutdown_command: 'sleep 600', shutdown_timeout: '1h' } },
    moment: says('with shutdown_command'),
  },
  {
    step: 'shutdown',
    by: 'vmctl stop that hangs',
    source: { source: { shutdown_command: null, shutdown_timeout: '1h' } },
    scenario: { rules: [{ command: 'stop', args: '^-w', hang: true }] },
    moment: called('vmctl stop -w'),
  },
  short('image'),
  {
    step: 'post-processors',
    by: 'a long script',
    source: { ...INSTALL_ONLY, build: '  post-processor "shell-local" {\n    inline = ["sleep 600"]\n  }\n' },
    moment: says('Running'),
    image: 'new',
  },
];

/** How a run is interrupted. */
const SIGNALS: Readonly<Record<string, (run: CliRun) => Promise<unknown> | void>> = {
  'Ctrl-C': (run) => run.interrupt(),
  SIGTERM: (run) => run.signal('SIGTERM'),
  SIGHUP: (run) => run.signal('SIGHUP'),
  'Ctrl-C twice': async (run) => {
    run.interrupt();
    await run.until('it has heard the first one', () => /cancelling/.test(run.stderr + run.stdout));
    run.interrupt();
  },
};

export function holdName({ step, by }: Hold): string {
  return `${step === '' ? 'before the first step' : `in step "${step}"`}, held by ${by}`;
}

function interrupted(hold: Hold, signal: string): Cell {
  const { step, isShort, moment, image, ...setting } = hold;
  const where = step === '' || isShort === true ? '' : ` in step "${step}"`;
  return {
    name: `${signal} ${holdName(hold)}`,
    ...setting,
    meanwhile: async (run, place) => {
      await moment(run, place);
      await SIGNALS[signal]?.(run);
    },
    // A step that is over in no time may not be interrupted any more.
    status: isShort === true ? 'any' : 1,
    says: isShort === true ? [] : [new RegExp(`was cancelled${where.replace(/[()]/g, '\\$&')}`)],
    image: image ?? (setting.oldImage === true ? 'old' : undefined),
    ...(setting.oldImage === true ? { flags: ['-force'] } : {}),
  };
}

/** The terminal is closed: SIGHUP, and nobody reads what is written. */
const GONE_TERMINALS: readonly Cell[] = HOLDS.filter(({ step }) =>
  ['install', 'provision', 'boot command'].includes(step),
).map((hold) => ({
  ...interrupted(hold, 'SIGHUP'),
  name: `the terminal is closed ${holdName(hold)}`,
  meanwhile: async (run: CliRun, place: Place) => {
    await hold.moment(run, place);
    run.hangUp();
  },
  says: [],
  isMute: true,
}));

/** While the cleanup takes its time, more signals come. */
const IMPATIENT_USERS: readonly Cell[] = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => ({
  name: `${signal} again and again while the cleanup takes its time`,
  source: INSTALL_ONLY,
  scenario: { guest: { pace: 600_000 }, rules: [{ command: 'stop', hold: true }] },
  meanwhile: async (run, place) => {
    await run.until('the installer works', () => run.stdout.includes('Waiting for the installation'));
    run.signal('SIGINT');
    await run.until('it cancels', () => /SIGINT: cancelling/.test(run.stderr + run.stdout));
    for (let count = 0; count < 3; count++) run.signal(signal as NodeJS.Signals);
    await run.until('it has heard them', () => /still cleaning up/.test(run.stderr + run.stdout));
    place.go();
  },
  says: [new RegExp(`${signal}: still cleaning up; please wait`), /was cancelled in step "install"/],
  after: (place) => assert.ok(place.called('vmctl stop -f -w web')),
}));

export const SIGNAL_CELLS: readonly Cell[] = [
  ...HOLDS.flatMap((hold) =>
    Object.keys(SIGNALS)
      // A build that is over before it has heard the first signal cannot hear the second.
      .filter((signal) => hold.isShort !== true || signal !== 'Ctrl-C twice')
      .map((signal) => interrupted(hold, signal)),
  ),
  ...GONE_TERMINALS,
  ...IMPATIENT_USERS,
];
